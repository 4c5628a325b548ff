"""One of the processes that answer requests; `serve` starts and ends them."""

from __future__ import annotations

import socket

from recommender.runtime.processes import end_with_parent
from recommender.runtime.serving import Ending, run_server


def run(app: str, descriptor: int) -> None:
    """Serve `app`, the import path of a factory, on an inherited socket, until the parent is gone."""
    ending = Ending()
    end_with_parent(ending)
    run_server(app, socket.socket(fileno=descriptor), ending)
