"""What a page says about itself: JSON-LD first, then OpenGraph and meta tags, then the visible page."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from html import unescape
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

from htmldate import find_date

from recommender.text.charset import repair_text
from recommender.text.jsonld import article_node, kind_of
from recommender.text.language import base_language
from recommender.text.normalise import one_line
from recommender.text.page import PageImage, PageMetadata
from recommender.text.visible import h1_title, visible_authors, visible_tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lxml.html import HtmlElement

_MAX_TAGS: Final = 30
_MAX_ADDRESS_CHARS: Final = 4_000
_MAX_NAME_CHARS: Final = 100
_OG_KINDS: Final = {"video": "video", "music": "audio"}
_BYLINE = re.compile(r"^(?:von|by|par|di|por)[: ]\s*", re.IGNORECASE)
_AND = re.compile(r"\s*(?:,|;|\||/| und | and | et | e | y )\s*")
_TITLE_BORDER = re.compile(r"\s+[•·–—»-]\s+")
_DOMAIN = re.compile(r"(?:[\w-]+\.)+(?:de|at|ch|li|lu|com|net|org|info|eu|fr|it|es)", re.IGNORECASE)


def read_metadata(tree: HtmlElement, *, url: str = "") -> PageMetadata:
    """Return what the page states about itself; `url` is where it was fetched, when known.

    Dates without a time are midnight UTC and times without a zone are UTC: the page doesn't say more.
    Tags, authors: distinct, in the page's order.
    """
    node = article_node(tree)
    meta = _meta_tags(tree)
    address = _address(tree, node, meta, url)
    published_at = _first_time(
        node.get("datePublished"), meta, "article:published_time", "date", "dc.date", "pubdate"
    )
    return PageMetadata(
        title=_title(tree, node, meta),
        teaser=_text(node.get("description"))
        or _first(meta, "og:description", "description", "twitter:description"),
        language=_language(tree, node, meta),
        published_at=published_at or _guessed_date(tree, address),
        updated_at=_first_time(
            node.get("dateModified"), meta, "article:modified_time", "og:updated_time", "last-modified"
        ),
        authors=_authors(node.get("author")) or _authors(_first(meta, "author")) or visible_authors(tree),
        section=_section(_text(node.get("articleSection")) or _first(meta, "article:section")),
        tags=_tags(tree, node, meta),
        place=_name(node.get("contentLocation")),
        image=_image(node.get("image"), meta, address or url),
        url=address,
        kind=_kind(node, meta),
        noindex="noindex" in _first(meta, "robots").lower(),
        paywalled=str(node.get("isAccessibleForFree", "")).lower() == "false"
        or _first(meta, "article:content_tier").lower() == "locked",
    )


def _meta_tags(tree: HtmlElement) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        name = (
            element.get("property")
            or element.get("name")
            or element.get("itemprop")
            or element.get("http-equiv")
        )
        content = _text(element.get("content"))
        if name and content:
            found.setdefault(name.strip().lower(), []).append(content)
    return found


def _first(meta: Mapping[str, list[str]], *names: str) -> str:
    return next((meta[name][0] for name in names if name in meta), "")


def _text(value: Any) -> str:
    if isinstance(value, list):
        return next(filter(None, map(_text, value)), "")
    # templates escape twice: the JSON or attribute then still holds &uuml;
    return one_line(repair_text(unescape(value))) if isinstance(value, str) else ""


def _name(value: Any) -> str:
    if isinstance(value, list):
        return next(filter(None, map(_name, value)), "")
    return _text(value.get("name")) if isinstance(value, dict) else _text(value)


def _title(tree: HtmlElement, node: Mapping[str, Any], meta: Mapping[str, list[str]]) -> str:
    stated = _text(node.get("headline")) or _first(meta, "og:title", "twitter:title")
    if stated:
        return _without_site(stated, _first(meta, "og:site_name"))
    heading = h1_title(tree)
    if heading:
        return heading
    document = tree.find(".//title")
    return _without_site(_text(document.text) if document is not None else "", "")


def _without_site(title: str, site: str) -> str:
    """Cut the site off the end: its name or a bare domain; of parts between bars the longest stays."""
    title = max(title.split(" | "), key=len).strip()
    parts = _TITLE_BORDER.split(title)
    if len(parts) > 1 and (parts[-1].casefold() == site.casefold() or _DOMAIN.fullmatch(parts[-1])):
        return title[: title.rfind(parts[-1])].rstrip(" •·–—»-")
    return title


def _language(tree: HtmlElement, node: Mapping[str, Any], meta: Mapping[str, list[str]]) -> str:
    root = tree.getroottree().getroot()
    stated = (
        root.get("lang")
        or root.get("{http://www.w3.org/XML/1998/namespace}lang")
        or _text(node.get("inLanguage"))
    )
    code = base_language(stated or _first(meta, "og:locale", "content-language", "language"))
    return code if re.fullmatch(r"[a-z]{2,3}", code) else ""


def _address(tree: HtmlElement, node: Mapping[str, Any], meta: Mapping[str, list[str]], url: str) -> str:
    link = tree.find(".//link[@rel='canonical']")
    page = node.get("mainEntityOfPage")
    candidates = (
        link.get("href") if link is not None else "",
        _first(meta, "og:url"),
        page.get("@id") if isinstance(page, dict) else page,
        node.get("url"),
        url,
    )
    for candidate in candidates:
        absolute = _web_address(_text(candidate), url)
        # a canonical link to the home page is a template's mistake
        if absolute and urlsplit(absolute).path.strip("/"):
            return absolute
    return url


def _web_address(address: str, base: str) -> str:
    if not address:
        return ""
    try:
        absolute = urljoin(base, address) if base else address
        parts = urlsplit(absolute)
    except ValueError:
        return ""
    return (
        absolute
        if parts.scheme in {"http", "https"} and parts.netloc and len(absolute) <= _MAX_ADDRESS_CHARS
        else ""
    )


def _first_time(stated: Any, meta: Mapping[str, list[str]], *names: str) -> datetime | None:
    values = (_text(stated), *(content for name in names for content in meta.get(name, ())))
    return next(filter(None, map(parse_time, values)), None)


def parse_time(value: str) -> datetime | None:
    """Return an ISO 8601 time as aware UTC, or None when `value` is none or no calendar can hold it."""
    try:
        moment = datetime.fromisoformat(value.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _guessed_date(tree: HtmlElement, url: str) -> datetime | None:
    found = find_date(tree, original_date=True, extensive_search=False, url=url or None)
    return datetime.combine(date.fromisoformat(found), time(), tzinfo=UTC) if found else None


def _section(stated: str) -> str:
    # some templates put the teaser or all keywords here
    return stated if len(stated) <= _MAX_NAME_CHARS else ""


def _authors(value: Any) -> tuple[str, ...]:
    entries = value if isinstance(value, list) else [value]
    names = (part for entry in entries for part in _AND.split(_BYLINE.sub("", _name(entry))))
    return tuple(
        dict.fromkeys(n for n in names if n and len(n) <= _MAX_NAME_CHARS and "://" not in n and "@" not in n)
    )


def _tags(tree: HtmlElement, node: Mapping[str, Any], meta: Mapping[str, list[str]]) -> tuple[str, ...]:
    given = node.get("keywords")
    stated = given if isinstance(given, list) else _text(given).split(",")
    if not any(stated):
        stated = meta.get("article:tag") or _first(meta, "news_keywords", "keywords").split(",")
    return _distinct(_name(tag) for tag in stated) or visible_tags(tree)


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in names if _is_tag(name.strip())))[:_MAX_TAGS]


def _is_tag(name: str) -> bool:
    # a leading underscore marks what is meant for the CMS itself
    return 1 < len(name) <= _MAX_NAME_CHARS and not name.startswith("_")


def _image(value: Any, meta: Mapping[str, list[str]], base: str) -> PageImage | None:
    stated = value[0] if isinstance(value, list) and value else value
    if isinstance(stated, dict):
        address = _web_address(_text(stated.get("url") or stated.get("contentUrl")), base)
        alt = _text(stated.get("caption") or stated.get("description") or stated.get("name"))
        size = (_pixels(stated.get("width")), _pixels(stated.get("height")))
    else:
        address, alt, size = _web_address(_text(stated), base), "", (None, None)
    og_address = _web_address(_first(meta, "og:image", "og:image:url", "twitter:image"), base)
    if not address or (address == og_address and size == (None, None)):
        address, size = (
            og_address,
            (_pixels(_first(meta, "og:image:width")), _pixels(_first(meta, "og:image:height"))),
        )
    if not address:
        return None
    return PageImage(address, alt or _first(meta, "og:image:alt", "twitter:image:alt"), *size)


def _pixels(value: Any) -> int | None:
    if isinstance(value, dict):
        value = value.get("value")
    match = re.match(r"\d{1,5}", str(value or ""))
    return int(match[0]) or None if match else None


def _kind(node: Mapping[str, Any], meta: Mapping[str, list[str]]) -> str:
    if node:
        return kind_of(dict(node))
    return _OG_KINDS.get(_first(meta, "og:type").partition(".")[0].lower(), "article")
