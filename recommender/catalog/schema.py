"""Bring a database to the tables this version knows: made, upgraded, or refused when it is newer."""

from __future__ import annotations

import logging
from threading import Lock
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from recommender.catalog.tables import metadata
from recommender.errors import CatalogError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from recommender.catalog.engine import Database

log = logging.getLogger(__name__)

# Its own name: on a shared PostgreSQL another application may have an alembic_version.
VERSION_TABLE = "catalog_version"
# Alembic keeps the running migration in module globals.
_one_at_a_time = Lock()


def upgrade_database(database: Database) -> None:
    """Run the missing migrations, all or none; processes that start together take turns.

    Raises `CatalogError` when the database is newer than this package or belongs to something else.
    """
    config = _config()
    newest = ScriptDirectory.from_config(config).get_current_head()
    database.use_wal()
    with _one_at_a_time, database.migrating() as connection:
        found = current_version(connection)
        if found == newest:
            # Writes nothing, but fails here and now where nothing could be written later.
            connection.exec_driver_sql("UPDATE counter SET value = value")
            return
        _refuse_foreign(connection, database.where, found, config)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    log.info("catalog.migrated from=%s to=%s", found, newest)


def current_version(connection: Connection) -> str | None:
    """Return the version of the tables, or None where there are none yet."""
    return MigrationContext.configure(
        connection, opts={"version_table": VERSION_TABLE}
    ).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "recommender.catalog:migrations")
    config.attributes["version_table"] = VERSION_TABLE
    return config


def _refuse_foreign(connection: Connection, where: str, found: str | None, config: Config) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise CatalogError(
            f"catalog {where}: its tables are of version {found!r}, this package knows {sorted(known)}: "
            f"a newer version wrote it; install that one, or restore a backup from before the upgrade"
        )
    taken = sorted(set(inspect(connection).get_table_names()) & set(metadata.tables))
    if found is None and taken:
        raise CatalogError(
            f"catalog {where}: it has tables {taken} but no {VERSION_TABLE}, so it belongs to another "
            f"application: use a database of its own"
        )
