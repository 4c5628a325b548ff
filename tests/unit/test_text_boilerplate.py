"""Chrome goes, sentences stay."""

from __future__ import annotations

import pytest

from recommender.text.boilerplate import (
    drop_broken_tags,
    is_chrome,
    repair_broken_tags,
    split_glued_tags,
    strip_boilerplate,
    strip_credit,
    take_tag_lines,
)


@pytest.mark.parametrize(
    "line",
    [
        "Kurze Werbeeinblendung", "ANZEIGE", "Werbung:", "Ort des Geschehens", "Details zur Meldung", "- Anzeige -",
        'Schaltfläche "Zurück zum Anfang"', "Schaltfläche „Zurück zum Anfang“", "Zurück zum Anfang", "↑ nach oben",
        "Ähnliche Artikel", "Lesen Sie auch:", "+++ Lesen Sie auch +++", "Lesen Sie auch: So wird das Wetter",
        "Mehr zum Thema: Was die Brücke kostet", "Auch interessant | Zehn Tipps für den Garten",
        "Lesen Sie hier mehr über den Streit",
        "Foto: Karl Muster/dpa", "© Karl Muster", "Symbolbild. Foto: K. Muster", "Karl Muster/Getty Images",
        "Quelle: dpa", "Copyright 2024 Bergbote", "Alle Rechte vorbehalten.",
        "Jetzt Newsletter abonnieren", "Melden Sie sich hier für unseren Newsletter an!", "Auf Facebook teilen",
        "Per E-Mail versenden", "Folgen Sie uns auf Instagram", "12 Kommentare", "Kommentare (3)",
        "Das Video konnte nicht abgespielt werden.", "An dieser Stelle finden Sie einen externen Inhalt von X.",
        "Wir verwenden Cookies, um unsere Seite zu verbessern.", "Bitte aktivieren Sie JavaScript",
        "12.03.2024, 14:30 Uhr", "Stand: 3. März 2024", "Aktualisiert am 12.03.2024", "Lesezeit: 4 Minuten", "(dpa)",
        "Sie erklären sich damit einverstanden, dass Ihnen externe Inhalte angezeigt werden.", "***",
    ],
)  # fmt: skip
def test_chrome_is_recognised(line: str) -> None:
    assert is_chrome(line) or not strip_credit(line)


@pytest.mark.parametrize(
    "line",
    [
        "Auch interessant ist, dass die Gemeinde den Newsletter eingestellt hat.",
        "Lesen Sie auch zwischen den Zeilen, rät die Richterin.",
        "Der Newsletter der Partei erreicht 40.000 Menschen, wie ein Sprecher sagte.",
        "Foto und Film gehörten für sie zusammen.",
        "Die Werbung für Glücksspiel soll verboten werden.",
        "Kommentare aus Brüssel gab es zunächst nicht.",
        "Facebook und Twitter löschten das Video binnen Stunden.",
        "Copyright-Klage: Verlag siegt in zweiter Instanz",
        "Video-Beweis im Amateurfußball",
        "Am 12.03.2024 tritt das Gesetz in Kraft.",
        "Um 14.30 Uhr begann die Sitzung.",
        "3. Klasse",
        "Kritik der Anrainer",
        "Hintergrund: Der Streit um die Brücke dauert seit zehn Jahren.",
        "Teilen will die Gemeinde den Gewinn nicht.",
        "Das Video wurde von Augenzeugen aufgenommen.",
    ],
)
def test_sentences_and_subheadings_stay(line: str) -> None:
    assert strip_boilerplate([line]) == [line]


def test_a_credit_in_brackets_is_cut_and_the_sentence_stays() -> None:
    assert (
        strip_credit("Der Hafen von Sandhagen am Morgen. (Foto: K. Muster/dpa)")
        == "Der Hafen von Sandhagen am Morgen."
    )
    assert strip_credit("Sie zeigte ihm das zweite Foto wünschen sich viele") != ""


def test_a_link_list_goes_with_its_heading_up_to_the_next_sentence() -> None:
    lines = [
        "Satz eins.",
        "Mehr zum Thema",
        "Brücke wird teurer",
        "Rat vertagt sich",
        "Satz zwei folgt.",
        "Noch ein Titel",
    ]

    assert strip_boilerplate(lines) == ["Satz eins.", "Satz zwei folgt.", "Noch ein Titel"]


def test_a_known_heading_ends_a_link_list() -> None:
    lines = ["Lesen Sie auch", "Brücke wird teurer", "Kritik der Anrainer", "Sie wollen klagen."]

    assert strip_boilerplate(lines, keep={"Kritik der Anrainer"}) == [
        "Kritik der Anrainer",
        "Sie wollen klagen.",
    ]


@pytest.mark.parametrize(
    ("line", "tags"),
    [
        ("WaldBrandÖsterreich", ("Wald", "Brand", "Österreich")),
        ("USAUkraineNATO", ("USA", "Ukraine", "NATO")),
        ("PolitikWien", ("Politik", "Wien")),
        ("Künstliche IntelligenzForschungWien", ("Künstliche Intelligenz", "Forschung", "Wien")),
        ("YouTube", ()),
        ("Brückenbau", ()),
        ("Euer HansAlbert", ()),
        ("Der BioNTech-Chef sagte", ()),
        ("WaldBrand in Tirol.", ()),
        ("", ()),
    ],
)
def test_glued_tags_are_split(line: str, tags: tuple[str, ...]) -> None:
    assert split_glued_tags(line) == tags


def test_tag_lines_are_taken_at_the_ends_only() -> None:
    middle = ["Titel der Meldung", "Erster Satz.", "NordSeeKüste", "Zweiter Satz.", "Dritter Satz."]

    assert take_tag_lines(middle) == ((), middle)
    assert take_tag_lines(["HafenNebel", *middle]) == (("Hafen", "Nebel"), middle)
    assert take_tag_lines([]) == ((), [])


def test_broken_tags_are_closed_in_markup_and_dropped_in_text() -> None:
    assert (
        repair_broken_tags("<pFachleute sagen</p><h2Kritik wächst")
        == "<p>Fachleute sagen</p><h2>Kritik wächst"
    )
    assert drop_broken_tags("<pFachleute sagen") == "Fachleute sagen"


@pytest.mark.parametrize(
    "markup", ["<path d='M1'>", "<linearGradient id='a'>", "<p>Text", "<pre>X", "<picture>", "1 <p2"]
)
def test_whole_tags_stay(markup: str) -> None:
    assert repair_broken_tags(markup) == markup
