"""One HTTP server on a socket that is open already, ended by a signal or with its parent."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

import uvicorn

from recommender.runtime.processes import stop_signals

if TYPE_CHECKING:
    from socket import socket

    from starlette.types import ASGIApp

# Requests under way when the end comes have this long.
DRAIN_S = 20


class Ending:
    """Ends this process when called: in order once it has a server, else at once."""

    def __init__(self) -> None:
        self.server: uvicorn.Server | None = None

    def __call__(self) -> None:
        """End this process."""
        if self.server is None:
            os._exit(0)
        self.server.should_exit = True


def run_server(app: ASGIApp | str, listener: socket, ending: Ending) -> None:
    """Answer requests on `listener` until a signal comes or `ending` is called; finish those under way.

    `app` is an application, or the import path of a factory of one.
    """
    # its events are in a style of their own, and tell what ours tell already
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    ending.server = uvicorn.Server(
        uvicorn.Config(
            app,
            factory=isinstance(app, str),
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=DRAIN_S,
            server_header=False,
        )
    )
    # uvicorn raises the signal again when it has drained: it must find a handler, or it kills on the spot
    with stop_signals():
        ending.server.run(sockets=[listener])
