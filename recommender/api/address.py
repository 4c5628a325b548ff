"""The site and the article that an address names."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import unquote_to_bytes

from fastapi import Depends, Path
from starlette.requests import Request

from recommender.article import ArticleKey
from recommender.errors import InvalidRequestError

_SITE = Path(description="The site's name, percent-encoded; without a slash", examples=["zeitung"])
_ID = Path(description="The article's id in its CMS, percent-encoded; may hold slashes", examples=["1234"])


async def site_of(request: Request, site: Annotated[str, _SITE]) -> str:
    """Return the site, without blanks around it. Raises `InvalidRequestError`."""
    return _named(request, site)


async def key_of(
    request: Request, site: Annotated[str, _SITE], article_id: Annotated[str, _ID]
) -> ArticleKey:
    """Return the article's key, without blanks around its parts. Raises `InvalidRequestError`."""
    return ArticleKey(_named(request, site), _named(request, article_id))


Site = Annotated[str, Depends(site_of)]
Key = Annotated[ArticleKey, Depends(key_of)]


def _named(request: Request, name: str) -> str:
    # servers replace what is not UTF-8, and two ids would silently become one
    if "\ufffd" in name and not _is_utf8(request.scope.get("raw_path", b"")):
        raise InvalidRequestError("the address is not UTF-8: percent-encode the id's UTF-8 bytes")
    if "\x00" in name:
        raise InvalidRequestError(f"the address: got a NUL character in {name!r}, wanted text: remove %00")
    # the same as is done to a name in a body: one article, one name
    return name.strip()


def _is_utf8(raw_path: bytes) -> bool:
    try:
        unquote_to_bytes(raw_path).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
