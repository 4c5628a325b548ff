"""The encoder as other processes see it: a Unix socket, so that only one process holds a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import httpx
import numpy as np
import orjson

from index.inventory import current_manifest
from recommender.encoder.identity import static_identity
from recommender.errors import EncoderError, EncoderUnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from recommender.encoder.base import EmbeddingText, Matrix, Progress
    from recommender.settings import Settings

_TIMEOUT = httpx.Timeout(30.0, connect=1.0)
_PING_TIMEOUT_S = 1.0
_OK = 200
IDENTITY_HEADER = "x-encoder-id"


class EncoderClient:
    """An `Encoder` that asks the indexing process. Raises `EncoderUnavailableError` when that is away."""

    def __init__(self, socket: Path, *, encoder_id: str, dim: int) -> None:
        self._socket, self._encoder_id, self._dim = socket, encoder_id, dim
        self._http = _http(socket)

    @classmethod
    def connect(cls, settings: Settings) -> Self:
        """Make a client for the configured model.

        Which encoder that is follows from the settings, or from the indexing process, or from the
        live snapshot. Raises `EncoderUnavailableError` when none of them says.
        """
        known = (
            static_identity(settings.model)
            or ask_identity(settings.encoder_socket)
            or _of_snapshot(settings.snapshot_dir)
        )
        if known is None:
            raise EncoderUnavailableError(
                f"the model {settings.model!r} is not known here and the indexing process does not answer on "
                f"{settings.encoder_socket}: start it with 'recommender serve', or build a snapshot with "
                "'recommender rebuild'"
            )
        return cls(settings.encoder_socket, encoder_id=known[0], dim=known[1])

    @property
    def encoder_id(self) -> str:
        """Id of the encoder behind the socket."""
        return self._encoder_id

    @property
    def dim(self) -> int:
        """Width of the vectors."""
        return self._dim

    def encode(self, texts: Sequence[EmbeddingText], *, progress: Progress | None = None) -> Matrix:
        """Return one raw unit row per text."""
        body = orjson.dumps([[text.title, text.lead, text.body, text.language] for text in texts])
        try:
            answer = self._http.post("/encode", content=body)
        except httpx.TransportError as error:
            raise EncoderUnavailableError(_away(error)) from error
        if answer.status_code != _OK:
            raise EncoderError(f"the indexing process could not encode: {answer.text[:500]}")
        self._check_identity(answer)
        if progress is not None:
            progress(len(texts))
        return np.frombuffer(answer.content, dtype=np.float32).reshape(len(texts), self._dim).copy()

    def ping(self) -> None:
        """Return when the encoder answers and is ours. Raises `EncoderUnavailableError`."""
        try:
            answer = self._http.get("/identity", timeout=_PING_TIMEOUT_S)
        except httpx.TransportError as error:
            raise EncoderUnavailableError(_away(error)) from error
        self._check_identity(answer)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _check_identity(self, answer: httpx.Response) -> None:
        got = answer.headers.get(IDENTITY_HEADER)
        if got != self._encoder_id:
            raise EncoderUnavailableError(
                f"the indexing process runs the encoder {got!r}, this one serves {self._encoder_id!r}: "
                "stop one of the two services, or restart this one after changing the model"
            )


def _http(socket: Path) -> httpx.Client:
    transport = httpx.HTTPTransport(uds=str(socket))
    return httpx.Client(transport=transport, base_url="http://encoder", timeout=_TIMEOUT, trust_env=False)


def ask_identity(socket: Path) -> tuple[str, int] | None:
    """Return id and width of the encoder that answers on `socket`; None when none does."""
    with _http(socket) as http:
        try:
            document = http.get("/identity", timeout=_PING_TIMEOUT_S).json()
        except (httpx.TransportError, ValueError):
            return None
    return str(document["encoder_id"]), int(document["dim"])


def _of_snapshot(root: Path) -> tuple[str, int] | None:
    manifest = current_manifest(root)
    return None if manifest is None else (manifest.encoder_id, manifest.dim)


def _away(error: Exception) -> str:
    return (
        f"no encoder answers ({type(error).__name__}); right after a start the model is still being loaded: "
        "try again in a moment"
    )
