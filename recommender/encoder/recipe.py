"""The recipe: which passages of an article are encoded, and how their vectors become one.

An article's vector is the mean of two directions: that of its head (title, lead, first sentences),
which says what happened, and that of its whole text, read in windows as long as the model takes.
On human-judged news pairs the two together agree better with the judges than either alone.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recommender.encoder.base import EmbeddingText, Matrix

log = logging.getLogger(__name__)

# Part of every encoder id: whoever changes what follows raises it, and old snapshots are rebuilt.
RECIPE_VERSION = "head550-windows3-2"
HEAD_CHARS = 550
MAX_WINDOWS = 3
# A title longer than this many tokens is cut where it leads a window: it may not crowd out the text.
MAX_TITLE_TOKENS = 64
# How far, in tokens, a cut may move to stand between words.
_LONGEST_WORD_TOKENS = 24


class TokenSpans(Protocol):
    """What the recipe must know of a model's tokenizer."""

    @property
    def room(self) -> int:
        """Return how many tokens of text one passage can hold; prompt and special tokens are taken off."""
        ...

    def spans(self, text: str) -> Sequence[tuple[int, int]]:
        """Return start and end (in characters) of every token of `text`, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """The passages of one article: one head, and the windows that cover its text (at least one)."""

    head: str
    windows: tuple[str, ...]


def plan(text: EmbeddingText, tokens: TokenSpans) -> Plan:
    """Return what is encoded of one article.

    The text is cut between words into as few windows as hold it, all of about the same length; each
    is led by the title. Of more than `MAX_WINDOWS` the first, the last and evenly spaced ones between
    them are taken. Without a body, head and window are title and lead.
    """
    lead, body = text.lead.strip(), text.body.strip()
    # Many sites repeat the teaser as the first sentence.
    rest = _join(lead, body) if lead and not body.startswith(lead) else body or lead
    title = text.title.strip()
    return Plan(_cut(_join(title, rest), HEAD_CHARS), _windows(title, rest, tokens) or (title,))


def _windows(title: str, rest: str, tokens: TokenSpans) -> tuple[str, ...]:
    longest = min(MAX_TITLE_TOKENS, tokens.room // 2)
    title_spans = tokens.spans(title)[:longest] if title else ()
    if title_spans:
        title = title[: title_spans[-1][1]]
    # One token for the line break between title and text.
    room = max(1, tokens.room - len(title_spans) - 1)
    spans = tokens.spans(rest)
    bounds = _window_bounds(spans, rest, room)
    return tuple(_join(title, rest[spans[first][0] : spans[end - 1][1]]) for first, end in bounds)


def _window_bounds(spans: Sequence[tuple[int, int]], text: str, room: int) -> list[tuple[int, int]]:
    """Return each window's first token and the one after its last; none for a text without tokens."""
    if len(spans) <= room:
        return [(0, len(spans))] if spans else []
    # A cut moves back to the start of its word, which makes the window after it longer.
    slack = min(_LONGEST_WORD_TOKENS, room // 4)
    count = math.ceil(len(spans) / (room - slack))
    cuts = [_word_start(spans, text, round(step * len(spans) / count), slack) for step in range(1, count)]
    bounds = list(pairwise([0, *cuts, len(spans)]))
    if count <= MAX_WINDOWS:
        return bounds
    log.debug("recipe.windows_capped tokens=%d windows=%d kept=%d", len(spans), count, MAX_WINDOWS)
    steps = [round(step * (count - 1) / (MAX_WINDOWS - 1)) for step in range(MAX_WINDOWS)]
    return [bounds[step] for step in steps]


def _word_start(spans: Sequence[tuple[int, int]], text: str, wanted: int, slack: int) -> int:
    """Return the last token up to `wanted` that begins a word; `wanted` if none does within `slack`."""
    for position in range(wanted, wanted - slack, -1):
        start = spans[position][0]
        if text[start - 1].isspace() or text[start].isspace():
            return position
    return wanted


def _join(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _cut(text: str, limit: int) -> str:
    """Return the start of `text`, at most `limit` characters, cut between words where it has any."""
    if len(text) <= limit:
        return text
    head = text[: limit + 1]
    words = head.rsplit(maxsplit=1)
    return words[0] if len(words) > 1 and not head[-1].isspace() else head[:limit].rstrip()


def pool(head: Matrix, windows: Matrix) -> Matrix:
    """Return unit(head + unit(sum of windows)) for a unit row (dim,) and unit rows (n, dim).

    Vectors that cancel each other out leave the first window or the head.
    """
    whole = _unit(windows.sum(axis=0), otherwise=windows[0])
    return _unit(head + whole, otherwise=head)


def _unit(row: Matrix, *, otherwise: Matrix) -> Matrix:
    length = np.linalg.norm(row)
    if length < np.finfo(np.float32).eps:
        return otherwise
    unit: Matrix = (row / length).astype(np.float32)
    return unit
