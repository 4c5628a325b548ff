"""One page, HTML or plain text, to an article."""

from __future__ import annotations

import gzip
import logging
import re
import tarfile
import zlib
from typing import IO, TYPE_CHECKING, Any, Final

from recommender.sources.base import DAMAGED, TOO_LARGE, Account, take_article
from recommender.text.charset import decode_bytes
from recommender.text.html import extract_page
from recommender.text.language import detect_language
from recommender.text.plain import clean_text

if TYPE_CHECKING:
    from recommender.article import Article
    from recommender.text.factbox import FactBox

log = logging.getLogger(__name__)

MAX_PAGE_BYTES: Final = 20 * 1024 * 1024
NO_TEXT: Final = "no article text"
NO_PAGE: Final = "not a page"
EXTRACTION_FAILED: Final = "extraction failed"

_SUFFIX = re.compile(r"\.(?:html?|xhtml|txt)(?:\.gz)?$|\.gz$", re.IGNORECASE)
_PLAIN = re.compile(r"\.(?:txt|text)(?:\.gz)?$", re.IGNORECASE)
_HTML = re.compile(r"\.(?:html?|xhtml)(?:\.gz)?$", re.IGNORECASE)
_MARKUP = re.compile(
    rb"^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_MAGIC: Final = b"\x1f\x8b"


def page_id(name: str) -> str:
    """Return the article id for a page file: its path with `/` and without the page suffixes."""
    return _SUFFIX.sub("", name.replace("\\", "/")).strip("/")


def has_page_name(name: str) -> bool:
    """Whether a file's name says that it is an HTML page or a plain text."""
    return bool(_HTML.search(name) or _PLAIN.search(name))


def read_article(
    stream: IO[bytes], name: str, *, site: str, language: str, where: str, account: Account
) -> Article | None:
    """Return the article of the page in `stream`, or None after noting why there is none.

    `name` gives the id and tells text from HTML; gzip is recognised by its first bytes. Files without a
    page's name are taken when they begin like an HTML page. At most 20 MiB are read, unpacked.
    """
    try:
        data = _read(stream)
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        account.skip(where, DAMAGED, str(error))
        return None
    if len(data) > MAX_PAGE_BYTES:
        account.skip(where, TOO_LARGE, f"page of more than {MAX_PAGE_BYTES} bytes")
        return None
    if not has_page_name(name) and not _MARKUP.match(data[:2_000]):
        account.skip(where, NO_PAGE)
        return None
    try:
        fields = _plain_fields(data) if _PLAIN.search(name) else _html_fields(data)
    except Exception as error:  # noqa: BLE001 - a page that breaks a parser must not end the whole run
        log.warning("page.failed where=%s error=%s", where, type(error).__name__)
        account.skip(where, EXTRACTION_FAILED, f"{type(error).__name__}: {error}")
        return None
    if not fields["body"]:
        account.skip(where, NO_TEXT)
        return None
    stated = fields.pop("stated_language")
    fields["language"] = detect_language(fields["body"], fallback=stated or language)
    return take_article(
        {"id": page_id(name), **fields}, site=site, language=language, where=where, account=account
    )


def _read(stream: IO[bytes]) -> bytes:
    data = stream.read(MAX_PAGE_BYTES + 1)
    if not data.startswith(_MAGIC):
        return data
    unpacker = zlib.decompressobj(wbits=31)
    unpacked = unpacker.decompress(data, MAX_PAGE_BYTES + 1)
    if not unpacker.eof and len(unpacked) <= MAX_PAGE_BYTES:
        raise gzip.BadGzipFile("the compressed data ends too early")
    return unpacked


def _plain_fields(data: bytes) -> dict[str, Any]:
    text = clean_text(decode_bytes(data))
    return {
        "title": text.title, "body": text.body, "tags": text.tags, "stated_language": "",
        **_fact_fields(text.facts),
    }  # fmt: skip


def _html_fields(data: bytes) -> dict[str, Any]:
    page = extract_page(data)
    stated = page.metadata
    image = stated.image
    flags = {
        name: True
        for name, is_set in (("noindex", stated.noindex), ("paywalled", stated.paywalled))
        if is_set
    }
    return {
        "title": stated.title,
        "teaser": stated.teaser,
        "body": page.body,
        "stated_language": stated.language,
        "url": stated.url,
        "published_at": stated.published_at,
        "updated_at": stated.updated_at,
        "authors": stated.authors,
        "section": stated.section,
        "tags": stated.tags,
        "kind": stated.kind,
        "image": image and {"url": image.url, "alt": image.alt, "width": image.width, "height": image.height},
        **_fact_fields(page.facts),
        "place": page.facts.place or stated.place,
        "extra": flags,
    }


def _fact_fields(facts: FactBox) -> dict[str, Any]:
    return {
        "event": facts.event,
        "regions": facts.regions,
        "place": facts.place,
        "best_reference": facts.best_reference,
        "sources": facts.sources,
    }
