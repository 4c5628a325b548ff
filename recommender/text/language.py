"""Which language a text is in, without a download: py3langid brings its model along."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from py3langid.langid import MODEL_FILE, LanguageIdentifier

# Only what a European newsroom or its agencies write in. Without the limit, German dialect is taken for
# Luxembourgish or Afrikaans, and Serbian, Croatian and Bosnian are told apart by chance.
CANDIDATES: Final = (
    "de", "en", "fr", "it", "es", "pt", "nl", "pl", "cs", "sk", "sl", "hr", "hu", "ro", "bg", "el",
    "sv", "da", "fi", "tr", "ru", "uk", "ar", "fa", "he", "hi", "zh", "ja", "ko",
)  # fmt: skip

MIN_LETTERS: Final = 40
MIN_CONFIDENCE: Final = 0.8
# The decision no longer changes after a few hundred characters; the walk costs about 0.1 µs a byte.
_ENOUGH_CHARS: Final = 1_500


def base_language(code: str) -> str:
    """Return the lower-case base of a language code: `de` for `de-AT` or `de_CH`; empty stays empty."""
    return code.strip().replace("_", "-").partition("-")[0].lower()


def detect_language(text: str, *, fallback: str, candidates: tuple[str, ...] = CANDIDATES) -> str:
    """Return the base code of the language of `text`, or the base code of `fallback` when unsure.

    Unsure means fewer than `MIN_LETTERS` letters, or a probability under `MIN_CONFIDENCE` among
    `candidates` (ISO 639-1 codes; an unknown one raises `ValueError`). Only the first 1,500 characters
    are looked at. Method: naive Bayes over byte n-grams, Lui and Baldwin, langid.py (ACL 2012), in its
    py3langid form whose probabilities do not depend on the text's length.
    """
    sample = text[:_ENOUGH_CHARS]
    if _letter_count(sample) < MIN_LETTERS:
        return base_language(fallback)
    code, confidence = _identifier(candidates).classify(sample)
    return str(code) if confidence >= MIN_CONFIDENCE else base_language(fallback)


def _letter_count(text: str) -> int:
    return sum(map(str.isalpha, text))


@lru_cache(maxsize=8)
def _identifier(candidates: tuple[str, ...]) -> LanguageIdentifier:
    # Our own object: py3langid's module-level one is shared, and limiting it would limit everyone's.
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(candidates))
    return identifier
