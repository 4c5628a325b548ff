"""One Unicode form, plain spaces, paragraphs kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recommender.text.normalise import normalise_text, one_line, strip_invisible, unify_quotes


def test_composed_form_and_invisible_signs() -> None:
    assert normalise_text("u\u0308ber\u00adprüfen\u200b\ufeff \u202aja\u202c") == "überprüfen ja"


def test_every_space_is_a_space_and_lines_are_trimmed() -> None:
    assert normalise_text("a\u00a0b\u2009c\td  e \n  f") == "a b c d e\nf"


def test_paragraphs_stay_apart_by_one_empty_line() -> None:
    assert normalise_text("a\r\n\r\n\r\n\r\nb\rc\u2029d") == "a\n\nb\nc\n\nd"


def test_control_characters_go_and_joiners_stay() -> None:
    assert normalise_text("a\x00b\x07c\x7f") == "abc"
    assert normalise_text("می\u200cخواهم") == "می\u200cخواهم"


def test_quotes_stay_as_set_and_are_unified_for_matching_only() -> None:
    assert normalise_text("„Ja“ – »so« ‚x‘") == "„Ja“ – »so« ‚x‘"
    assert unify_quotes("„Ja“ – »so« ‚x’") == '"Ja" - "so" \'x\''


def test_one_line_and_strip_invisible() -> None:
    assert one_line(" a\n\n b\u00ad ") == "a b"
    assert strip_invisible("Zü\u00adrich\u200b") == "Zürich"


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise_text(text)

    assert normalise_text(once) == once
