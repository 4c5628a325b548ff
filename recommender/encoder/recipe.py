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
RECIPE_VERSION = "head400-windows3-1"
HEAD_CHARS = 400
MAX_WINDOWS = 3
# A title longer than this many tokens is cut where it leads a window: it may not crowd out the text.
MAX_TITLE_TOKENS = 64


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

    Each window is led by the title. A text of more than `MAX_WINDOWS` windows gives the first, the
    last, and evenly spaced ones between them. Without a body, head and window are title and lead.
    """
    lead, body = text.lead.strip(), text.body.strip()
    # Many sites repeat the teaser as the first sentence.
    rest = _join(lead, body) if lead and not body.startswith(lead) else body or lead
    title = text.title.strip()
    return Plan(_cut(_join(title, rest), HEAD_CHARS), _windows(title, rest, tokens))


def _windows(title: str, rest: str, tokens: TokenSpans) -> tuple[str, ...]:
    title_spans = tokens.spans(title)[:MAX_TITLE_TOKENS] if title else ()
    if title_spans:
        title = title[: title_spans[-1][1]]
    # One token for the line break between title and text.
    room = max(1, tokens.room - len(title_spans) - 1)
    spans = tokens.spans(rest)
    starts = _window_starts(len(spans), room)
    pieces = [spans[start : start + room] for start in starts]
    return tuple(_join(title, rest[piece[0][0] : piece[-1][1]]) for piece in pieces) or (title,)


def _window_starts(count: int, room: int) -> list[int]:
    starts = list(range(0, count, room))
    if len(starts) <= MAX_WINDOWS:
        return starts
    log.debug("recipe.windows_capped tokens=%d windows=%d kept=%d", count, len(starts), MAX_WINDOWS)
    # Evenly spread from the first token to the last: every part of the text has a voice.
    return [round(step * (count - room) / (MAX_WINDOWS - 1)) for step in range(MAX_WINDOWS)]


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
    """Return unit(head + unit(sum of windows)) for one unit row (dim,) and unit rows (n, dim).

    Opposite vectors can cancel out; the head alone stands then.
    """
    whole = _unit(windows.sum(axis=0), otherwise=windows[0])
    return _unit(head + whole, otherwise=head)


def _unit(row: Matrix, *, otherwise: Matrix) -> Matrix:
    length = np.linalg.norm(row)
    if length < np.finfo(np.float32).eps:
        return otherwise
    unit: Matrix = (row / length).astype(np.float32)
    return unit
