"""A mailbox on loopback by IMAP and POP3, and a mail server that sends back what it cannot deliver."""

import re
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from aiosmtpd.controller import Controller

from tests.unit.deliverability.letters import ARF, AWAY, DSN, letter

PASSWORD = "a password"


@dataclass
class Mail:
    uid: int
    raw: bytes
    flags: set[str] = field(default_factory=set)


@dataclass
class Mailbox:
    """Folders of mails; `hang_up_at` is the command at which the server goes away."""

    folders: dict[str, list[Mail]] = field(default_factory=lambda: {"INBOX": []})
    tls: ssl.SSLContext | None = None
    hang_up_at: str = ""
    port: int = 0
    logins: int = 0
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def put(self, raw: bytes) -> None:
        self.folders["INBOX"].append(Mail(next(self.numbers), raw))

    def of(self, folder: str) -> list[bytes]:
        return [mail.raw for mail in self.folders.get(folder, [])]


class Imap(socketserver.StreamRequestHandler):
    box: Mailbox

    def setup(self):
        if self.box.tls:
            self.request = self.box.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self):
        super().finish()
        self.request.close()

    def say(self, text):
        self.wfile.write(text if isinstance(text, bytes) else text.encode() + b"\r\n")

    def handle(self):
        self.say("* OK ready")
        self.folder = "INBOX"
        while line := self.rfile.readline():
            tag, _, rest = line.decode().strip().partition(" ")
            command, _, said = rest.partition(" ")
            if command == "UID":
                command, _, said = said.partition(" ")
            if command == self.box.hang_up_at:
                return
            answer = getattr(self, command.lower())(said) or "OK done"
            self.say(f"{tag} {answer}")
            if command == "LOGOUT":
                return

    def capability(self, _said):
        self.say("* CAPABILITY IMAP4rev1")

    def login(self, said):
        self.box.logins += 1
        return None if said.endswith(f'"{PASSWORD}"') else "NO no such user"

    def select(self, said):
        self.folder = said.strip('"')
        if self.folder not in self.box.folders:
            return "NO no such folder"
        self.say(f"* {len(self.box.folders[self.folder])} EXISTS")
        return None

    @property
    def mails(self):
        return self.box.folders[self.folder]

    def search(self, _said):
        self.say("* SEARCH " + " ".join(str(one.uid) for one in self.mails if "\\Seen" not in one.flags))

    def fetch(self, said):
        uid, most = re.match(r"(\d+) \(BODY.PEEK\[\]<0\.(\d+)>\)", said).groups()
        one = next(one for one in self.mails if one.uid == int(uid))
        raw = one.raw[: int(most)]
        self.say(b"* 1 FETCH (UID %d BODY[]<0> {%d}\r\n" % (one.uid, len(raw)) + raw + b")\r\n")

    def copy(self, said):
        uid, _, folder = said.partition(" ")
        folder = folder.strip('"')
        if folder not in self.box.folders:
            return "NO [TRYCREATE] no such folder"
        one = next(one for one in self.mails if one.uid == int(uid))
        self.box.folders[folder].append(Mail(next(self.box.numbers), one.raw))
        return None

    def create(self, said):
        self.box.folders.setdefault(said.strip('"'), [])

    def store(self, said):
        uid, _, rest = said.partition(" ")
        one = next(one for one in self.mails if one.uid == int(uid))
        one.flags |= set(re.findall(r"\\\w+", rest))

    def expunge(self, _said):
        self.mails[:] = [one for one in self.mails if "\\Deleted" not in one.flags]

    def logout(self, _said):
        self.say("* BYE")


class Pop(socketserver.StreamRequestHandler):
    box: Mailbox

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        self.say("+OK ready")
        mails, gone = list(self.box.folders["INBOX"]), set()
        while line := self.rfile.readline():
            command, _, said = line.decode().strip().partition(" ")
            if command == "PASS" and said != PASSWORD:
                self.say("-ERR no")
                continue
            self.say("+OK")
            if command == "UIDL":
                for number, one in enumerate(mails, 1):
                    self.say(f"{number} u{one.uid}")
                self.say(".")
            elif command == "RETR":
                for text in mails[int(said) - 1].raw.split(b"\r\n"):
                    self.wfile.write((b"." if text.startswith(b".") else b"") + text + b"\r\n")
                self.say(".")
            elif command == "DELE":
                gone.add(mails[int(said) - 1].uid)
            elif command == "QUIT":
                inbox = self.box.folders["INBOX"]
                inbox[:] = [one for one in inbox if one.uid not in gone]
                return


@contextmanager
def serving(box: Mailbox, handler: type) -> Iterator[Mailbox]:
    made = type("Handler", (handler,), {"box": box})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), made) as server:
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # A client that distrusts us hangs up.
        box.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield box
        server.shutdown()


class SendsBack:
    """Takes every mail, and answers into a mailbox by what the recipient's domain says."""

    def __init__(self, box: Mailbox) -> None:
        self.box, self.taken = box, []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - the library's name
        for address in envelope.rcpt_tos:
            self.taken.append((envelope.mail_from, address, envelope.content))
            message = re.search(rb"Message-ID: <(msg_\w+)@", envelope.content, re.IGNORECASE)[1].decode()
            for raw in self.answers(address, envelope.mail_from, message):
                self.box.put(raw)
        return "250 taken"

    def answers(self, address, sender, message):
        given = {"address": address, "final": address, "to": f"<{sender}>", "message": message}
        domain = address.partition("@")[2]
        if domain == "gone.example":
            # The final recipient is behind a forwarding, and nothing of the letter comes along.
            yield letter(DSN, **given | {"final": "x@forwarded.example", "message": "nothing"})
        elif domain == "full.example":
            yield letter(DSN, **given | {"status": "5.2.2", "words": f"552 5.2.2 <{address}>: over quota"})
        elif domain == "away.example":
            yield letter(AWAY, **given)
        elif domain == "spam.example":
            yield letter(ARF, **given)
        elif domain == "answers.example":
            yield (
                letter(AWAY, **given)
                .replace(b"Auto-Submitted: auto-replied\r\n", b"")
                .replace(b"Out of office", b"Re: Hello")
            )


@contextmanager
def mail_server(box: Mailbox) -> Iterator[tuple[SendsBack, int]]:
    handler = SendsBack(box)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield handler, port
    finally:
        controller.stop()
