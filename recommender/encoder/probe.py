"""Choose the precision by measuring: bf16 is several times faster on some CPUs and slower on others."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from recommender.encoder.base import Matrix

    Encode = Callable[[list[str]], Matrix]

log = logging.getLogger(__name__)

FP32 = "fp32"
BF16 = "bf16"
LEAST_COSINE = 0.999
# Below this gain the exact numbers are worth more than the time.
LEAST_SPEEDUP = 1.15
_TEXTS = 16
_WORDS = (20, 100)
_ROUNDS = 3
_SYLLABLES = (
    "ver",
    "ge",
    "ta",
    "lin",
    "or",
    "mi",
    "stadt",
    "rat",
    "ung",
    "be",
    "ko",
    "sen",
    "werk",
    "da",
    "hal",
)


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a probe found: seconds of both precisions for the same texts and their least cosine."""

    fp32_s: float
    bf16_s: float
    cosine: float

    @property
    def precision(self) -> str:
        """The precision to use; fp32 unless bf16 is clearly faster and says the same."""
        faster = self.fp32_s >= LEAST_SPEEDUP * self.bf16_s
        return BF16 if faster and self.cosine >= LEAST_COSINE else FP32


def probe_texts() -> list[str]:
    """Return synthetic passages of typical lengths, the same ones every time: a second or two of work."""
    dice = random.Random(7)  # noqa: S311 - sample text, no secret
    lengths = [dice.randint(*_WORDS) for _ in range(_TEXTS)]
    return [
        " ".join("".join(dice.choices(_SYLLABLES, k=dice.randint(1, 4))) for _ in range(n)) for n in lengths
    ]


def measure(fp32: Encode, bf16: Encode) -> Measurement:
    """Time both ways of encoding the probe's texts in turns; the faster round of each counts."""
    texts = probe_texts()
    seconds: dict[str, list[float]] = {FP32: [], BF16: []}
    rows: dict[str, Matrix] = {}
    for _ in range(_ROUNDS):
        for name, encode in ((FP32, fp32), (BF16, bf16)):
            started = time.perf_counter()
            rows[name] = encode(texts)
            seconds[name].append(time.perf_counter() - started)
    cosine = float((_unit(rows[FP32]) * _unit(rows[BF16])).sum(axis=1).min())
    return Measurement(min(seconds[FP32]), min(seconds[BF16]), cosine if np.isfinite(cosine) else -1.0)


def _unit(rows: Matrix) -> Matrix:
    units: Matrix = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return units


def machine_key(*parts: str) -> str:
    """Return a short key of this machine's processor and of `parts` (library version, model, device)."""
    known = [_processor(), *parts]
    return hashlib.sha256("\n".join(known).encode()).hexdigest()[:16]


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    # The flags too: virtual processors share a name and differ in what they can do.
    wanted = ("model name", "flags", "features", "cpu part")
    lines = dict.fromkeys(line for line in text.splitlines() if line.lower().startswith(wanted))
    return "\n".join([platform.machine(), *lines])


def remembered(path: Path, key: str) -> str | None:
    """Return the precision chosen earlier under `key`; None when there is none or it cannot be read."""
    precision = _read(path).get(key)
    return precision if precision in (FP32, BF16) else None


def remember(path: Path, key: str, precision: str) -> None:
    """Keep a choice. A cache folder that cannot be written costs a probe at the next start, no more."""
    choices = {**_read(path), key: precision}
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(json.dumps(choices, indent=2, sort_keys=True), encoding="utf-8")
        new.replace(path)
    except OSError as error:
        log.warning("probe.not_remembered path=%s error=%s", path, error)


def _read(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
