"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path | None,
    typer.Option(help="Folder of the catalog, the snapshots and the model; RECOMMENDER_DATA_DIR, or var."),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, nothing else.")]
Site = Annotated[str, typer.Option(help="Site of the article.")]
