"""The address of the service: opened before any work is done, so that a busy port is known at once."""

from __future__ import annotations

import errno
import os
import socket
from typing import TYPE_CHECKING

from recommender.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

    from recommender.settings import Settings

_BACKLOG = 2_048
# What every system takes: 104 bytes with the closing zero on macOS, 108 on Linux.
_LONGEST_SOCKET_PATH = 103
_ADVICE = {
    errno.EADDRINUSE: "something listens there already: stop it, or choose another --port (0: a free one)",
    errno.EACCES: "ports below 1024 need more rights: choose another --port, or allow it to this user",
    errno.EADDRNOTAVAIL: "this machine does not have that address: choose another --host (0.0.0.0: all)",
}


def listen(settings: Settings) -> tuple[socket.socket, Settings]:
    """Open the service's address; return the socket and the settings with the port it really has.

    Callers wait, instead of being refused, from here on. Raises `SettingsError`.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        advice = _ADVICE.get(
            error.errno or 0, f"{error.strerror or error}: check the address (--host, --port)"
        )
        raise SettingsError(f"cannot listen on {settings.host} port {settings.port}: {advice}") from error
    return listener, settings.model_copy(update={"port": listener.getsockname()[1]})


def url_of(settings: Settings) -> str:
    """Return the address for a browser on this machine, without a path."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - compared, not opened
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def listen_locally(path: Path) -> socket.socket:
    """Open a socket at `path` that only this user can reach; what lies there is replaced."""
    check_socket_path(path)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    # made for nobody else from the first moment on
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)
    return listener


def check_socket_path(path: Path) -> None:
    """Refuse a path that is too long for a socket. Raises `SettingsError`."""
    size = len(os.fsencode(path))
    if size > _LONGEST_SOCKET_PATH:
        raise SettingsError(
            f"the path of the data folder is too long for the socket in it ({path}: got {size} bytes, at "
            f"most {_LONGEST_SOCKET_PATH} work): choose a shorter one with --data-dir, or a relative one"
        )
