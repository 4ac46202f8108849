"""Providers on loopback that do what the recipient's name says: lose answers, answer late, twice, or with an error.

What they took they count by Message-ID, so that a test can say that nobody got anything twice. The behaviour is the
part of an address before its first hyphen, as in `lose-7@shop.example`; of any other name all is well:

    lose     takes the message and hangs up without an answer
    late     takes it and answers only after `late_s`
    twice    takes it and answers two times
    half     hangs up in the middle of the content
    refused  550 (HTTP: 400)       busy     451 (HTTP: 429, Retry-After 7)
    hangup   hangs up at the recipient's name, without taking anything
    inside   SMTP: 554 after the content; HTTP: 200 with an error inside
    echo     HTTP: 400, with all of the request in its words
    broken   HTTP: 500                      packed   HTTP: takes it and answers 200 in gzip, which nobody asked for
"""

import base64
import gzip
import json
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep
from urllib.parse import parse_qs

from regulars.outgoing import WayOut

END = b"\r\n.\r\n"


@dataclass
class Fake:
    """What a provider took, and how it behaves as a whole."""

    port: int = 0
    late_s: float = 1.0
    pipelining: bool = True
    international: bool = True
    up: bool = True  # Down: it hangs up on everybody.
    password: str | None = None
    tls: ssl.SSLContext | None = None
    taken: list[tuple[str, bytes]] = field(default_factory=list)  # Recipient and what came, in order.
    connections: int = 0
    commands: list[bytes] = field(default_factory=list)
    reads: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    times: list[float] = field(default_factory=list)

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.place}"

    @property
    def way(self) -> WayOut:
        """A way out that may go there."""
        return WayOut(allow=frozenset({self.place, f"localhost:{self.port}"}))

    @property
    def ids(self) -> Counter[str]:
        """How often each message was taken, by its id."""
        with self.lock:
            return Counter(_id_of(data) for _, data in self.taken)

    def take(self, recipient: str, data: bytes) -> None:
        with self.lock:
            self.taken.append((recipient, data))


def _id_of(data: bytes) -> str:
    if data.lstrip().startswith(b"{"):
        return str(json.loads(data).get("message_id"))
    return str(message_from_bytes(data)["Message-ID"]).strip("<>").partition("@")[0]


def behaviour_of(address: str) -> str:
    return address.partition("@")[0].partition("-")[0]


@contextmanager
def smtp(**given: object) -> Iterator[Fake]:
    """A mail server."""
    fake = Fake(**given)  # type: ignore[arg-type]
    listening = socket.create_server(("127.0.0.1", 0), backlog=64)
    fake.port = listening.getsockname()[1]
    open_ones: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            open_ones.append(connection)
            fake.connections += 1
            threading.Thread(target=_serve, args=(fake, connection), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield fake
    finally:
        for one in (listening, *open_ones):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


def _serve(fake: Fake, connection: socket.socket) -> None:
    with suppress(OSError), connection:
        if fake.up:
            talk = _Talk(fake, connection)
            try:
                talk.run()
            finally:
                talk.connection.close()


class _Talk:
    def __init__(self, fake: Fake, connection: socket.socket) -> None:
        self.fake, self.connection, self.read = fake, connection, b""
        self.recipient, self.answers = "", list[str]()

    def run(self) -> None:
        self.connection.sendall(b"220 fake.invalid ESMTP\r\n")
        while (line := self.line()) is not None:
            self.fake.commands.append(line)
            if not self.command(line.decode()) or not self.fake.up:
                return

    def line(self) -> bytes | None:
        while b"\r\n" not in self.read:
            self.flush()
            got = self.connection.recv(65_536)
            self.fake.reads += 1
            if not got:
                return None
            self.read += got
        line, _, self.read = self.read.partition(b"\r\n")
        return line

    def say(self, text: str) -> bool:
        """Answers leave when nothing more is there to be read, as servers do that take pipelines."""
        self.answers.append(text + "\r\n")
        return True

    def flush(self) -> None:
        if self.answers:
            self.connection.sendall("".join(self.answers).encode())
            self.answers = []

    def command(self, line: str) -> bool:  # noqa: PLR0911
        verb = line[:4].upper()
        if verb in ("EHLO", "HELO"):
            return self.say(self.offer())
        if verb == "STAR" and self.fake.tls:
            self.say("220 go on")
            self.flush()
            self.connection, self.read = self.fake.tls.wrap_socket(self.connection, server_side=True), b""
            return True
        if verb == "AUTH":
            return self.sign_in(line)
        if verb == "RCPT":
            return self.rcpt(line)
        if verb == "DATA":
            return self.data()
        if verb == "QUIT":
            self.say("221 bye")
            self.flush()
            return False
        if verb == "RSET":
            self.recipient = ""
        return self.say("250 yes")

    def offer(self) -> str:
        offered = ["fake.invalid", "8BITMIME", "SIZE 10485760"]
        offered += ["PIPELINING"] if self.fake.pipelining else []
        offered += ["SMTPUTF8"] if self.fake.international else []
        offered += ["STARTTLS"] if self.fake.tls and not isinstance(self.connection, ssl.SSLSocket) else []
        offered += ["AUTH PLAIN"] if self.fake.password else []
        return "\r\n".join(f"250{'-' if n < len(offered) - 1 else ' '}{one}" for n, one in enumerate(offered))

    def sign_in(self, line: str) -> bool:
        said = base64.b64decode(line.rsplit(maxsplit=1)[-1]).split(b"\0")
        if self.fake.password and said[-1] == self.fake.password.encode():
            return self.say("235 come in")
        return self.say(f"535 5.7.8 wrong name or password: {line.strip()}")

    def rcpt(self, line: str) -> bool:
        self.recipient = line.partition("<")[2].partition(">")[0]
        behaviour = behaviour_of(self.recipient)
        if behaviour == "hangup":
            return False
        if behaviour in ("refused", "busy"):
            said = (
                f"550 5.1.1 <{self.recipient}> is not here" if behaviour == "refused" else "451 4.7.1 later"
            )
            self.recipient = ""
            return self.say(said)
        return self.say("250 yes")

    def data(self) -> bool:
        if not self.recipient:
            return self.say("554 to nobody")
        behaviour = behaviour_of(self.recipient)
        self.say("354 go on")
        while (end := self.read.find(END)) < 0:
            self.flush()
            got = self.connection.recv(65_536)
            self.fake.reads += 1
            if not got or behaviour == "half":
                return False
            self.read += got
        data, self.read = self.read[: end + 2].replace(b"\r\n..", b"\r\n."), self.read[end + len(END) :]
        if behaviour == "inside":
            return self.say("554 5.6.0 not this content")
        self.fake.take(self.recipient, data)
        self.recipient = ""
        if behaviour == "lose":
            return False
        if behaviour == "late":
            sleep(self.fake.late_s)
        return self.say("250 taken" + ("\r\n250 taken" if behaviour == "twice" else ""))


@contextmanager
def http(**given: object) -> Iterator[Fake]:
    """A service that takes one message a request: SES, Twilio, push services, webhooks, or any other."""
    fake = Fake(**given)  # type: ignore[arg-type]

    class Handler(_Handler):
        pass

    Handler.fake = fake
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    fake.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    fake: Fake
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        kind = self.headers.get("content-type", "")
        to = self._to(body, kind)
        self.fake.commands.append(f"{self.path} {dict(self.headers)}".encode())
        behaviour = behaviour_of(to) if self.fake.up else "broken"
        if behaviour in ("lose", "late", "twice", "inside", "broken") or not self._refusal(behaviour, body):
            if behaviour != "inside":
                self.fake.take(to, body)
            self._answer(behaviour)

    def _to(self, body: bytes, kind: str) -> str:
        if "json" in kind:
            read = json.loads(body)
            found = read.get("to") or read.get("Destination", {}).get("ToAddresses", [""])[0]
            return str(found or read.get("data", {}).get("subject", ""))
        if "form" in kind:
            fields = parse_qs(body.decode())
            return str((fields.get("to") or fields.get("Body") or [""])[0])
        return self.path.rpartition("/")[2]

    def _refusal(self, behaviour: str, body: bytes) -> bool:
        known = {"refused": 400, "busy": 429, "gone": 410, "forbidden": 403}
        status = known.get(behaviour)
        if status:
            self._send(status, {"message": "not this one", "code": 21211})
        if behaviour == "echo":
            own = {
                name: text
                for name, text in self.headers.items()
                if name.lower() in ("authorization", "x-own")
            }
            self._send(400, {"error": f"malformed: {body.decode()[-90:]} {own}"})
        return bool(status) or behaviour == "echo"

    def _answer(self, behaviour: str) -> None:
        if behaviour == "lose":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if behaviour == "late":
            sleep(self.fake.late_s)
        if behaviour == "packed":
            self._send(200, {"MessageId": "1"}, packed=True)
        elif behaviour == "broken":
            self._send(500, {"message": "broken"})
        elif behaviour == "inside":
            self._send(200, {"message_id": None, "errors": [{"message": "no credit left"}]})
        else:
            self._send(201 if "Messages.json" in self.path else 200, {"MessageId": "1", "sid": "SM1"})

    def _send(self, status: int, told: object, *, packed: bool = False) -> None:
        body = json.dumps(told).encode()
        body = gzip.compress(body) if packed else body
        with suppress(OSError):
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            if packed:
                self.send_header("content-encoding", "gzip")
            if status == 429:
                self.send_header("retry-after", "7")
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
