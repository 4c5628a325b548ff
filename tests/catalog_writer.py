"""A writer process for the catalog's tests: upserts batches and reports each only once it is committed.

Usage: catalog_writer.py URL NAME BATCHES SIZE. Prints "ready", waits for a line, opens the catalog and
then prints one JSON list of [id, row id, revision] per committed batch.
"""

from __future__ import annotations

import json
import sys

from recommender.article import Article
from recommender.catalog import open_catalog


def main(url: str, name: str, batches: int, size: int) -> None:
    """Write `batches` batches of `size` new articles, whose ids begin with `name`."""
    print("ready", flush=True)  # noqa: T201 (the protocol with the test)
    sys.stdin.readline()
    with open_catalog(url) as catalog:
        for batch in range(batches):
            ids = [f"{name}-{batch}-{place}" for place in range(size)]
            receipts = catalog.upsert([Article(site="talblatt", id=each, title="Markt") for each in ids])
            acknowledged = [[receipt.key.id, receipt.row_id, receipt.revision] for receipt in receipts]
            print(json.dumps(acknowledged), flush=True)  # noqa: T201 (the protocol with the test)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
