"""How fast the encoder is against the library's own `encode` of the same weights in fp32.

Both encode the same passages (heads and windows of the recipe), in turns within one process, so that
whatever else the machine does hits both. Printed: passages a second of each, the ratio of the medians,
the least cosine between the two, and articles a second through the whole encoder.

    python bench/encode.py --json [--articles FILE.jsonl] [--count 96] [--rounds 3] [--threads 2]
"""

from __future__ import annotations

import _path  # noqa: F401 - has to come before everything else

# isort: split

# isort: split
import argparse
import json
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.encoder import EmbeddingText, bundled, create_encoder
from recommender.encoder.recipe import plan
from recommender.encoder.sentence import SentenceEncoder

if TYPE_CHECKING:
    from collections.abc import Callable

    from sentence_transformers import SentenceTransformer

    from recommender.encoder.base import Matrix

_PLAIN_BATCH = 32
_VOCABULARY = (
    "der die das ein eine und oder aber nicht mit für von zu über nach seit Gemeinderat Bürgermeisterin "
    "Haushalt Polizei Feuerwehr Straße Brücke Schule Krankenhaus Bahnhof Verein Spiel Sieg Niederlage "
    "Trainer Museum Konzert Regen Hochwasser Ernte Preise Unternehmen Mitarbeiter Streik Gericht Urteil "
    "Regierung Opposition Wahl Abstimmung Minister sagte erklärte kündigte beschloss fordert plant rechnet "
    "steigt sinkt bleibt gestern heute morgen Dienstag Freitag Jahr Monat Prozent Millionen Euro Menschen"
)


def main() -> None:
    """Measure and print."""
    options = _options()
    texts = _from_file(options.articles) if options.articles else _generated(options.count)
    texts = texts[: options.count]
    with tempfile.TemporaryDirectory() as scratch:
        cache = options.cache or Path(scratch)
        encoder = create_encoder(
            "bundled", cache_dir=cache, precision=options.precision, device="cpu", threads=options.threads
        )
        assert isinstance(encoder, SentenceEncoder)
        # Only now: the encoder prepares what torch reads when it is imported, and both shall have it.
        import torch  # noqa: PLC0415 - see above
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - see above

        plain = SentenceTransformer(str(bundled.materialise(cache)), device="cpu", local_files_only=True)
        report = _compare(encoder, plain, texts, options.rounds)
    report |= {
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "encoder_id": encoder.encoder_id,
    }
    print(json.dumps(report, indent=2) if options.json else _lines(report))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.add_argument(
        "--articles", type=Path, help="JSONL with title, lead and text; generated ones otherwise"
    )
    parser.add_argument("--count", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, help="left to torch otherwise")
    parser.add_argument("--precision", default="auto", help="auto, fp32 or bf16")
    parser.add_argument("--cache", type=Path, help="model cache; a temporary folder otherwise")
    return parser.parse_args()


def _from_file(path: Path) -> list[EmbeddingText]:
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines if line.strip()]
    return [
        EmbeddingText(row.get("title") or "", row.get("lead") or "", row.get("text") or "") for row in rows
    ]


def _generated(count: int) -> list[EmbeddingText]:
    """Make articles of 80 to 900 words, most of them short, as news are."""
    dice = random.Random(7)
    vocabulary = _VOCABULARY.split()
    texts = []
    for _ in range(count):
        length = min(900, 80 + int(dice.expovariate(1 / 250)))
        words = dice.choices(vocabulary, k=length)
        texts.append(
            EmbeddingText(" ".join(words[:8]), " ".join(words[8:30]) + ".", " ".join(words[30:]) + ".")
        )
    return texts


def _compare(
    encoder: SentenceEncoder, plain: SentenceTransformer, texts: list[EmbeddingText], rounds: int
) -> dict[str, Any]:
    plans = [plan(text, encoder.model) for text in texts]
    passages = list(dict.fromkeys(passage for each in plans for passage in (each.head, *each.windows)))

    def library() -> Matrix:
        rows: Matrix = plain.encode(
            passages, prompt=encoder.model.prompt, batch_size=_PLAIN_BATCH, show_progress_bar=False
        )
        return rows

    seconds: dict[str, list[float]] = {"library": [], "passages": [], "articles": []}
    cosine = 1.0
    for _ in range(rounds):
        exact = _timed(library, seconds["library"])
        ours = _timed(lambda: encoder.model.encode(passages), seconds["passages"])
        _timed(lambda: encoder.encode(texts), seconds["articles"])
        lengths = np.linalg.norm(exact, axis=1) * np.linalg.norm(ours, axis=1)
        cosine = min(cosine, float(((exact * ours).sum(axis=1) / lengths).min()))
    medians = {name: statistics.median(each) for name, each in seconds.items()}
    return {
        "articles": len(texts),
        "passages": len(passages),
        "library_fp32_passages_per_s": round(len(passages) / medians["library"], 1),
        "encoder_passages_per_s": round(len(passages) / medians["passages"], 1),
        "ratio": round(medians["library"] / medians["passages"], 2),
        "least_cosine": round(cosine, 6),
        "encoder_articles_per_s": round(len(texts) / medians["articles"], 1),
        "seconds": {name: [round(value, 2) for value in each] for name, each in seconds.items()},
    }


def _timed(work: Callable[[], Matrix], seconds: list[float]) -> Matrix:
    started = time.perf_counter()
    rows = work()
    seconds.append(time.perf_counter() - started)
    return rows


def _lines(report: dict[str, Any]) -> str:
    return "\n".join(f"{name:32} {value}" for name, value in report.items())


if __name__ == "__main__":
    main()
