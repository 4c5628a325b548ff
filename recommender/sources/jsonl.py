"""Articles from JSON Lines, plain or gzipped: one object a line, fields as `Article` names them."""

from __future__ import annotations

import gzip
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, cast

import orjson

from recommender.errors import SourceError
from recommender.sources.base import DAMAGED, EMPTY, TOO_LARGE, Account, take_article
from recommender.text.charset import clean_field, decode_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recommender.article import Article

MAX_LINE_BYTES: Final = 16 * 1024 * 1024
BAD_JSON: Final = "not a JSON object"
# Fields that hold running text; the rest is ids, addresses and names that must stay as they are.
_TEXT_FIELDS: Final = frozenset({"title", "teaser", "lead", "body", "text"})
_BOM: Final = b"\xef\xbb\xbf"
_MAGIC: Final = b"\x1f\x8b"


class JsonlSource:
    """A `.jsonl` or `.jsonl.gz` file, or an open binary stream such as standard input.

    Whether it is gzipped is seen from its first bytes, not its name. Empty lines are passed over. `where`
    in the account is `name:line`. A stream can be read only once.
    """

    def __init__(self, place: Path | IO[bytes], *, site: str, language: str = "", name: str = "") -> None:
        self._place = place
        self._site, self._language = site, language
        self._name = name or str(getattr(place, "name", place))
        self._account = Account()

    @property
    def account(self) -> Account:
        """See `Source.account`."""
        return self._account

    def articles(self) -> Iterator[Article]:
        """See `Source.articles`."""
        self._account = account = Account()
        number = 0
        with _open(self._place) as stream:
            try:
                for number, line in enumerate(_lines(stream), start=1):
                    article = self._article(line, f"{self._name}:{number}", account)
                    if article is not None:
                        yield article
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                # what was not read can't be counted; it must not look like a clean end
                account.skip(f"{self._name}:{number + 1}", DAMAGED, str(error))
        if not account.read:
            account.skip(self._name, EMPTY)

    def _article(self, line: bytes, where: str, account: Account) -> Article | None:
        line = line.removeprefix(_BOM)
        if not line.strip():
            return None
        if len(line) > MAX_LINE_BYTES:
            account.skip(where, TOO_LARGE, f"line of more than {MAX_LINE_BYTES} bytes")
            return None
        try:
            data = orjson.loads(decode_bytes(line))
        except orjson.JSONDecodeError as error:
            account.skip(where, BAD_JSON, str(error))
            return None
        if not isinstance(data, dict):
            account.skip(
                where, BAD_JSON, f"got {type(data).__name__}, wanted an object with the article's fields"
            )
            return None
        return take_article(
            _cleaned(data), site=self._site, language=self._language, where=where, account=account
        )


def _cleaned(data: dict[str, Any]) -> dict[str, Any]:
    return {
        name: clean_field(value) if name in _TEXT_FIELDS and isinstance(value, str) else value
        for name, value in data.items()
    }


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield lines; of one that is too long only the beginning, one byte more than is allowed."""
    while line := stream.readline(MAX_LINE_BYTES + 1):
        whole = len(line) <= MAX_LINE_BYTES or line.endswith(b"\n")
        yield line
        while not whole:
            rest = stream.readline(MAX_LINE_BYTES)
            whole = not rest or rest.endswith(b"\n")


@contextmanager
def _open(place: Path | IO[bytes]) -> Iterator[IO[bytes]]:
    if not isinstance(place, Path):
        yield place
        return
    try:
        raw = place.open("rb")
    except OSError as error:
        raise SourceError(
            f"cannot read {place}: {error.strerror}; check the path and its permissions"
        ) from error
    with raw:
        if raw.peek(2)[:2] == _MAGIC:
            with gzip.open(raw) as stream:
                yield cast("IO[bytes]", stream)
        else:
            yield raw
