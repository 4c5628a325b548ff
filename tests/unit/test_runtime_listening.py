"""The address is opened first, and what is wrong with it is said in words."""

from __future__ import annotations

import os
import socket
import stat
import tempfile
from pathlib import Path

import pytest

from recommender.errors import SettingsError
from recommender.runtime.listening import check_socket_path, listen, listen_locally, url_of
from recommender.settings import Settings


def _has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def test_port_0_becomes_the_port_that_was_opened() -> None:
    listener, settings = listen(Settings(host="127.0.0.1", port=0))

    with listener:
        assert settings.port == listener.getsockname()[1] > 0
        # callers get through from now on, though nobody answers yet
        socket.create_connection(("127.0.0.1", settings.port), timeout=5).close()


def test_a_busy_port_is_refused_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            SettingsError, match=f"cannot listen on 127.0.0.1 port {port}: something listens there"
        ):
            listen(Settings(host="127.0.0.1", port=port))


def test_two_services_cannot_have_the_same_port() -> None:
    listener, settings = listen(Settings(host="127.0.0.1", port=0))

    with listener, pytest.raises(SettingsError, match="something listens there already"):
        listen(settings)


def test_a_port_is_free_again_at_once() -> None:
    listener, settings = listen(Settings(host="127.0.0.1", port=0))
    listener.close()

    again, same = listen(settings)

    again.close()
    assert same.port == settings.port


@pytest.mark.parametrize(
    ("host", "advice"),
    [("192.0.2.1", "this machine does not have that address"), ("no.such.host.invalid", "check the address")],
)
def test_a_wrong_host_is_refused_in_words(host: str, advice: str) -> None:
    with pytest.raises(SettingsError, match=f"cannot listen on {host} port 0: .*{advice}"):
        listen(Settings(host=host, port=0))


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:81"), ("0.0.0.0", "http://127.0.0.1:81"), ("::1", "http://[::1]:81"),
     ("::", "http://[::1]:81"), ("news.example", "http://news.example:81")],
)  # fmt: skip
def test_the_url_is_one_that_a_browser_can_open(host: str, url: str) -> None:
    assert url_of(Settings(host=host, port=81)) == url


@pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6")
def test_ipv6_works() -> None:
    listener, settings = listen(Settings(host="::1", port=0))

    with listener:
        socket.create_connection(("::1", settings.port), timeout=5).close()


def test_the_local_socket_is_for_this_user_only() -> None:
    with tempfile.TemporaryDirectory(prefix="r-") as folder:
        path = Path(folder) / "encoder.sock"
        path.write_text("left by a process that was killed", encoding="utf-8")
        umask = os.umask(0o022)
        os.umask(umask)

        with listen_locally(path):
            assert stat.S_ISSOCK(path.stat().st_mode)
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert os.umask(umask) == umask


def test_a_path_too_long_for_a_socket_is_refused_in_words(tmp_path: Path) -> None:
    long = tmp_path / ("ä" * 50) / "encoder.sock"

    with pytest.raises(SettingsError, match=r"too long for the socket in it .* at most 103 work"):
        check_socket_path(long)
    with pytest.raises(SettingsError, match="choose a shorter one"):
        listen_locally(long)


def test_the_longest_path_that_is_let_through_works() -> None:
    with tempfile.TemporaryDirectory(prefix="r-") as folder:
        name = "s" * (103 - len(os.fsencode(folder)) - 1)
        path = Path(folder) / name
        check_socket_path(path)

        listen_locally(path).close()

        assert path.exists()
