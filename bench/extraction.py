"""Measure page extraction against plain trafilatura, same pages, same run.

    python bench/extraction.py FOLDER [--misses]

The folder holds `html_de.tar.gz` and `evaldata.json` ({address: {file, with: [...], without: [...]}}).
A segment of `with` should stand in the text, one of `without` should not: precision = wanted found /
(wanted found + unwanted found), recall = wanted found / wanted. Then: pages whose text holds a line
that is one of the named pieces of chrome.
"""

from __future__ import annotations

import _path  # noqa: F401 - has to come before everything else

# isort: split
import argparse
import json
import logging
import tarfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import trafilatura

from recommender.text.html import extract_page
from recommender.text.normalise import unify_quotes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CHROME = {
    "ad insert": ("anzeige", "werbung", "kurze werbeeinblendung", "advertisement"),
    "read also": (
        "lesen sie auch",
        "lesen sie mehr",
        "mehr zum thema",
        "auch interessant",
        "das könnte sie",
        "siehe auch",
    ),
    "related": ("ähnliche artikel", "ähnliche beiträge", "verwandte artikel", "weitere artikel"),
    "newsletter": ("newsletter", "jetzt newsletter", "zum newsletter"),
    "share": ("teilen", "artikel teilen", "auf facebook teilen", "facebook", "twitter", "drucken"),
    "captions": ("foto:", "fotos:", "bild:", "bildquelle", "quelle:", "©", "symbolbild", "archivbild"),
    "to the top": ("zurück zum anfang", "nach oben", "zum seitenanfang"),
    "comments": ("kommentare", "kommentar schreiben", "kommentieren", "kommentar verfassen"),
    "dates": ("stand:", "aktualisiert", "veröffentlicht:", "lesezeit"),
}
MAX_LINE_CHARS = 100  # longer lines that begin so may be sentences


def segment_scores(texts: Mapping[str, str], judged: Mapping[str, Any]) -> dict[str, float]:
    """Precision, recall, F1 and the three counts, over all judged segments of pages in `texts`."""
    found = unwanted = wanted = 0
    for entry in judged.values():
        text = texts.get(entry["file"])
        if text is not None:
            found += sum(segment in text for segment in entry["with"])
            wanted += len(entry["with"])
            unwanted += sum(segment in text for segment in entry["without"])
    precision, recall = found / (found + unwanted), found / wanted
    f1 = 2 * precision * recall / (precision + recall)
    return {
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "found": found,
        "unwanted": unwanted,
        "wanted": wanted,
    }


def chrome_pages(texts: Mapping[str, str]) -> dict[str, int]:
    """How many texts hold a short line that begins like each kind of chrome."""
    counts = dict.fromkeys(CHROME, 0)
    for text in texts.values():
        lines = [unify_quotes(line).casefold().strip(" -*|+>") for line in text.split("\n")]
        short = [line for line in lines if len(line) <= MAX_LINE_CHARS]
        for kind, beginnings in CHROME.items():
            counts[kind] += any(line.startswith(beginnings) for line in short)
    return counts


def read_pages(archive: Path) -> dict[str, bytes]:
    """Every file of the archive, by its bare name."""
    with tarfile.open(archive) as tar:
        return {
            Path(member.name).name: stream.read()
            for member in tar
            if member.isfile() and (stream := tar.extractfile(member)) is not None
        }


def timed(name: str, extract: Callable[[bytes], str], pages: Mapping[str, bytes]) -> dict[str, str]:
    """Extract every page and print the rate."""
    start = time.perf_counter()
    texts = {file: extract(html) for file, html in pages.items()}
    seconds = time.perf_counter() - start
    print(
        f"{name:12} {len(texts)} pages, {sum(map(bool, texts.values()))} with text, "
        f"{len(texts) / seconds:.1f} pages/s"
    )
    return texts


def print_misses(plain: Mapping[str, str], ours: Mapping[str, str], judged: Mapping[str, Any]) -> None:
    """Print each segment on which the two differ."""
    for entry in judged.values():
        file = entry["file"]
        for wanted in (True, False):
            for segment in entry["with" if wanted else "without"]:
                before, after = (segment in texts.get(file, "") for texts in (plain, ours))
                if before != after:
                    print(
                        "lost" if wanted and before else "kept" if after and not wanted else "gain",
                        file,
                        repr(segment),
                    )


def main() -> None:
    """Run both extractors and print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--misses", action="store_true", help="print the segments on which the two differ")
    arguments = parser.parse_args()
    if arguments.folder is None:
        print("nothing measured: give a folder with evaldata.json and html_de.tar.gz")
        return
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    judged = json.loads((arguments.folder / "evaldata.json").read_text(encoding="utf-8"))
    pages = read_pages(arguments.folder / "html_de.tar.gz")
    plain = timed("trafilatura", lambda html: trafilatura.extract(html) or "", pages)
    ours = timed("ours", lambda html: extract_page(html).body, pages)
    for name, texts in (("trafilatura", plain), ("ours", ours)):
        print(
            name.ljust(12),
            " ".join(
                f"{k}={v:.4f}" if v < 1 else f"{k}={v}" for k, v in segment_scores(texts, judged).items()
            ),
        )
    before, after = chrome_pages(plain), chrome_pages(ours)
    for kind in CHROME:
        print(f"pages with {kind:12} trafilatura {before[kind]:4}  ours {after[kind]:4}")
    if arguments.misses:
        print_misses(plain, ours, judged)


if __name__ == "__main__":
    main()
