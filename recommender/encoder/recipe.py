"""The recipe: which passages of an article are encoded, and how their vectors become one.

An article's vector is the mean of two directions: that of its head (title, lead, first sentences),
which says what happened, and that of its whole text, read in windows as long as the model takes.
On human-judged news pairs the two together agree better with the judges than either alone.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recommender.encoder.base import EmbeddingText, Matrix

log = logging.getLogger(__name__)

# Part of every encoder id: whoever changes what follows raises it, and old snapshots are rebuilt.
RECIPE_VERSION = "head550-windows3-1"
HEAD_CHARS = 550
MAX_WINDOWS = 3
# A title longer than this many tokens is cut where it leads a window: it may not crowd out the text.
MAX_TITLE_TOKENS = 64
# Longest word, in tokens, that is kept whole at the end of a window.
_WORD_TOKENS = 24


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
    """The passages of one article: one head, and the windows that cover its text (at least one).

    `weights`, one per window, are the tokens of text it covers: the rest of a text counts as a rest.
    """

    head: str
    windows: tuple[str, ...]
    weights: tuple[int, ...]


def plan(text: EmbeddingText, tokens: TokenSpans) -> Plan:
    """Return what is encoded of one article.

    Each window is led by the title. A text of more than `MAX_WINDOWS` windows gives the first, the
    last, and evenly spaced ones between them. Without a body, head and window are title and lead.
    """
    lead, body = text.lead.strip(), text.body.strip()
    # Many sites repeat the teaser as the first sentence.
    rest = _join(lead, body) if lead and not body.startswith(lead) else body or lead
    title = text.title.strip()
    head = _cut(_join(title, rest), HEAD_CHARS)
    windows = _windows(title, rest, tokens) or [(title, 1)]
    return Plan(head, tuple(passage for passage, _ in windows), tuple(weight for _, weight in windows))


def _windows(title: str, rest: str, tokens: TokenSpans) -> list[tuple[str, int]]:
    longest = min(MAX_TITLE_TOKENS, tokens.room // 2)
    title_spans = tokens.spans(title)[:longest] if title else ()
    if title_spans:
        title = title[: title_spans[-1][1]]
    # One token for the line break between title and text.
    room = max(1, tokens.room - len(title_spans) - 1)
    spans = tokens.spans(rest)
    return [
        (_join(title, rest[spans[start][0] : spans[end - 1][1]]), end - start)
        for start, end in _window_bounds(spans, rest, room)
    ]


def _window_bounds(spans: Sequence[tuple[int, int]], text: str, room: int) -> list[tuple[int, int]]:
    """Return the first and the last but one token of each window, one after the other or spread out."""
    bounds = []
    start = 0
    while start < len(spans):
        end = _word_start(spans, text, start + room, after=start)
        bounds.append((start, end))
        start = end
    if len(bounds) <= MAX_WINDOWS:
        return bounds
    log.debug("recipe.windows_capped tokens=%d windows=%d kept=%d", len(spans), len(bounds), MAX_WINDOWS)
    # Evenly spread from the first token to the last: every part of the text has a voice.
    steps = [round(step * (len(bounds) - 1) / (MAX_WINDOWS - 1)) for step in range(MAX_WINDOWS)]
    return [bounds[step] for step in steps]


def _word_start(spans: Sequence[tuple[int, int]], text: str, wanted: int, *, after: int) -> int:
    """Return the last token up to `wanted` that begins a word: half a word has other tokens."""
    if wanted >= len(spans):
        return len(spans)
    for position in range(wanted, max(after, wanted - _WORD_TOKENS), -1):
        if text[spans[position][0] - 1].isspace() or text[spans[position][0]].isspace():
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


def pool(head: Matrix, windows: Matrix, weights: Sequence[int]) -> Matrix:
    """Return unit(head + unit(weighted sum of windows)) for a unit row (dim,) and unit rows (n, dim).

    Vectors that cancel each other out leave the first window or the head.
    """
    whole = _unit(np.asarray(weights, dtype=np.float32) @ windows, otherwise=windows[0])
    return _unit(head + whole, otherwise=head)


def _unit(row: Matrix, *, otherwise: Matrix) -> Matrix:
    length = np.linalg.norm(row)
    if length < np.finfo(np.float32).eps:
        return otherwise
    unit: Matrix = (row / length).astype(np.float32)
    return unit
