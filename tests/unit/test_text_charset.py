"""Bytes to text, and mojibake undone only where it is one."""

from __future__ import annotations

import codecs

import pytest

from recommender.text.charset import clean_field, decode_bytes, repair_text

TEXT = "Grüße aus Köln – „ja“, 5 €"


def html_in(charset: str, *, label: str) -> bytes:
    return f'<html><head><meta charset="{label}"></head><body>{TEXT}</body></html>'.encode(charset)


@pytest.mark.parametrize(
    ("mark", "charset"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
    ],
)
def test_a_byte_order_mark_decides_and_goes(mark: bytes, charset: str) -> None:
    assert decode_bytes(mark + TEXT.encode(charset)) == TEXT


@pytest.mark.parametrize(
    "label", ["iso-8859-1", "latin-1", "windows-1252", "us-ascii", "no-such-charset", "rot13"]
)
def test_western_labels_and_nonsense_are_read_as_browsers_do(label: str) -> None:
    assert TEXT in decode_bytes(html_in("cp1252", label=label))


def test_valid_utf8_wins_over_a_wrong_label() -> None:
    assert TEXT in decode_bytes(html_in("utf-8", label="iso-8859-1"))
    assert decode_bytes(TEXT.encode(), declared="text/html; charset=iso-8859-1") == TEXT


def test_other_charsets_are_taken_from_header_or_page() -> None:
    assert decode_bytes("Łódź".encode("iso-8859-2"), declared="iso-8859-2") == "Łódź"
    assert "Москва" in decode_bytes('<meta charset="windows-1251">Москва'.encode("cp1251"))


def test_escapes_in_seven_bits_follow_the_label() -> None:
    assert decode_bytes("東京".encode("iso2022_jp"), declared="iso-2022-jp") == "東京"


def test_without_any_label_it_is_windows_1252() -> None:
    assert decode_bytes(TEXT.encode("cp1252")) == TEXT


def test_a_page_cut_off_in_a_character_stays_utf8() -> None:
    whole = "Größe, Maß, Übung, Öl, Äpfel, Füße, Grüße, Köln "
    assert decode_bytes((whole + "ü").encode()[:-1]) == whole + "\ufffd"


@pytest.mark.parametrize(
    ("broken", "right"),
    [
        ("FÃ¼r Ã–sterreich", "Für Österreich"),
        ("GrÃ¶ÃŸe â€“ â€žschÃ¶nâ€œ", "Größe – „schön“"),
        ("sagte \x84ja\x93 \x96 sofort", "sagte „ja“ – sofort"),
    ],
)
def test_mojibake_is_undone(broken: str, right: str) -> None:
    assert repair_text(broken) == right


@pytest.mark.parametrize(
    "right",
    ["SÃO PAULO", "Für Österreich", "Ærø, Ångström, Zoë, naïve", "5 € – „gut“ … ½ ×", "Ｗｉｄｅ", "Âge d’or"],
)
def test_unusual_but_right_text_stays(right: str) -> None:
    assert repair_text(right) == right


def test_only_the_broken_line_is_touched() -> None:
    assert repair_text("Ãœbung\nSÃO PAULO\nÜbung") == "Übung\nSÃO PAULO\nÜbung"


def test_clean_field_repairs_and_normalises() -> None:
    assert clean_field(" fÃ¼r\xa0alle \r\n\r\n\r\n ja ") == "für alle\n\nja"
