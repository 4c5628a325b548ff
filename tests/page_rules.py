"""What every page and fragment we write has to keep: a small strict reader of HTML for tests."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

VOID = {"img", "link", "meta", "br", "hr", "input", "source", "wbr"}
FORBIDDEN = {"script", "style", "iframe", "object", "embed", "form", "base"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.problems: list[str] = []
        self.open: list[str] = []
        self.ids: list[str] = []
        self.references: list[str] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        values = {name: value or "" for name, value in attrs}
        if tag in FORBIDDEN:
            self.problems.append(f"<{tag}> is not wanted")
        if len(set(names)) != len(names):
            self.problems.append(f"<{tag}> repeats an attribute")
        self.problems += [f"<{tag} {name}>" for name in names if name.startswith("on") or name == "style"]
        if tag == "img" and not {"alt", "src"} <= set(names):
            self.problems.append("<img> without src or alt")
        self.ids += [values["id"]] if "id" in values else []
        self.references += values.get("aria-labelledby", "").split()
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> closes nothing")


def html_problems(html: str) -> list[str]:
    """Return what is wrong with `html`: tags out of balance, repeated ids, dangling labels, script, style."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    problems = list(reader.problems)
    problems += [f"<{tag}> is never closed" for tag in reader.open]
    problems += [f"id {name!r} twice" for name in {i for i in reader.ids if reader.ids.count(i) > 1}]
    problems += [f"no element has id {name!r}" for name in reader.references if name not in reader.ids]
    return problems
