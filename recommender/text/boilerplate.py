"""Paragraphs of an article without the chrome that news CMSs put between them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from recommender.text.boilerplate_rules import CHROME, EXACT, LINK_LIST_HEADINGS, TEASER_SENTENCE
from recommender.text.normalise import unify_quotes

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_MAX_CHROME_CHARS: Final = 420
# In a list of links, what is longer or ends like a sentence is text again.
_MAX_LINK_CHARS: Final = 130
_DECORATION: Final = " \t-*•·|+>»«→›▸▶■↑▲▼…:!."
_SENTENCE_END = re.compile(r"""[.!][")']*$""")

# "(Foto: Jana Muster/dpa)" or "Foto: Jana Muster/dpa" at the end of a line
_CREDIT_IN_BRACKETS = re.compile(
    r"\s*[(\[](?:Fotos?|(?:Archiv|Symbol)?[Bb]ild|(?:Archiv|Symbol)foto|Grafik|Quelle|Credit)[:/] ?"
    r"[^()\[\]]{2,80}[)\]]$"
)
_CREDIT_AT_END = re.compile(
    r"(?:(?:Fotos?|Bild|Archivbild|Symbolbild|Symbolfoto|Grafik|Copyright): ?|© ?)[^.!?]{2,80}$"
)
_MAX_CAPTION_CHARS: Final = 300

# "<pAnalysten ...": a start tag that lost its end, as text or in the source of a page
_BROKEN_TAG = re.compile(
    r"<(p|h[1-6]|li|div|span|strong|em|td|dd)(?=[A-ZÄÖÜ„\"»][a-zäöüß ]|[A-ZÄÖÜ]{2,}[\s-])"
)

# Twice or more: a capital and at least two small letters, or an acronym before such a word
_HUMPS = re.compile(r"(?:[A-ZÄÖÜ]{2,}(?=[A-ZÄÖÜ][a-zäöüß])|[A-ZÄÖÜ][a-zäöüß]{2,}){2,}(?:[A-ZÄÖÜ]{2,})?")
_HUMP_BORDER = re.compile(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])|(?<=[A-ZÄÖÜ]{2})(?=[A-ZÄÖÜ][a-zäöüß])")
_CAMEL_NAMES: Final = frozenset(
    {
        "YouTube",
        "WhatsApp",
        "FaceBook",
        "LinkedIn",
        "PayPal",
        "SnapChat",
        "InstaGram",
        "BlackRock",
        "OpenStreetMap",
    }
)
_MAX_TAG_LINE_CHARS: Final = 200


def repair_broken_tags(markup: str) -> str:
    """Return `markup` with start tags that lost their `>` closed again: `<pText` becomes `<p>Text`.

    Only block and inline tags of running text directly before a capital are touched, so `<path`,
    `<linearGradient` and custom elements stay as they are.
    """
    return _BROKEN_TAG.sub(r"<\1>", markup)


def drop_broken_tags(line: str) -> str:
    """Return a line of plain text without the remains of start tags: `<pText` becomes `Text`."""
    return _BROKEN_TAG.sub("", line)


def split_glued_tags(line: str) -> tuple[str, ...]:
    """Return the tags of a glued tag line such as `WaldBrandÖsterreich`, or none when it isn't one.

    A tag line has no sentence punctuation, starts every word with a capital or a digit and has at least
    one word of several humps of three letters or more. Names written so (YouTube) are no tag lines.
    """
    line = line.strip()
    words = line.split()
    if not words or len(line) > _MAX_TAG_LINE_CHARS or re.search(r"[.,:;!?\"„“()/]", line):
        return ()
    if not all(word[0].isupper() or word[0].isdigit() for word in words):
        return ()
    glued = [word for word in words if word not in _CAMEL_NAMES and _HUMPS.fullmatch(word)]
    borders = sum(len(_HUMP_BORDER.findall(word)) for word in glued)
    if borders < min(len(words), 2):  # "Euer HansAlbert" is a signature
        return ()
    tags = _HUMP_BORDER.sub("\n", line)
    return tuple(dict.fromkeys(tag.strip() for tag in tags.split("\n") if tag.strip()))


def take_tag_lines(lines: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """Return the tags of glued tag lines among the first and last two lines, and the other lines.

    In the middle such a line may be a subheading with a name written in camel case: it stays.
    """
    edges = {0, 1, len(lines) - 2, len(lines) - 1}
    found = {position: split_glued_tags(lines[position]) for position in edges if 0 <= position < len(lines)}
    tags = tuple(dict.fromkeys(tag for position in sorted(found) for tag in found[position]))
    return tags, [line for position, line in enumerate(lines) if not found.get(position)]


def is_chrome(line: str) -> bool:
    """Whether a whole line is chrome: an ad marker, a share button, a caption, a date line and the like."""
    if len(line) > _MAX_CHROME_CHARS:
        return False
    folded = _folded(line)
    if not folded:
        return True  # only decoration
    return (
        folded in _EXACT
        or folded in _HEADINGS
        or bool(CHROME.fullmatch(folded))
        or (bool(TEASER_SENTENCE.fullmatch(folded)) and not _SENTENCE_END.search(line))
    )


def is_link_list_heading(line: str) -> bool:
    """Whether a line heads a list of links to other articles (`Mehr zum Thema`)."""
    return len(line) <= _MAX_LINK_CHARS and _folded(line) in _HEADINGS


def strip_credit(line: str) -> str:
    """Return a line without the photo credit at its end; empty when the line is only a caption."""
    stripped = _CREDIT_IN_BRACKETS.sub("", line)
    if stripped != line:
        return stripped
    if len(line) <= _MAX_CAPTION_CHARS and _CREDIT_AT_END.search(line):
        return ""
    return line


def strip_boilerplate(lines: Sequence[str], *, keep: Collection[str] = ()) -> list[str]:
    """Return the lines that belong to the article, in order, credits cut off; `keep` are known headings.

    A heading such as `Ähnliche Artikel` takes with it the short lines after it that look like link
    texts (no full stop, at most 130 characters), up to the first sentence or the first line in `keep`.
    """
    kept: list[str] = []
    in_links = False
    for raw in lines:
        line = strip_credit(drop_broken_tags(raw.strip()))
        if is_link_list_heading(line):
            in_links = True
        elif line and not is_chrome(line):
            in_links = in_links and line not in keep and _looks_like_link(line)
            if not in_links:
                kept.append(line)
    return kept


def _looks_like_link(line: str) -> bool:
    return len(line) <= _MAX_LINK_CHARS and not _SENTENCE_END.search(unify_quotes(line))


def _folded(line: str) -> str:
    return unify_quotes(line).casefold().strip(_DECORATION)


_EXACT: Final = frozenset(map(_folded, EXACT))
_HEADINGS: Final = frozenset(map(_folded, LINK_LIST_HEADINGS))
