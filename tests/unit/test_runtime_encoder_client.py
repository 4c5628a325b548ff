"""The encoder over its socket: the same vectors as in the process that holds it, or a clear refusal."""

from __future__ import annotations

import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import uvicorn
from command_line import NEWS, SITE, eventually, invoke

from recommender.encoder.base import EmbeddingText
from recommender.encoder.hashing import HashingEncoder
from recommender.errors import EncoderError, EncoderUnavailableError
from recommender.runtime.encoder_client import EncoderClient, ask_identity
from recommender.runtime.indexing_process import encoder_app
from recommender.runtime.listening import listen_locally
from recommender.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recommender.encoder.base import Encoder, Matrix, Progress

# httpcore lets go of a Unix socket that did not connect without closing it; it is freed at once all the same.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")

TEXTS = [
    EmbeddingText("Pegel der Elster", "", "Der Pegel steigt.", "de"),
    EmbeddingText("Pokal", "Tor", "", "de"),
]


class BrokenEncoder(HashingEncoder):
    """Refuses every text."""

    def encode(self, texts: Sequence[EmbeddingText], *, progress: Progress | None = None) -> Matrix:
        """Refuse."""
        del progress
        raise EncoderError(f"cannot take {len(texts)} texts")


@pytest.fixture
def folder() -> Iterator[Path]:
    # short: the path of a socket may not be long
    with tempfile.TemporaryDirectory(prefix="r-") as name:
        yield Path(name)


@contextmanager
def _served(encoder: Encoder, path: Path) -> Iterator[None]:
    server = uvicorn.Server(uvicorn.Config(encoder_app(encoder), log_config=None, access_log=False))
    with listen_locally(path) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            eventually(lambda: server.started)
            yield
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def _client(path: Path, encoder_id: str = "hashing-v1-256", dim: int = 256) -> Iterator[EncoderClient]:
    client = EncoderClient(path, encoder_id=encoder_id, dim=dim)
    try:
        yield client
    finally:
        client.close()


def test_the_vectors_are_those_of_the_encoder(folder: Path) -> None:
    heard: list[int] = []
    with _served(HashingEncoder(), folder / "e.sock"), _client(folder / "e.sock") as client:
        rows = client.encode(TEXTS, progress=heard.append)

    assert rows.dtype == np.float32
    assert np.array_equal(rows, HashingEncoder().encode(TEXTS))
    assert heard == [2]
    assert rows.flags.writeable


def test_no_texts_give_no_rows(folder: Path) -> None:
    with _served(HashingEncoder(), folder / "e.sock"), _client(folder / "e.sock") as client:
        assert client.encode([]).shape == (0, 256)


def test_a_refusal_comes_through_in_words(folder: Path) -> None:
    with (
        _served(BrokenEncoder(), folder / "e.sock"),
        _client(folder / "e.sock") as client,
        pytest.raises(EncoderError, match="could not encode: cannot take 2 texts"),
    ):
        client.encode(TEXTS)


def test_another_encoder_behind_the_socket_is_refused(folder: Path) -> None:
    with _served(HashingEncoder(dim=8), folder / "e.sock"), _client(folder / "e.sock") as client:
        with pytest.raises(EncoderUnavailableError, match="runs the encoder 'hashing-v1-8', this one serves"):
            client.encode(TEXTS)
        with pytest.raises(EncoderUnavailableError, match="restart this one after changing the model"):
            client.ping()


@pytest.mark.parametrize("left", ["nothing", "a dead socket"])
def test_an_encoder_that_is_away_is_said_to_be(folder: Path, left: str) -> None:
    if left == "a dead socket":
        listen_locally(folder / "e.sock").close()

    with _client(folder / "e.sock") as client:
        with pytest.raises(
            EncoderUnavailableError, match="right after a start the model is still being loaded"
        ):
            client.encode(TEXTS)
        with pytest.raises(EncoderUnavailableError):
            client.ping()
    assert ask_identity(folder / "e.sock") is None


def test_ping_says_nothing_when_all_is_well(folder: Path) -> None:
    with _served(HashingEncoder(), folder / "e.sock"), _client(folder / "e.sock") as client:
        client.ping()


def test_the_identity_can_be_asked_for(folder: Path) -> None:
    with _served(HashingEncoder(dim=8), folder / "e.sock"):
        assert ask_identity(folder / "e.sock") == ("hashing-v1-8", 8)


def _connected(folder: Path, model: str) -> tuple[str, int]:
    client = EncoderClient.connect(Settings(data_dir=folder, model=model))
    client.close()
    return client.encoder_id, client.dim


def test_a_model_that_is_known_by_name_needs_no_process(folder: Path) -> None:
    assert _connected(folder, "hashing") == ("hashing-v1-256", 256)
    assert _connected(folder, "bundled")[1] == 384


def test_a_model_of_the_hub_is_known_by_the_process_then_by_the_snapshot(folder: Path) -> None:
    with pytest.raises(EncoderUnavailableError, match="'organisation/model' is not known here"):
        _connected(folder, "organisation/model")
    invoke("ingest", NEWS, "--site", SITE, data_dir=folder)
    assert _connected(folder, "organisation/model") == ("hashing-v1-256", 256)
    with _served(HashingEncoder(dim=8), folder / "encoder.sock"):
        assert _connected(folder, "organisation/model") == ("hashing-v1-8", 8)
