"""The guarded way out, against real servers on this machine: what is refused, and what limits hold."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import monotonic, sleep

import pytest

from regulars.outgoing import Line, Refused, Unanswered, WayOut, is_internal


class Other(BaseHTTPRequestHandler):
    """Another system: answers, redirects, drips, and says too much."""

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path[4:])
            self.end_headers()
        elif self.path == "/drip":
            self.send_response(200)
            self.end_headers()
            for _ in range(100):
                self.wfile.write(b".")
                self.wfile.flush()
                sleep(0.1)
        elif self.path == "/slow-headers":
            for _ in range(100):
                self.wfile.write(b"H")
                sleep(0.1)
        else:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"x" * (5_000 if self.path == "/much" else 5))

    def handle(self) -> None:
        with suppress(ConnectionError):
            super().handle()

    def log_message(self, *_told: object) -> None:
        pass


@pytest.fixture
def other() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Other)
    server.asked = []
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def allowed(other: ThreadingHTTPServer, **more: object) -> WayOut:
    return WayOut(allow=frozenset({f"127.0.0.1:{other.server_port}"}), **more)


def test_an_allowed_internal_address_is_asked(other: ThreadingHTTPServer) -> None:
    answer = allowed(other).request("GET", f"http://127.0.0.1:{other.server_port}/hello")

    assert (answer.status, answer.content) == (200, b"xxxxx")


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/", "http://localhost/", "http://0.0.0.0/", "http://10.1.2.3/",
        "http://192.168.0.1/", "http://172.16.5.4/", "http://169.254.169.254/latest/meta-data/",
        "http://100.64.0.1/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/",
        "http://127.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/",
        "http://[fe80::1]/", "http://[fd00::1]/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/",
        "http://[::127.0.0.1]/", "http://224.0.0.1/", "http://user:secret@127.0.0.1/",
    ],
)  # fmt: skip
def test_an_internal_address_is_refused_however_it_is_written(address: str) -> None:
    with pytest.raises((Refused, Unanswered), match="inside a network|Invalid IPv4"):
        WayOut().request("GET", address, time_s=2)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_a_public_address_is_not_internal(address: str) -> None:
    assert not is_internal(address)


@pytest.mark.parametrize("scheme", ["file:///etc/passwd", "ftp://example.com/", "gopher://x/", "//x/", ""])
def test_other_schemes_are_refused(scheme: str) -> None:
    with pytest.raises((Refused, Unanswered)):
        WayOut().request("GET", scheme)


def test_other_ports_are_refused(other: ThreadingHTTPServer) -> None:
    with pytest.raises(Refused, match="Port 25"):
        WayOut().request("GET", "http://93.184.216.34:25/")


def test_a_redirect_inside_is_refused(other: ThreadingHTTPServer) -> None:
    inside = f"http://localhost:{other.server_port}/secret"

    with pytest.raises(Refused):
        allowed(other).request("GET", f"http://127.0.0.1:{other.server_port}/to/{inside}")

    assert len(other.asked) == 1


def test_a_redirect_to_another_scheme_is_refused(other: ThreadingHTTPServer) -> None:
    with pytest.raises((Refused, Unanswered)):
        allowed(other).request("GET", f"http://127.0.0.1:{other.server_port}/to/file:///etc/passwd")


def test_redirects_end(other: ThreadingHTTPServer) -> None:
    url = f"http://127.0.0.1:{other.server_port}"
    long = f"{url}/to/" * 5 + f"{url}/there"

    with pytest.raises(Unanswered):
        allowed(other).request("GET", long)


def test_a_name_that_changes_its_answer_gains_nothing(other: ThreadingHTTPServer) -> None:
    answers = iter([["93.184.216.34"], ["127.0.0.1"], ["127.0.0.1"]])
    asked = []

    def changing(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    way = WayOut(allow=frozenset(), resolver=changing)
    address = way.address_of("rebinding.example", 80)
    assert address == "93.184.216.34"  # Judged, and the very one that is connected to.

    with pytest.raises(Refused):  # The next connection is judged anew.
        way.request("GET", "http://rebinding.example/", time_s=1)
    assert len(asked) == 2 and other.asked == []


def test_one_connection_asks_the_resolver_once_and_goes_where_it_said(
    other: ThreadingHTTPServer,
) -> None:
    port, asked = other.server_port, []

    def once(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    way = WayOut(allow=frozenset({f"shop.example:{port}"}), resolver=once)

    assert way.request("GET", f"http://shop.example:{port}/").status == 200
    assert asked == ["shop.example"]


def test_one_internal_answer_among_several_is_refused() -> None:
    way = WayOut(resolver=lambda _host, _port: ["93.184.216.34", "10.0.0.1"])

    with pytest.raises(Refused):
        way.address_of("half.example", 443)


def test_too_large_an_answer_is_cut_off(other: ThreadingHTTPServer) -> None:
    with pytest.raises(Unanswered, match="more than 1,000 bytes"):
        allowed(other).request("GET", f"http://127.0.0.1:{other.server_port}/much", bytes_max=1_000)


@pytest.mark.parametrize("path", ["drip", "slow-headers"])
def test_a_slow_answer_ends_with_the_time(other: ThreadingHTTPServer, path: str) -> None:
    started = monotonic()

    with pytest.raises(Unanswered):
        allowed(other).request("GET", f"http://127.0.0.1:{other.server_port}/{path}", time_s=0.5)

    assert monotonic() - started < 2


def test_nobody_there_is_told(other: ThreadingHTTPServer) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    way = WayOut(allow=frozenset({f"127.0.0.1:{port}"}))

    with pytest.raises(Unanswered):
        way.request("GET", f"http://127.0.0.1:{port}/?key=secret")


def test_an_error_shows_no_credentials() -> None:
    way = WayOut(resolver=_fails)

    with pytest.raises(Unanswered) as raised:
        way.request("GET", "https://me:hidden@nowhere.example/path?token=hidden")

    assert "hidden" not in str(raised.value)


def _fails(host: str, port: int) -> list[str]:
    raise socket.gaierror("not known")


def test_where_no_redirect_is_allowed_it_is_the_answer_and_a_long_one_is_read_in_part(
    other: ThreadingHTTPServer,
) -> None:
    url, way = f"http://127.0.0.1:{other.server_port}", allowed(other)

    moved = way.request("GET", f"{url}/to/{url}/there", redirects_max=0)
    much = way.request("GET", f"{url}/much", bytes_max=1_000, cut=True)

    assert (moved.status, moved.headers["location"]) == (302, f"{url}/there") and len(other.asked) == 2
    assert (much.status, much.content) == (200, b"x" * 1_000)


def test_a_line_keeps_its_connection_and_each_request_has_a_time_of_its_own(
    other: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Other, "protocol_version", "HTTP/1.1")
    monkeypatch.setattr(Other, "do_GET", _at_length)
    resolved: list[str] = []

    def noting(host: str, _port: int) -> list[str]:
        resolved.append(host)
        return ["127.0.0.1"]

    url = f"http://127.0.0.1:{other.server_port}"
    with Line(allowed(other, resolver=noting)) as line:
        assert line.request("GET", f"{url}/one", time_s=0.5).content == b"/one"
        sleep(0.6)  # Longer than the time of the first.
        assert line.request("GET", f"{url}/two", time_s=0.5).content == b"/two"
        assert len(resolved) == 1
        with pytest.raises(Unanswered):
            line.request("GET", f"{url}/late", time_s=0.2)
        assert line.request("GET", f"{url}/three", time_s=2).content == b"/three"
        with pytest.raises(Refused):
            line.request("GET", "http://10.0.0.1/")
    assert len(resolved) >= 2  # What was given up on is connected to anew.


def _at_length(handler: Other) -> None:
    """Answers with the path and its length, so that the connection can stay."""
    if handler.path == "/late":
        sleep(0.5)
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(handler.path)))
    handler.end_headers()
    handler.wfile.write(handler.path.encode())
