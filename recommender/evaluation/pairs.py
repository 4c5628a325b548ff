"""Judged pairs: which two articles people found how related, read from JSONL."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recommender.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

RELATED_FROM = 2 / 3
# Files round two thirds to .667 or .6667 or .6666; all of them mean the same judgement.
_ROUNDING = 1e-3


@dataclass(frozen=True, slots=True)
class JudgedPair:
    """Two article ids and their judged relatedness: `score` 0…1, `langs` like `de-en`, in sorted order."""

    a: str
    b: str
    score: float
    langs: str


def is_related(score: float) -> bool:
    """Say whether a judged score means related: two thirds or more."""
    return score >= RELATED_FROM - _ROUNDING


def read_pairs(path: Path, languages: Mapping[str, str]) -> list[JudgedPair]:
    """Return the pairs of a JSONL file in its order; `languages` gives every loaded article's language.

    A pair without `langs` takes the languages of its articles. Empty lines are skipped. Raises
    `SourceError` naming file and line: unreadable, not a pair, a score outside 0…1, an unknown id.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(
            f"cannot read the judged pairs {path} ({error}): pass a UTF-8 JSONL file"
        ) from error
    pairs = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                pairs.append(_parse(line, languages))
            except ValueError as error:
                raise SourceError(f"{path.name} line {number}: {error}") from error
    if not pairs:
        raise SourceError(
            f'{path.name} holds no pair: wanted lines like {{"a": …, "b": …, "score": 0…1, "langs": …}}'
        )
    return pairs


def _parse(line: str, languages: Mapping[str, str]) -> JudgedPair:
    try:
        data: Any = json.loads(line)
    except ValueError as error:
        raise ValueError(f"got no JSON ({error}), wanted one object per line") from error
    if not isinstance(data, dict) or not {"a", "b", "score"} <= data.keys():
        raise ValueError(f"got {line[:80]!r}, wanted an object with a, b and score")
    a, b, score = str(data["a"]), str(data["b"]), data["score"]
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
        raise ValueError(f"got score {score!r}, wanted a number from 0 to 1: rescale the judgements")
    for article_id in (a, b):
        if article_id not in languages:
            raise ValueError(
                f"article {article_id!r} is not among the loaded ones: load it too, or drop the pair"
            )
    if a == b:
        raise ValueError(f"article {a!r} is paired with itself: drop the pair")
    langs = str(data.get("langs") or f"{languages[a]}-{languages[b]}")
    return JudgedPair(a, b, float(score), "-".join(sorted(langs.split("-"))))


def by_langs(pairs: Iterable[JudgedPair]) -> dict[str, list[JudgedPair]]:
    """Group pairs by their languages, groups in alphabetical order, pairs in the order given."""
    groups: defaultdict[str, list[JudgedPair]] = defaultdict(list)
    for pair in pairs:
        groups[pair.langs].append(pair)
    return dict(sorted(groups.items()))


def gains_of(pairs: Sequence[JudgedPair]) -> dict[str, dict[str, float]]:
    """Return for every article its judged partners with their scores; a pair judged twice counts its mean."""
    given: defaultdict[str, defaultdict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for pair in pairs:
        given[pair.a][pair.b].append(pair.score)
        given[pair.b][pair.a].append(pair.score)
    return {
        article_id: {partner: sum(scores) / len(scores) for partner, scores in partners.items()}
        for article_id, partners in given.items()
    }
