"""From what a user names on the command line to the source that can read it."""

from __future__ import annotations

import gzip
import re
import sys
import tarfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from recommender.errors import SourceError
from recommender.sources.html import FolderSource, PageFileSource, TarSource
from recommender.sources.jsonl import JsonlSource
from recommender.sources.pages import has_page_name

if TYPE_CHECKING:
    from recommender.sources.base import Source

STANDARD_INPUT: Final = "-"
SUPPORTED: Final = (
    ".jsonl, .ndjson (also .gz), - for JSON Lines on standard input, .html, .htm, .txt (also .gz), "
    "a folder of such pages, .tar, .tar.gz, .tgz, .tar.bz2, .tar.xz"
)
_JSONL = re.compile(r"\.(?:jsonl|ndjson)(?:\.gz)?$", re.IGNORECASE)
_TAR = re.compile(r"\.(?:tar(?:\.(?:gz|bz2|xz))?|tgz)$", re.IGNORECASE)
_HEAD_BYTES: Final = 512


def open_source(spec: str, *, site: str, language: str = "") -> Source:
    """Return the source for a path, or `-` for JSON Lines on standard input.

    The name decides, else the content. `site` goes to articles that name none; `language` is taken when
    an article names none and its text is too short to tell. Raises `SourceError` when there is no such
    file or nothing here reads it. Reading starts with `articles()`.
    """
    if spec == STANDARD_INPUT:
        return JsonlSource(sys.stdin.buffer, site=site, language=language, name="stdin")
    path = Path(spec)
    if path.is_dir():
        return FolderSource(path, site=site, language=language)
    if not path.exists():
        raise SourceError(f"no file or folder {spec!r}: check the path; supported are {SUPPORTED}")
    if _JSONL.search(path.name):
        return JsonlSource(path, site=site, language=language, name=path.name)
    if _TAR.search(path.name):
        return TarSource(path, site=site, language=language)
    if has_page_name(path.name):
        return PageFileSource(path, site=site, language=language)
    return _by_content(path, site=site, language=language)


def _by_content(path: Path, *, site: str, language: str) -> Source:
    head = _head(path).removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"{"):
        return JsonlSource(path, site=site, language=language, name=path.name)
    if head.startswith(b"<") and not head.startswith((b"<?xml", b"<rss", b"<feed")):
        return PageFileSource(path, site=site, language=language)
    if tarfile.is_tarfile(path):
        return TarSource(path, site=site, language=language)
    raise SourceError(f"cannot tell what {str(path)!r} holds: supported are {SUPPORTED}")


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
        if not head.startswith(b"\x1f\x8b"):
            return head
        with gzip.open(path) as stream:
            return stream.read(_HEAD_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(
            f"cannot read {str(path)!r}: {error}; check the file and its permissions"
        ) from error
