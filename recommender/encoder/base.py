"""The seam of every encoder: texts in, one raw unit vector each out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    import numpy.typing as npt

    from recommender.article import Article

    Matrix = npt.NDArray[np.float32]
    Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class EmbeddingText:
    """The parts of an article that are encoded. Which parts, and how pooled, is the recipe's business."""

    title: str
    lead: str
    body: str
    language: str = ""

    @classmethod
    def of(cls, article: Article) -> EmbeddingText:
        """Take the parts from an article."""
        return cls(article.title, article.teaser, article.body, article.base_language)


class Encoder(Protocol):
    """Text to vector. Two encoders with the same `encoder_id` give the same vectors."""

    @property
    def encoder_id(self) -> str:
        """Model + revision + text recipe; a snapshot built with another one is refused by name."""
        ...

    @property
    def dim(self) -> int:
        """Width of the vectors."""
        ...

    def encode(self, texts: Sequence[EmbeddingText], *, progress: Progress | None = None) -> Matrix:
        """Return one unit row per text, in the order given; `progress` hears how many more are done.

        Not centred: a language's mean is a matter of the index build. Raises `EncoderError`.
        """
        ...
