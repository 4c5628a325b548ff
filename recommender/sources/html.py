"""Articles from pages: one file, a folder with everything under it, or a tar archive."""

from __future__ import annotations

import os
import tarfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Final

from recommender.errors import SourceError
from recommender.sources.base import DAMAGED, EMPTY, TOO_LARGE, Account
from recommender.sources.pages import MAX_PAGE_BYTES, page_id, read_article

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recommender.article import Article

LINK: Final = "link"
DEVICE: Final = "device or pipe"
UNSAFE_NAME: Final = "name leaves the archive"
SAME_ID: Final = "same id as an earlier page"


class _PageSource:
    """What the three have in common: the account, and one article from one open file."""

    def __init__(self, place: Path, *, site: str, language: str = "") -> None:
        self._place, self._site, self._language = place, site, language
        self._account = Account()
        self._seen: set[str] = set()

    @property
    def account(self) -> Account:
        """See `Source.account`."""
        return self._account

    def articles(self) -> Iterator[Article]:
        """See `Source.articles`; the id of a page is its path without the page's suffix."""
        self._account, self._seen = Account(), set()
        for stream, name in self._files():
            article = self._take(stream, name)
            if article is not None:
                yield article
        if not self._account.read:
            self._account.skip(str(self._place), EMPTY)

    def _files(self) -> Iterator[tuple[IO[bytes], str]]:
        raise NotImplementedError

    def _take(self, stream: IO[bytes], name: str) -> Article | None:
        identity = page_id(name)
        if identity in self._seen:
            self._account.skip(name, SAME_ID, identity)
            return None
        article = read_article(
            stream, name, site=self._site, language=self._language, where=name, account=self._account
        )
        if article is not None:
            self._seen.add(identity)
        return article


class PageFileSource(_PageSource):
    """One `.html`, `.htm` or `.txt` file, plain or gzipped."""

    def _files(self) -> Iterator[tuple[IO[bytes], str]]:
        with _open(self._place) as stream:
            yield stream, self._place.name


class FolderSource(_PageSource):
    """All pages in a folder and the folders under it, in the order of their paths.

    Links are skipped: they could lead out of the folder, or round in a circle.
    """

    def _files(self) -> Iterator[tuple[IO[bytes], str]]:
        for path in _walk(self._place):
            name = path.relative_to(self._place).as_posix()
            if path.is_symlink():
                self._account.skip(name, LINK)
            elif not path.is_file():
                self._account.skip(name, DEVICE)
            else:
                try:
                    stream = path.open("rb")
                except OSError as error:
                    self._account.skip(name, DAMAGED, str(error.strerror))
                    continue
                with stream:
                    yield stream, name


class TarSource(_PageSource):
    """All pages in a tar archive, plain or compressed, read front to back; nothing is unpacked to disk.

    Links, devices, names that leave the archive and members over 20 MiB are skipped with their reason.
    """

    def _files(self) -> Iterator[tuple[IO[bytes], str]]:
        try:
            archive = tarfile.open(self._place, mode="r|*")  # noqa: SIM115 - closed below; opening has its own error
        except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
            raise SourceError(
                f"cannot read {self._place} as a tar archive: {error}; check that it is whole"
            ) from error
        with archive:
            try:
                for member in archive:
                    stream = self._member(archive, member)
                    if stream is not None:
                        yield stream, member.name
            except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
                self._account.skip(str(self._place), DAMAGED, str(error))

    def _member(self, archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes] | None:
        if member.isdir():
            return None
        reason = _refusal(member)
        if reason:
            self._account.skip(member.name, reason)
            return None
        return archive.extractfile(member)


def _refusal(member: tarfile.TarInfo) -> str:
    name = PurePosixPath(member.name.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts:
        return UNSAFE_NAME
    if member.issym() or member.islnk():
        return LINK
    if not member.isfile():
        return DEVICE
    return TOO_LARGE if member.size > MAX_PAGE_BYTES else ""


def _walk(folder: Path) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise SourceError(
            f"cannot read {folder}: {error.strerror}; check the path and its permissions"
        ) from error
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path))
        else:
            yield Path(entry.path)


def _open(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise SourceError(
            f"cannot read {path}: {error.strerror}; check the path and its permissions"
        ) from error
