"""A mail server on loopback that takes everything as fast as it comes and counts it: a process of its own."""

import multiprocessing
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from typing import Any

END = b"\r\n.\r\n"
HELLO = b"220 sink.invalid ESMTP\r\n"
OFFERED = b"250-sink.invalid\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 10485760\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sink:
    port: int
    _taken: Any

    @property
    def taken(self) -> int:
        return int(self._taken.value)


@contextmanager
def sink() -> Iterator[Sink]:
    """A sink that listens on a port of its own, until the end of the block."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=64)
    taken = multiprocessing.Value("q", 0)
    process = multiprocessing.get_context("fork").Process(target=_serve, args=(listening, taken), daemon=True)
    process.start()
    port = listening.getsockname()[1]
    listening.close()
    try:
        yield Sink(port=port, _taken=taken)
    finally:
        process.terminate()
        process.join()


def _serve(listening: socket.socket, taken: "Synchronized[int]") -> None:
    while True:
        connection, _ = listening.accept()
        threading.Thread(target=_listen, args=(connection, taken), daemon=True).start()


def _listen(connection: socket.socket, taken: "Synchronized[int]") -> None:
    with connection, suppress(ConnectionError):  # Who says QUIT need not wait for the answer.
        _talk(connection, taken)


def _talk(connection: socket.socket, taken: "Synchronized[int]") -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(HELLO)
    waiting, in_data = b"", False
    while read := connection.recv(262_144):
        waiting += read
        answers = []
        while True:
            if in_data:
                end = waiting.find(END)
                if end < 0:
                    break
                waiting, in_data = waiting[end + 5 :], False
                answers.append(b"250 taken\r\n")
                with taken.get_lock():
                    taken.value += 1
                continue
            line, found, rest = waiting.partition(b"\r\n")
            if not found:
                break
            waiting = rest
            verb = line[:4].upper()
            in_data = verb == b"DATA"
            answers.append(_ANSWERS.get(verb, b"250 yes\r\n"))
        if answers:
            connection.sendall(b"".join(answers))


_ANSWERS = {
    b"EHLO": OFFERED,
    b"HELO": b"250 sink.invalid\r\n",
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 bye\r\n",
}


def blast(port: int, message: bytes, count: int) -> None:
    """Send one message so many times over one connection, blindly: what the sink takes at most."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.recv(1_000)
        connection.sendall(b"EHLO bench\r\n")
        connection.recv(1_000)
        reader = threading.Thread(target=_drain, args=(connection, b"221 bye"), daemon=True)
        reader.start()
        whole = b"MAIL FROM:<a@b.invalid>\r\nRCPT TO:<c@d.invalid>\r\nDATA\r\n" + message + END
        for _ in range(count):
            connection.sendall(whole)
        connection.sendall(b"QUIT\r\n")
        reader.join()


def _drain(connection: socket.socket, until: bytes) -> None:
    tail = b""
    while until not in tail:
        read = connection.recv(262_144)
        if not read:
            return
        tail = tail[-32:] + read
