"""The project's pages, as tests read them: their text, links, headings and code blocks."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).resolve().parent.parent
_FENCED: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING: Final = re.compile(r"^#+ +(.+)$", re.MULTILINE)
_INLINE: Final = re.compile(r"`([^`\n]+)`")


def pages() -> list[Path]:
    """Return every Markdown page at the top and under docs/, in a stable order."""
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def read(name: str) -> str:
    """Return the text of a page by its path from the project's root."""
    return (ROOT / name).read_text(encoding="utf-8")


def without_code(text: str) -> str:
    """Return a page without its fenced code blocks."""
    return _FENCED.sub("", text)


def code_lines(text: str, language: str) -> Iterator[str]:
    """Yield the lines of all fenced blocks in `language`, those that end in a backslash joined."""
    for found, block in _FENCED.findall(text):
        if found == language:
            yield from block.replace("\\\n", " ").splitlines()


def links(text: str) -> list[str]:
    """Return the targets of all links and images."""
    return _LINK.findall(without_code(text))


def inline_code(text: str) -> list[str]:
    """Return what stands between single backticks."""
    return _INLINE.findall(without_code(text))


def anchors(text: str) -> set[str]:
    """Return the anchors that a forge makes of a page's headings."""
    return {_anchor(heading) for heading in _HEADING.findall(without_code(text))}


def section(text: str, heading: str) -> str:
    """Return what stands below a heading, up to the next one of any level; empty when it is not there."""
    found = re.search(rf"^#+ +{re.escape(heading)}$\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def rows_of_table(text: str, header: str) -> list[list[str]]:
    """Return the cells of each row of the table whose header line begins with `header`."""
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith(header):
            next(lines)
            break
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def _anchor(heading: str) -> str:
    kept = [
        char
        for char in heading.strip().lower()
        if char in " -_" or unicodedata.category(char)[0] in {"L", "N", "M"}
    ]
    return "".join(kept).replace(" ", "-")
