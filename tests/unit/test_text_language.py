"""Language detection: right on sentences, the site's language when unsure."""

from __future__ import annotations

import pytest

from recommender.text.language import base_language, detect_language

SENTENCES = {
    "de": "Der Gemeinderat hat am Mittwoch den Neubau der Brücke beschlossen.",
    "en": "The town council decided on Wednesday to build the bridge anew.",
    "fr": "Le conseil municipal a décidé mercredi de reconstruire le pont.",
    "it": "Il consiglio comunale ha deciso mercoledì di ricostruire il ponte.",
    "es": "El ayuntamiento decidió el miércoles construir de nuevo el puente.",
    "nl": "De gemeenteraad heeft woensdag besloten om de brug opnieuw te bouwen.",
}


@pytest.mark.parametrize(("code", "sentence"), SENTENCES.items())
def test_a_sentence_is_recognised(code: str, sentence: str) -> None:
    assert detect_language(sentence, fallback="xx") == code


def test_swiss_spelling_and_dialect_are_german() -> None:
    text = "Grüezi mitenand, hüt isch es würkli schöns Wätter gsi z Züri und am See une."

    assert detect_language(text, fallback="xx") == "de"


@pytest.mark.parametrize(
    "text", ["", "Live-Blog", "The bridge is open", "12.03.2024 14:30 – 1:0, 2:0, 3:0, 4:0, 5:0, 6:0"]
)
def test_short_texts_and_figures_get_the_fallback(text: str) -> None:
    assert detect_language(text, fallback="fr-CH") == "fr"


def test_names_only_get_the_fallback() -> None:
    text = "Trump, Putin, Selenskyj, NATO, Champions League, Facebook, iPhone Pro Max"

    assert detect_language(text, fallback="de") == "de"
    assert detect_language(text, fallback="it") == "it"


def test_only_candidates_are_answered() -> None:
    assert detect_language(SENTENCES["nl"], fallback="fr", candidates=("de", "fr")) in {"de", "fr"}
    assert detect_language(SENTENCES["nl"], fallback="xx") == "nl"


def test_an_unknown_candidate_is_refused() -> None:
    with pytest.raises(ValueError, match="qq"):
        detect_language(SENTENCES["de"], fallback="de", candidates=("de", "qq"))


@pytest.mark.parametrize(
    ("code", "base"), [("de-AT", "de"), ("de_CH", "de"), ("EN", "en"), (" fr ", "fr"), ("", "")]
)
def test_base_language(code: str, base: str) -> None:
    assert base_language(code) == base
