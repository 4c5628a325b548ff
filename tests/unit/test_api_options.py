"""The parameters of a related list."""

from __future__ import annotations

import pytest

from recommender.api.options import Options
from recommender.errors import InvalidRequestError
from recommender.service import Ask
from recommender.settings import Settings

SETTINGS = Settings(limit=7, min_relevance=0.3, model="hashing")


def _ask(**given: object) -> Ask:
    return Options.model_validate(given).ask(SETTINGS)


def test_without_parameters_the_settings_count() -> None:
    assert _ask() == Ask(limit=7, ranking=SETTINGS.ranking)


def test_parameters_come_before_settings() -> None:
    ask = _ask(limit="3", min_relevance="0", explain="true", profile="mixed")
    assert ask.ranking is not None
    assert (ask.limit, ask.ranking.min_relevance, ask.explain) == (3, 0.0, True)
    assert ask.ranking.half_life_days == SETTINGS.half_life_days


@pytest.mark.parametrize(
    ("given", "ids"),
    [
        ([], set()),
        ([""], set()),
        ([" , ,"], {", ,"}),
        (["a"], {"a"}),
        (["a,b"], {"a", "b", "a,b"}),
        ([" a , b "], {"a", "b", "a , b"}),
        (["a", "b"], {"a", "b"}),
        (["a,b", "c"], {"a", "b", "c", "a,b"}),
    ],
)
def test_excluded_ids_are_separated_by_commas_or_repeated_or_hold_commas(
    given: list[str], ids: set[str]
) -> None:
    assert _ask(exclude=given).exclude == ids


@pytest.mark.parametrize(
    ("given", "languages"),
    [
        ("", None),
        (" , ", None),
        ("de", {"de"}),
        ("de-AT,FR_ch , it", {"de", "fr", "it"}),
        ("any", set()),
        ("de,ANY", set()),
    ],
)
def test_languages_are_told_apart_without_their_regions(given: str, languages: set[str] | None) -> None:
    assert _ask(languages=given).languages == languages


def test_an_unknown_profile_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="got 'deep', this version knows 'mixed'"):
        _ask(profile="deep")
