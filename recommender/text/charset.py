"""Bytes of a page or feed to text, and repair of text that was decoded wrongly before it came here."""

from __future__ import annotations

import codecs
import re
from typing import Final

import ftfy
from ftfy.badness import is_bad

from recommender.text.normalise import normalise_text

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:\-]{2,40})""", re.IGNORECASE)
_DECLARED_WITHIN: Final = 4_096
# Browsers read both names as Windows-1252 (WHATWG Encoding), and authors mean it.
_LATIN_1: Final = frozenset({"iso8859-1", "ascii"})
# Escapes in plain ASCII: such bytes are valid UTF-8 too, so here the label decides.
_SEVEN_BIT: Final = frozenset({"iso2022_jp", "iso2022_kr", "hz", "utf-7"})
_MULTI_BYTE = re.compile("[\u0080-\ufffc]")
# What the first two bytes of a UTF-8 character look like when read as Windows-1252 or Latin-1. ftfy's own
# look costs a millisecond on a long text, this one a few microseconds.
_MOJIBAKE_PAIR = re.compile("[\u00c2-\u00f4][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
_C1_SIGNS = re.compile("[\u0080-\u009f]")
# Windows-1252 punctuation that arrived as C1 control characters (bad label, or references like &#132;)
_C1: Final = {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)}


def decode_bytes(data: bytes, *, declared: str = "") -> str:
    """Return the text of `data`; never fails, undecodable bytes become U+FFFD.

    In order: byte order mark; UTF-8 when the bytes are valid UTF-8 (labels lie more often than that
    happens by chance); `declared` (the HTTP header's charset, or a whole Content-Type); a charset named
    in the first 4 KiB; UTF-8 when only a few bytes are broken; Windows-1252.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    stated = [name for name in (_codec_name(declared), _codec_in(data[:_DECLARED_WITHIN])) if name]
    if not stated or stated[0] not in _SEVEN_BIT:
        lenient = data.decode("utf-8", "replace")
        broken = lenient.count("\ufffd")
        if not broken or _mostly_utf8(lenient, broken):
            return lenient
    legacy = next((name for name in stated if not name.startswith("utf")), "cp1252")
    return data.decode(legacy, "replace")


def repair_text(text: str) -> str:
    """Return `text` with mojibake such as `fÃ¼r` undone (ftfy), line by line, and other text unchanged.

    Looked for is UTF-8 that was read as Windows-1252 or Latin-1. Only lines that ftfy's heuristic finds bad
    are touched, and only when the result is no longer bad: `SÃO PAULO` stays. Windows-1252 quotes and
    dashes that came as control characters are restored.
    """
    if text.isascii():
        return text
    if _C1_SIGNS.search(text):
        text = text.translate(_C1)
    if not _MOJIBAKE_PAIR.search(text) or not is_bad(text):
        return text
    return "\n".join(map(_repair_line, text.split("\n")))


def clean_field(text: str) -> str:
    """Return a field that another system sent: mojibake undone, Unicode and white space normalised."""
    return normalise_text(repair_text(text))


def _repair_line(line: str) -> str:
    if not is_bad(line):
        return line
    repaired = ftfy.fix_encoding(line)
    return line if is_bad(repaired) else repaired


def _mostly_utf8(text: str, broken: int) -> bool:
    # A page cut off in the middle of a character, or one foreign snippet in a UTF-8 page.
    return len(_MULTI_BYTE.findall(text)) > 10 * broken


def _codec_in(head: bytes) -> str:
    match = _DECLARED.search(head)
    return _codec_name(match[1].decode("ascii")) if match else ""


def _codec_name(label: str) -> str:
    label = label.rpartition("charset=")[2].strip(" \"';")
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return ""
    # "zip", "rot13" and the like are codecs too, but no character sets
    if not getattr(codecs.lookup(name), "_is_text_encoding", True):
        return ""
    return "cp1252" if name in _LATIN_1 else name
