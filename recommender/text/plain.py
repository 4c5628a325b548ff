"""Plain text, such as a dump of a page, to title, paragraphs, tags and fact box."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from recommender.text.boilerplate import strip_boilerplate, take_tag_lines
from recommender.text.charset import repair_text
from recommender.text.factbox import NO_FACTS, FactBox, read_fact_box
from recommender.text.normalise import normalise_text

_MAX_TITLE_CHARS: Final = 200
_MIN_WRAPPED_CHARS: Final = 40
_OPEN_END = re.compile(r"[^.!?:\"“»]$")


@dataclass(frozen=True, slots=True)
class CleanText:
    """An article's text without chrome; `paragraphs` in reading order, subheadings among them."""

    title: str
    paragraphs: tuple[str, ...]
    tags: tuple[str, ...] = ()
    facts: FactBox = NO_FACTS

    @property
    def body(self) -> str:
        """The paragraphs, an empty line between each two."""
        return "\n\n".join(self.paragraphs)


def clean_text(text: str) -> CleanText:
    """Return title, paragraphs, tags and fact box of a page that comes as plain text.

    Every line is a paragraph; hard-wrapped lines (40 characters or more, no end of a sentence, and the next
    one goes on with a small letter) are joined.
    A subheading is a paragraph of its own, because it is the author's text and the body reads wrongly
    without it. The title is the first line, when it has at most 200 characters and other text follows;
    tag lines (`WaldBrandÖsterreich`) before it or at the end become tags. Without such a line the title
    is empty. Mojibake is repaired.
    """
    lines = normalise_text(repair_text(text)).split("\n")
    facts, taken = read_fact_box(lines)
    rest = _unwrap([line for position, line in enumerate(lines) if position not in taken])
    tags, rest = take_tag_lines(rest)
    rest = strip_boilerplate(rest)
    title = rest.pop(0) if len(rest) > 1 and len(rest[0]) <= _MAX_TITLE_CHARS else ""
    return CleanText(title, tuple(line for line in rest if line != title), tags, facts)


def _unwrap(lines: list[str]) -> list[str]:
    joined: list[str] = []
    previous = ""
    for line in lines:
        wrapped = len(previous) >= _MIN_WRAPPED_CHARS and _OPEN_END.search(previous) and line[:1].islower()
        if wrapped:
            joined[-1] += " " + line
        elif line:
            joined.append(line)
        previous = line
    return joined
