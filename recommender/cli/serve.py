"""`serve`, and the commands by which it starts its own processes."""

from __future__ import annotations

from typing import Annotated

import typer

from recommender.cli.common import load_settings, say
from recommender.cli.options import DataDir
from recommender.runtime.checks import check_startable
from recommender.runtime.listening import listen, url_of
from recommender.runtime.server import serve as run_server

Host = Annotated[
    str | None, typer.Option(help="Address to listen on; RECOMMENDER_HOST, or this machine only.")
]
Port = Annotated[
    int | None,
    typer.Option(min=0, max=65_535, help="Port to listen on, 0 takes a free one; RECOMMENDER_PORT, or 8080."),
]


def serve(
    *,
    host: Host = None,
    port: Port = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Processes that answer; RECOMMENDER_WORKERS, or 1.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Answer HTTP requests until stopped.

    One process beside the workers holds the model. On SIGTERM or Ctrl-C requests under way are
    answered first; a second Ctrl-C ends at once.
    """
    settings = load_settings(host=host, port=port, workers=workers, data_dir=data_dir)
    check_startable(settings)
    listener, settings = listen(settings)
    url = url_of(settings)
    run_server(settings, listener, started=lambda: say(f"listening on {url} (documentation: {url}/docs)"))


def worker(
    app: Annotated[str, typer.Argument(help="Import path of the application's factory.")],
    descriptor: Annotated[int, typer.Argument(help="File descriptor of the open socket.")],
) -> None:
    """Answer requests; `serve` starts this by itself."""
    from recommender.runtime.worker import run  # noqa: PLC0415 - the server library, for this process only

    load_settings()
    run(app, descriptor)


def indexing_process() -> None:
    """Encode for the workers; `serve` starts this by itself."""
    from recommender.runtime.indexing_process import run  # noqa: PLC0415 - as above

    run(load_settings())
