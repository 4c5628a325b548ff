"""Relevance in 0…1: from similarities, which differ by encoder, to what editors would say, which does not."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Calibration:
    """From two cosines to the probability that an editor would call the pair related.

    A logistic curve per case. Within a language both legs count; the term cosine enters by its
    square root, which is closer to linear in the judgements. Across languages terms say nothing,
    so the vector decides alone.
    """

    same_bias: float
    same_dense: float
    same_lexical: float
    cross_bias: float
    cross_dense: float

    def relevance(self, dense: float, lexical: float, *, same_language: bool) -> float:
        """Return the relevance in 0…1 of a pair with these two cosines."""
        if same_language:
            root = math.sqrt(max(0.0, lexical))
            logit = self.same_bias + self.same_dense * dense + self.same_lexical * root
        else:
            logit = self.cross_bias + self.cross_dense * dense
        return 1.0 / (1.0 + math.exp(-logit))


# Fitted by bench/calibrate.py on judged news pairs and on the demo corpus; see docs/relevance.md.
_MULTILINGUAL_E5 = Calibration(-2.66, 5.04, 2.0, -2.86, 9.5)
_FAMILIES = {
    "multilingual-e5-small": _MULTILINGUAL_E5,
    # not fitted: good enough to exercise everything around a model
    "hashing-": Calibration(-3.0, 3.0, 5.0, -3.0, 6.0),
}


def calibration_for(encoder_id: str) -> Calibration:
    """Return the calibration of the encoder's family; an unknown one gets the bundled model's."""
    return next(
        (curve for family, curve in _FAMILIES.items() if encoder_id.startswith(family)), _MULTILINGUAL_E5
    )
