"""Terms: folding, stemming, weights, stable hashes."""

from __future__ import annotations

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from recommender.text.terms import ANALYZER_VERSION, Terms, analyse


def counts_of(terms: Terms) -> dict[int, float]:
    return dict(zip(terms.ids.tolist(), terms.counts.tolist(), strict=True))


def ids_of(text: str, language: str = "de") -> list[int]:
    ids: list[int] = analyse("", "", text, language).ids.tolist()
    return ids


def test_ids_are_sorted_distinct_uint64_and_counts_are_float32() -> None:
    terms = analyse("Brücke gesperrt", "", "Die Brücke bleibt gesperrt. Die Brücke!", "de")

    assert terms.ids.dtype == np.uint64
    assert terms.counts.dtype == np.float32
    assert terms.ids.tolist() == sorted(set(terms.ids.tolist()))
    assert len(terms.ids) == len(terms.counts) == 3  # Brücke, gesperrt, bleibt


def test_words_of_title_and_tags_count_twice_the_rest_once() -> None:
    (term,) = ids_of("Hafen")

    assert counts_of(analyse("Hafen", "", "", "de")) == {term: 2.0}
    assert counts_of(analyse("", "", "", "de", ["Hafen"])) == {term: 2.0}
    assert counts_of(analyse("", "Hafen", "", "de")) == {term: 1.0}
    assert counts_of(analyse("Hafen", "Hafen", "Hafen Häfen", "de", ["Hafen"])) == {term: 7.0}


def test_the_hash_is_blake2b_of_language_and_stem_on_every_machine() -> None:
    digest = hashlib.blake2b(b"de\x1fhaf", digest_size=8).digest()

    assert ids_of("Hafen") == [int.from_bytes(digest, "little")]


@pytest.mark.parametrize(
    "spellings",
    [
        ("Zürich", "Zuerich", "Zurich", "ZÜRICH", "Zu\u0308rich", "Zü\u00adrich"),
        ("Straße", "Strasse", "STRASSE", "Straßen"),
        ("Häuser", "Haeuser", "Haus"),
        ("Gemüse", "Gemuese"),
        ("Österreich", "Oesterreich"),
    ],
)
def test_german_spellings_of_one_word_are_one_term(spellings: tuple[str, ...]) -> None:
    assert {tuple(ids_of(word)) for word in spellings} == {tuple(ids_of(spellings[0]))}


@pytest.mark.parametrize(("one", "other"), [("neue", "nu"), ("Bauer", "Bar"), ("Quelle", "Qulle")])
def test_ue_that_is_no_umlaut_stays(one: str, other: str) -> None:
    assert ids_of(one) != ids_of(other)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "elections", "election"),
        ("fr", "électeurs", "électeur"),
        ("it", "elezioni", "elezione"),
        ("es", "elecciones", "elección"),
        ("de", "Wahlen", "Wahl"),
    ],
)
def test_inflected_forms_share_a_term(language: str, one: str, other: str) -> None:
    assert ids_of(one, language) == ids_of(other, language) != []


def test_languages_share_no_term_but_regions_of_one_do() -> None:
    assert set(ids_of("Berlin NATO 2024", "de")).isdisjoint(ids_of("Berlin NATO 2024", "en"))
    assert ids_of("Berlin", "de-AT") == ids_of("Berlin", "de_CH") == ids_of("Berlin", "de")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Und für die über den, daß nach; FUER!"),
        ("en", "And the of with those"),
        ("fr", "Et l' les été pour où"),
        ("it", "E perché della negli"),
        ("es", "Y también según los"),
    ],
)
def test_stop_words_leave_nothing(language: str, text: str) -> None:
    assert ids_of(text, language) == []


def test_single_signs_and_zeros_are_dropped_and_numbers_and_codes_kept() -> None:
    assert ids_of("7 x 0 00 000 _ … – €") == []
    assert len(ids_of("A7 5G 14 2024")) == 4


def test_hyphened_words_are_their_parts() -> None:
    assert ids_of("Corona-Krise") == sorted(ids_of("Corona") + ids_of("Krise"))


def test_identifiers_longer_than_sixty_characters_are_dropped() -> None:
    assert ids_of("x" * 61) == []
    assert len(ids_of("x" * 60)) == 1


def test_languages_without_spaces_become_character_pairs() -> None:
    assert set(ids_of("東京都", "ja")) == {*ids_of("東京", "ja"), *ids_of("京都", "ja")}


def test_an_unknown_language_keeps_words_whole() -> None:
    assert ids_of("Hafen", "") != ids_of("Häfen", "xx")
    assert len(ids_of("Haus Häuser", "")) == 2


def test_no_words_give_empty_arrays() -> None:
    terms = analyse("", "", " … ", "de")

    assert terms.ids.shape == terms.counts.shape == (0,)


def test_threads_agree_with_one_thread() -> None:
    texts = [" ".join(f"Wort{i}heiten{j}" for i in range(50)) for j in range(40)]

    with ThreadPoolExecutor(8) as pool:
        parallel = list(pool.map(ids_of, texts))

    assert parallel == [ids_of(text) for text in texts]


def test_the_version_names_the_stemmer_release() -> None:
    assert ANALYZER_VERSION.startswith("terms-1+snowball-")


def test_a_news_text_takes_well_under_five_milliseconds() -> None:
    text = "Der Gemeinderat hat am Mittwoch über den Neubau der Brücke beraten. " * 30
    analyse("", "", text, "de")

    start = time.perf_counter()
    for _ in range(20):
        analyse("Rat berät über Brücke", "", text, "de")

    # 0.3 ms on a small machine; the bound only catches a lost cache or a quadratic regex
    assert (time.perf_counter() - start) / 20 < 0.005
