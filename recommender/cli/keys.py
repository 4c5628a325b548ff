"""`keys`: API keys with scopes."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from recommender.api.auth import SCOPES
from recommender.catalog import open_catalog
from recommender.cli.common import load_settings, out, print_json
from recommender.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recommender.catalog import Catalog

app = typer.Typer(help="API keys: create, list, revoke.", no_args_is_help=True)

DataDir = Annotated[Path | None, typer.Option(help="Data folder.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What the key is for, such as the CMS's name.")],
    scope: Annotated[str, typer.Option(help="read, write (includes read) or admin (includes both).")] = "read",
    site: Annotated[str | None, typer.Option(help="Only for this site; all sites when left out.")] = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Make a key and show it once: only its hash is kept."""
    if scope not in SCOPES:
        raise SettingsError(f"scope: got {scope!r}, wanted one of {', '.join(SCOPES)}")
    with _catalog(data_dir) as catalog:
        key = catalog.create_key(name, [scope], site=site)
    if json:
        print_json({"id": key.record.key_id, "name": name, "scopes": [scope], "site": site, "key": key.secret})
        return
    out.print(f"{key.secret}\n", markup=False, soft_wrap=True)
    out.print("Keep it now: it is shown this once. Send it as 'Authorization: Bearer KEY'.")


@app.command("list")
def list_(data_dir: DataDir = None, json: Json = False) -> None:
    """List the keys, without their secrets."""
    with _catalog(data_dir) as catalog:
        records = catalog.list_keys()
    if json:
        print_json(
            [
                {
                    "id": record.key_id,
                    "name": record.name,
                    "scopes": sorted(record.scopes),
                    "site": record.site,
                    "created_at": record.created_at,
                    "revoked_at": record.revoked_at,
                }
                for record in records
            ]
        )
        return
    table = Table("id", "name", "scopes", "site", "created", "revoked")
    for record in records:
        revoked = record.revoked_at.isoformat(timespec="seconds") if record.revoked_at else ""
        created = record.created_at.isoformat(timespec="seconds")
        table.add_row(record.key_id, record.name, ", ".join(sorted(record.scopes)), record.site or "all", created, revoked)
    out.print(table)


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id, from `keys list`.")],
    data_dir: DataDir = None,
) -> None:
    """Make a key useless, at once and for good."""
    with _catalog(data_dir) as catalog:
        if not catalog.revoke_key(key_id):
            raise SettingsError(f"no working key {key_id!r}: see 'recommender keys list'")
    out.print(f"key {key_id} is revoked")


@contextmanager
def _catalog(data_dir: Path | None) -> Iterator[Catalog]:
    settings = load_settings(data_dir=data_dir)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    catalog = open_catalog(settings.catalog_url)
    try:
        yield catalog
    finally:
        catalog.close()
