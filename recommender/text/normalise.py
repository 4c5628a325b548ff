"""Unicode and white space brought to one form; paragraphs stay apart by one empty line."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Soft hyphens, zero-width signs, bidi marks and the byte order mark: invisible, and they split words for
# every search. U+200C and U+200D stay out: Persian and Hindi spelling needs them.
_INVISIBLE: Final = dict.fromkeys((0xAD, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, 0xFEFF))
_SPACES: Final = dict.fromkeys((0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000, 0x09), " ")
_LINE_ENDS: Final = {0x0B: "\n", 0x0C: "\n", 0x85: "\n", 0x2028: "\n", 0x2029: "\n\n"}
# What no text may hold: other control characters (a database or XML refuses some of them).
_CONTROL: Final = dict.fromkeys(
    c for c in (*range(0x20), *range(0x7F, 0xA0)) if c not in {0x09, 0x0A, 0x0B, 0x0C, 0x85}
)
_TABLE: Final = {**_CONTROL, **_INVISIBLE, **_SPACES, **_LINE_ENDS}

# Looking for them first is ten times cheaper than translating clean text.
_UNUSUAL = re.compile("[" + re.escape("".join(map(chr, _TABLE))) + "]")

_BLANKS = re.compile(r" {2,}")
_AROUND_NEWLINE = re.compile(r" *\n *")
_EMPTY_LINES = re.compile(r"\n{3,}")

_QUOTES: Final = dict.fromkeys(map(ord, "„“”«»‟″"), '"') | dict.fromkeys(map(ord, "‚‘’‹›‛′`´"), "'")
_DASHES: Final = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")


def strip_invisible(text: str) -> str:
    """Return `text` without soft hyphens, zero-width signs, bidi marks and the byte order mark."""
    return text if text.isascii() else text.translate(_INVISIBLE)


def normalise_text(text: str) -> str:
    """Return `text` in NFC with plain spaces, LF line ends and at most one empty line in a row.

    Quotes and dashes stay as the author set them. Invisible and control characters go; every kind of
    space becomes one space; lines and the whole lose outer white space. Idempotent.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _UNUSUAL.search(text):
        text = text.translate(_TABLE)
    text = unicodedata.normalize("NFC", text)
    text = _AROUND_NEWLINE.sub("\n", _BLANKS.sub(" ", text))
    return _EMPTY_LINES.sub("\n\n", text).strip()


def one_line(text: str) -> str:
    """Return `text` normalised and on one line, for titles, names and other short fields."""
    return " ".join(normalise_text(text).split())


def unify_quotes(text: str) -> str:
    """Return `text` with all quotes, apostrophes and dashes as ASCII: for matching, never for display."""
    return text if text.isascii() else text.translate(_QUOTES | _DASHES)
