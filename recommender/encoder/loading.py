"""Open a sentence-transformers model by name, hub id or folder, and say what it is and what it expects."""

from __future__ import annotations

import contextlib
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from sentence_transformers import SentenceTransformer
from transformers.utils import logging as hub_logging

from recommender.encoder.passages import PassageModel
from recommender.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Iterator

_E5_PROMPT = "query: "
_E5_NAME = re.compile(r"(^|[/_-])e5([_-]|$)", re.IGNORECASE)
_HASH_CHARS = 12
_UNKNOWN_REVISION = "unpinned"
_DTYPES = {"fp32": "float32", "bf16": "bfloat16"}


@dataclass(frozen=True, slots=True)
class ModelSource:
    """Where a model comes from: a folder, or the hub id `location` at `revision` (None: the newest).

    `known_id` names a model whose files are known to be right, so that they need not be hashed.
    """

    location: str
    revision: str | None = None
    known_id: str | None = None

    @property
    def folder(self) -> Path | None:
        """The folder, when it is one on this machine."""
        path = Path(self.location).expanduser()
        return path if path.is_dir() else None


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model ready to encode passages, and what it is called in an encoder id and in the log."""

    passages: PassageModel
    model_id: str
    precision: str
    device: str


def open_model(source: ModelSource, *, device: str, precision: str) -> LoadedModel:
    """Load a model in `fp32` or `bf16` on `device` (`auto`: CUDA or MPS when there, else CPU).

    Raises `EncoderError` that says what to do when the model is not there or cannot be loaded.
    """
    if source.folder is None and source.location.startswith((".", "/", "~")):
        raise EncoderError(f"no model folder {source.location}: check the path, or use the model 'bundled'")
    try:
        with _quiet():
            model = _load(source, device, _DTYPES[precision])
            # Modules behind the transformer are loaded in fp32 whatever was asked for.
            model.to(getattr(torch, _DTYPES[precision]))
        passages = PassageModel(model, prompt_of(model, source))
    except Exception as error:
        # Anything may come out of there: missing files, no network, no such device, a broken archive.
        raise EncoderError(_what_to_do(source, error)) from error
    return LoadedModel(passages, model_id(model, source), precision, str(model.device))


def _load(source: ModelSource, device: str, dtype: str) -> SentenceTransformer:
    return SentenceTransformer(
        str(source.folder or source.location),
        revision=None if source.folder else source.revision,
        device=None if device == "auto" else device,
        local_files_only=source.folder is not None,
        model_kwargs={"dtype": dtype},
    ).eval()


def _what_to_do(source: ModelSource, error: Exception) -> str:
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
    where = f"model {source.location!r}" + (f" at revision {source.revision!r}" if source.revision else "")
    return (
        f"cannot load the {where}: {reason} — use 'bundled' (needs no download), the folder of a "
        "sentence-transformers model, or a hub id; without network, download the model elsewhere and "
        "pass its folder"
    )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the loader's own progress bar off a terminal that shows ours."""
    shown = hub_logging.is_progress_bar_enabled()
    hub_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if shown:
            hub_logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def prompt_of(model: SentenceTransformer, source: ModelSource) -> str:
    """Return what stands before every text: the model's own default prompt, or `query: ` for the E5 family.

    Articles are compared with articles, so both sides get the same prompt. E5 models that take
    instructions ("instruct") are used without one, as their authors advise for documents.
    """
    prompts = {name: prompt or "" for name, prompt in model.prompts.items()}
    if model.default_prompt_name is not None:
        return prompts[model.default_prompt_name]
    is_e5 = _E5_NAME.search(source.location.rstrip("/")) and "instruct" not in source.location.lower()
    return _E5_PROMPT if is_e5 or prompts.get("query") == _E5_PROMPT else ""


def model_id(model: SentenceTransformer, source: ModelSource) -> str:
    """Return name@revision: for a folder a hash of its files, for a hub id the commit that was loaded."""
    if source.known_id is not None:
        return source.known_id
    folder = source.folder
    if folder is not None:
        return f"{folder.resolve().name}@{_folder_hash(folder)}"
    configuration = getattr(getattr(model[0], "auto_model", None), "config", None)
    revision = getattr(configuration, "_commit_hash", None) or source.revision or _UNKNOWN_REVISION
    return f"{source.location}@{revision[:_HASH_CHARS]}"


def _matters(path: Path) -> bool:
    """Leave out what changes without changing the model: read-me texts and what file managers drop."""
    return path.is_file() and path.suffix != ".md" and not path.name.startswith(".")


def _folder_hash(folder: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if _matters(path)):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        total.update(f"{path.relative_to(folder).as_posix()} {digest}\n".encode())
    return total.hexdigest()[:_HASH_CHARS]
