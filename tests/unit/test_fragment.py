"""Markup as a CMS's editor leaves it: all content, and all kinds of broken."""

from __future__ import annotations

import time

import pytest

from recommender.text.factbox import NO_FACTS
from recommender.text.fragment import has_markup, read_entities, read_fragment, read_line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p>Absatz</p>", True),
        ("Zeile<br/>Zeile", True),
        ("<!-- wp:paragraph -->", True),
        ("E = mc<sup>2</sup>", True),
        ("3 < 5 und 7 > 2", False),
        ("a<b", False),
        ("Der <Name> fehlt", False),
        ("Müller &amp; Söhne", False),
        ("", False),
    ],
)
def test_markup_is_what_a_cms_would_send(text: str, expected: bool) -> None:
    assert has_markup(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Müller &amp; Söhne &#8211; seit 1900", "Müller & Söhne – seit 1900"),
        ("&#x201E;Ja&#x201C;", "„Ja“"),
        ("AT&T; &unbekannt; &copy ohne Semikolon", "AT&T; &unbekannt; &copy ohne Semikolon"),
        ("&amp;lt;", "&lt;"),
        ("3 < 5", "3 < 5"),
    ],
)
def test_entities_are_read_once_and_only_where_they_are_whole(text: str, expected: str) -> None:
    assert read_entities(text) == expected


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>Eins.</p><p>Zwei.</p>", "Eins.\n\nZwei."),
        ("<!-- wp:paragraph --><p>Eins.</p><!-- /wp:paragraph -->\n<p>Zwei.</p>", "Eins.\n\nZwei."),
        ("Vorn<br>Mitte<br/><br/>hinten", "Vorn\n\nMitte\n\nhinten"),
        ("<p>Ein <b>fettes</b> W<i>or</i>t,\n  weiter.</p>", "Ein fettes Wort, weiter."),
        ("<ul><li>Eins</li><li>Zwei</li></ul>Ende", "Eins\n\nZwei\n\nEnde"),
        ("<table><tr><td>Wien</td><td>12</td></tr><tr><th>Graz</th></tr></table>", "Wien 12\n\nGraz"),
        ("<h1>Titel</h1><p>x &amp; y &lt;b&gt; &nbsp; z</p>", "Titel\n\nx & y <b> z"),
        ("<p>5 < 6 und 7 > 3</p>", "5 < 6 und 7 > 3"),
        ("<p>Vorn<!-- Notiz -->hinten</p>", "Vornhinten"),
        ("<?xml version='1.0' encoding='utf-8'?><p>Aus einem Export.</p>", "Aus einem Export."),
        ("<html><head><title>T</title></head><body><p>Ganze Seite.</p></body></html>", "Ganze Seite."),
        ("<p>Offen <b>und nie zu", "Offen und nie zu"),
        ("<p></p><div> </div>", ""),
        ("", ""),
    ],
)
def test_text_comes_out_paragraph_by_paragraph(markup: str, expected: str) -> None:
    assert read_fragment(markup) == (expected, NO_FACTS)


@pytest.mark.parametrize(
    "chrome",
    [
        "<script>alert(1)</script>",
        "<style>p { color: red }</style>",
        "<iframe src='https://example.org'>Rahmen</iframe>",
        "<figure><img src='a.jpg'><figcaption>Bild: Muster</figcaption></figure>",
        "<form><figure>geschachtelt</figure><button>Abonnieren</button></form>",
        "<nav><a href='/'>Start</a></nav>",
        "<svg><text>Kurve</text></svg>",
        "<p>Kurze Werbeeinblendung</p>",
        "<h3>Lesen Sie auch</h3><ul><li><a href='/x'>Ein anderer Bericht</a></li></ul>",
    ],
)
def test_what_is_no_text_is_left_out(chrome: str) -> None:
    text, _ = read_fragment(f"<p>Der erste Absatz steht hier.</p>{chrome}<p>Der letzte steht da.</p>")
    assert text == "Der erste Absatz steht hier.\n\nDer letzte steht da."


def test_a_fact_box_is_read_and_cut_out() -> None:
    text, facts = read_fragment(
        "<p>Die Scheune brannte nieder.</p><h2>Details zur Meldung</h2><dl><dt>Was ist passiert?</dt><dd>Brand</dd>"
        "<dt>In welchen Regionen?</dt><dd>Tirol, Vorarlberg</dd></dl>"
    )
    assert text == "Die Scheune brannte nieder."
    assert (facts.event, facts.regions) == ("Brand", ("Tirol", "Vorarlberg"))


@pytest.mark.parametrize("bad", ["\x00", "\x0b", "\ud800", "\u200b", "\ufffe"])
def test_no_sign_stops_the_reading(bad: str) -> None:
    text, _ = read_fragment(f"<p>vor{bad}nach</p><p>Ende</p>")
    assert text.replace("\ufffe", "") == "vornach\n\nEnde"


@pytest.mark.parametrize("depth", [300, 1_500])
def test_deep_nesting_loses_nothing(depth: int) -> None:
    text, _ = read_fragment("<div>" * depth + "tief" + "</div>" * depth + "<p>danach</p>")
    assert text == "tief\n\ndanach"


def test_hostile_nesting_ends_quickly_and_without_an_error() -> None:
    started = time.monotonic()
    read_fragment("<b><i>" * 50_000 + "tief")
    assert time.monotonic() - started < 10


def test_a_line_keeps_all_its_words_also_those_that_would_be_chrome_in_a_text() -> None:
    assert read_line("<b>Lesen Sie auch</b>:\n <i>das&nbsp;Buch</i>") == "Lesen Sie auch: das Buch"
    assert read_line("<p>Eins</p><p>Zwei</p>") == "Eins Zwei"
    assert read_line("<b></b>") == ""
