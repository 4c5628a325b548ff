"""The fact box is read in every form, and nothing else is taken."""

from __future__ import annotations

import pytest
from lxml import html

from recommender.text.dom import cut_fact_box
from recommender.text.factbox import NO_FACTS, FactBox, read_fact_box

BOX = FactBox(
    event="Brand",
    regions=("Tirol", "Kärnten"),
    place="Lienz, Bahnhof",
    best_reference="bergbote.example",
    sources=("talzeitung.example", "gipfelblatt.example"),
)
LINES = [
    "Ein Satz davor.", "Details zur Meldung", "Was ist passiert?", "Brand", "In welchen Regionen?", "Tirol, Kärnten", "",
    "Genauer Ort bekannt?", "Lienz, Bahnhof", "Beste Referenz", "bergbote.example", "Weitere Quellen",
    "talzeitung.example", "gipfelblatt.example", "", "Ähnliche Artikel", "Ein Titel danach",
]  # fmt: skip
FORMS = {
    "definition list": "<dl><dt>Was ist passiert?</dt><dd>Brand</dd><dt>In welchen Regionen?</dt><dd>Tirol</dd><dd>Kärnten</dd>"
    "<dt>Genauer Ort bekannt?</dt><dd>Lienz, Bahnhof</dd><dt>Beste Referenz</dt><dd><a>bergbote.example</a></dd>"
    "<dt>Weitere Quellen</dt><dd>talzeitung.example; gipfelblatt.example</dd></dl>",
    "table": "<table><tr><th>Was ist passiert?</th><td>Brand</td></tr><tr><th>In welchen Regionen?</th><td>Tirol und Kärnten</td></tr>"
    "<tr><th>Genauer Ort bekannt?</th><td>Lienz, Bahnhof</td></tr><tr><th>Beste Referenz</th><td>bergbote.example</td></tr>"
    "<tr><th>Weitere Quellen</th><td>talzeitung.example<br>gipfelblatt.example</td></tr></table>",
    "list on one line": "<ul><li>Was ist passiert? Brand</li><li>In welchen Regionen? Tirol, Kärnten</li>"
    "<li>Genauer Ort bekannt? Lienz, Bahnhof</li><li>Beste Referenz: bergbote.example</li>"
    "<li>Weitere Quellen: talzeitung.example, gipfelblatt.example</li></ul>",
    "line breaks": "<p><b>Was ist passiert?</b><br>Brand<br><b>In welchen Regionen?</b><br>Tirol, Kärnten<br>"
    "<b>Genauer Ort bekannt?</b><br>Lienz, Bahnhof<br><b>Beste Referenz</b><br>bergbote.example<br>"
    "<b>Weitere Quellen</b><br>talzeitung.example<br>gipfelblatt.example</p>",
    "headings": "<h4>Was ist passiert?</h4><p>Brand</p><h4>In welchen Regionen?</h4><p>Tirol, Kärnten</p>"
    "<h4>Genauer Ort bekannt?</h4><p>Lienz, Bahnhof</p><h4>Beste Referenz</h4><p>bergbote.example</p>"
    "<h4>Weitere Quellen</h4><p>talzeitung.example</p><p>gipfelblatt.example</p><h3>Neues aus dem Tal</h3>",
}


def test_plain_lines_give_the_box_and_their_positions() -> None:
    facts, taken = read_fact_box(LINES)

    assert facts == BOX
    assert [line for i, line in enumerate(LINES) if i not in taken and line] == [
        "Ein Satz davor.", "Ähnliche Artikel", "Ein Titel danach",
    ]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_markup_of_every_form_gives_the_box_and_is_cut(form: str) -> None:
    tree = html.fromstring(
        f"<html><body><p>Ein Satz davor.</p><div><h3>Details zur Meldung</h3>{FORMS[form]}</div>"
        "<p>Kurzer Titel danach</p></body></html>"
    )

    assert cut_fact_box(tree) == BOX
    left = [text for text in tree.itertext() if text not in {", ", ""}]
    assert [text for text in left if text != "Neues aus dem Tal"] == [
        "Ein Satz davor.",
        "Kurzer Titel danach",
    ]


@pytest.mark.parametrize("value", ["Nein", "unbekannt", "-", "Keine Angabe"])
def test_unknown_values_are_empty(value: str) -> None:
    facts, _ = read_fact_box(["Was ist passiert?", "Brand", "Genauer Ort bekannt?", value])

    assert facts == FactBox(event="Brand")


def test_one_label_alone_is_a_subheading() -> None:
    lines = ["Was ist passiert?", "Am Morgen brannte es im Stall."]

    assert read_fact_box(lines) == (NO_FACTS, frozenset())


def test_a_sentence_that_begins_like_a_label_is_no_label() -> None:
    lines = [
        "Was ist passiert?",
        "Brand",
        "Genauer Ort bekannt?",
        "Lienz",
        "Weitere Quellen berichten von Verletzten.",
    ]
    facts, _ = read_fact_box(lines)

    assert facts.sources == ()


def test_a_long_line_ends_the_last_value() -> None:
    prose = "Nach dem Brand im Stall " + "prüft die Behörde die Ursache " * 6
    facts, taken = read_fact_box(["Was ist passiert?", "Brand", "Weitere Quellen", "a.example", prose])

    assert facts.sources == ("a.example",)
    assert 4 not in taken
