"""`keys`: API keys with scopes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from recommender.catalog import Scope
from recommender.cli.common import catalog_of, command_settings, note, print_json, say, show, table_of
from recommender.cli.options import DataDir, Json
from recommender.errors import SettingsError

if TYPE_CHECKING:
    from typing import Any

    from recommender.catalog import KeyRecord

app = typer.Typer(help="API keys: create, list, revoke.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What the key is for, such as the CMS's name.")],
    *,
    scope: Annotated[
        Scope, typer.Option(help="read, write (includes read) or admin (includes both).")
    ] = Scope.READ,
    site: Annotated[str | None, typer.Option(help="Only for this site; all sites when left out.")] = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Make a key and show it once: only its hash is kept."""
    with catalog_of(command_settings(data_dir=data_dir)) as catalog:
        key = catalog.create_key(name, [scope], site=site)
    if json:
        print_json({**_document(key.record), "key": key.secret})
        return
    say(key.secret)
    note(f"\nKeep it now: it is shown this once. Its id, for 'keys revoke', is {key.record.key_id}.")
    note("Send it as 'Authorization: Bearer KEY'.")


@app.command("list")
def list_(*, data_dir: DataDir = None, json: Json = False) -> None:
    """List the keys, without their secrets."""
    with catalog_of(command_settings(data_dir=data_dir)) as catalog:
        records = catalog.list_keys()
    if json:
        print_json([_document(record) for record in records])
        return
    show(table_of(("id", "name", "scopes", "site", "created", "revoked"), map(_row, records)))


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id, from `keys list`.")],
    *,
    data_dir: DataDir = None,
) -> None:
    """Make a key useless, at once and for good."""
    with catalog_of(command_settings(data_dir=data_dir)) as catalog:
        if not catalog.revoke_key(key_id):
            raise SettingsError(f"no working key {key_id!r}: see 'recommender keys list'")
    say(f"key {key_id} is revoked")


def _row(record: KeyRecord) -> tuple[str, ...]:
    revoked = f"{record.revoked_at:%Y-%m-%d %H:%M}" if record.revoked_at else ""
    scopes, site = ", ".join(sorted(record.scopes)), record.site or "all"
    return (record.key_id, record.name, scopes, site, f"{record.created_at:%Y-%m-%d %H:%M}", revoked)


def _document(record: KeyRecord) -> dict[str, Any]:
    return {
        "id": record.key_id,
        "name": record.name,
        "scopes": sorted(record.scopes),
        "site": record.site,
        "created_at": record.created_at.isoformat(),
        "revoked_at": record.revoked_at.isoformat() if record.revoked_at else None,
    }
