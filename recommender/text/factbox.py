"""The fact box »Details zur Meldung«: labels and values in a page's lines, read and cut out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from recommender.text.boilerplate import is_chrome
from recommender.text.normalise import one_line, unify_quotes

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_HEADING: Final = "details zur meldung"
_LABELS: Final = {
    "was ist passiert": "event",
    "in welchen regionen": "regions",
    "in welcher region": "regions",
    "genauer ort bekannt": "place",
    "beste referenz": "best_reference",
    "weitere quellen": "sources",
    "weitere quelle": "sources",
}
_MIN_LABELS: Final = 2  # one label alone may be a subheading of the article
_MAX_VALUE_CHARS: Final = 160
_MAX_VALUE_LINES: Final = 12
_LABEL = re.compile(rf"({'|'.join(_LABELS)})\s*[?:]*(?:\s+|$)(.*)", re.IGNORECASE | re.DOTALL)
_LABEL_WORDS = re.compile("|".join(_LABELS).replace(" ", r"\s+"), re.IGNORECASE)
_UNKNOWN: Final = frozenset(
    {"", "-", "nein", "unbekannt", "keine", "keine angabe", "nicht bekannt", "k.a.", "n/a"}
)
_LIST_SIGNS: Final = " \t-*•·|"


@dataclass(frozen=True, slots=True)
class FactBox:
    """What the box says; fields it doesn't give, or gives as unknown, are empty."""

    event: str = ""
    regions: tuple[str, ...] = ()
    place: str = ""
    best_reference: str = ""
    sources: tuple[str, ...] = ()


NO_FACTS: Final = FactBox()


def read_fact_box(lines: Sequence[str], *, stops: Collection[int] = ()) -> tuple[FactBox, frozenset[int]]:
    """Return the fact box found in `lines` and the positions of the lines that make it up.

    A label (`Was ist passiert?`) and its value may share a line or follow each other; empty lines
    between them are allowed. The last value ends at chrome, at a position in `stops` (a heading in the
    page), at a line of more than 160 characters or after twelve lines. Fewer than two different labels
    are no box: the result is then empty and no line is taken.
    """
    found = [(position, *label) for position, line in enumerate(lines) if (label := _label(line))]
    if len({name for _, name, _ in found}) < _MIN_LABELS:
        return NO_FACTS, frozenset()
    values: dict[str, list[str]] = {}
    taken: set[int] = set()
    starts = {position for position, _, _ in found}
    for position, name, first in found:
        following = _value_positions(lines, position, starts=starts, stops=stops)
        taken.update((position, *following))
        values.setdefault(name, []).extend(filter(None, (first, *(_clean(lines[p]) for p in following))))
    taken.update(p for p, line in enumerate(lines) if _plain(line) == _HEADING)
    return _box(values), frozenset(taken)


def may_hold_box(text: str) -> bool:
    """Whether a whole page's text names two labels somewhere: a cheap look before a thorough one."""
    return len({match.lower() for match in _LABEL_WORDS.findall(text)}) >= _MIN_LABELS


def is_label(line: str) -> bool:
    """Whether a line is, or begins with, one of the box's labels."""
    return _label(line) is not None


def _value_positions(
    lines: Sequence[str], position: int, *, starts: Collection[int], stops: Collection[int]
) -> list[int]:
    positions: list[int] = []
    for following in range(position + 1, min(len(lines), position + 1 + _MAX_VALUE_LINES)):
        line = lines[following].strip()
        if following in starts or following in stops or len(line) > _MAX_VALUE_CHARS:
            break
        if line and is_chrome(line) and line.strip(_LIST_SIGNS):
            break
        positions.append(following)
    return positions


def _box(values: dict[str, list[str]]) -> FactBox:
    def single(name: str) -> str:
        return next((v for v in values.get(name, ()) if _plain(v) not in _UNKNOWN), "")

    def several(name: str) -> tuple[str, ...]:
        parts = (
            part.strip()
            for value in values.get(name, ())
            for part in re.split(r"[,;\n]| und (?=[A-ZÄÖÜ])", value)
        )
        return tuple(dict.fromkeys(part for part in parts if _plain(part) not in _UNKNOWN))

    return FactBox(
        event=single("event"),
        regions=several("regions"),
        place=single("place"),
        best_reference=single("best_reference"),
        sources=several("sources"),
    )


def _label(line: str) -> tuple[str, str] | None:
    match = _LABEL.fullmatch(_clean(line))
    # "Weitere Quellen berichten, dass ..." is a sentence, not a label with its value
    if match is None or len(match[2]) > _MAX_VALUE_CHARS or (match[2] and not re.search(r"[?:]", match[0])):
        return None
    return _LABELS[match[1].lower()], match[2].strip()


def _clean(line: str) -> str:
    return one_line(line).strip(_LIST_SIGNS)


def _plain(line: str) -> str:
    return unify_quotes(_clean(line)).casefold().strip(" :?!.")
