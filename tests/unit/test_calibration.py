"""From cosines to a relevance that means the same for every encoder."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.calibration import Calibration, calibration_for

CURVE = Calibration(same_bias=-2.0, same_dense=4.0, same_lexical=1.0, cross_bias=-3.0, cross_dense=10.0)
ENCODERS = ("multilingual-e5-small@abc+recipe-1", "hashing-v1-256", "somebody/else@1+recipe-1")


def test_within_a_language_both_cosines_count_the_terms_by_their_root() -> None:
    expected = 1 / (1 + math.exp(-(-2.0 + 4.0 * 0.5 + math.sqrt(0.36))))
    assert CURVE.relevance(0.5, 0.36, same_language=True) == pytest.approx(expected)


def test_across_languages_terms_say_nothing() -> None:
    assert CURVE.relevance(0.3, 0.9, same_language=False) == pytest.approx(0.5)
    assert CURVE.relevance(0.3, 0.0, same_language=False) == pytest.approx(0.5)


def test_rounding_below_zero_is_no_error() -> None:
    assert CURVE.relevance(0.5, -1e-9, same_language=True) == pytest.approx(0.5)


def test_an_unknown_encoder_has_the_bundled_model_s_curve() -> None:
    assert calibration_for("somebody/else@1") == calibration_for("multilingual-e5-small@1")
    assert calibration_for("hashing-v1-256") != calibration_for("multilingual-e5-small@1")


@pytest.mark.parametrize("encoder_id", ENCODERS)
@given(dense=st.floats(-1, 0.98), lexical=st.floats(0, 0.98), same=st.booleans())
def test_closer_is_never_less_relevant(encoder_id: str, dense: float, lexical: float, *, same: bool) -> None:
    curve = calibration_for(encoder_id)
    here = curve.relevance(dense, lexical, same_language=same)
    assert 0 < here < 1
    assert curve.relevance(dense + 0.02, lexical, same_language=same) > here
    assert curve.relevance(dense, lexical + 0.02, same_language=same) >= here


@pytest.mark.parametrize("encoder_id", ENCODERS)
def test_the_same_text_is_surely_related_and_opposite_vectors_are_not(encoder_id: str) -> None:
    curve = calibration_for(encoder_id)
    assert curve.relevance(1.0, 1.0, same_language=True) > 0.9
    assert curve.relevance(-1.0, 0.0, same_language=True) < 0.1
    assert curve.relevance(-1.0, 0.0, same_language=False) < 0.1
