"""Mailboxes as they are opened: by IMAP and POP3, over a connection to an address that was judged."""

import imaplib
import poplib
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from regulars.deliverability.mail_reading import BYTES_MAX
from regulars.deliverability.mailbox import Mailbox
from regulars.kernel import Unavailable

TIME_S = 20.0
AT_ONCE = 200  # Messages of one look; the rest waits for the next.
SIZE = re.compile(rb"RFC822\.SIZE (\d+)")

Connect = Callable[[str, int], str]  # The address to connect to, judged; raises Refused.
TROUBLE = (OSError, EOFError, imaplib.IMAP4.error, poplib.error_proto, ssl.SSLError, ValueError)


class Unopened(Unavailable):
    """The mailbox could not be looked into."""

    code = "deliverability.mailbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    uid: str
    raw: bytes  # The beginning, if it is long.


class Box(Protocol):
    def letters(self, known: frozenset[str]) -> Iterator[Letter]:
        """New ones, one after the other; looking changes nothing."""

    def done(self, uid: str, *, is_bounce: bool) -> None:
        """Put one away that was taken; what is no bounce stays where it is and is not shown again."""

    def close(self) -> None: ...


def open_box(body: Mailbox, password: str, connect: Connect, context: ssl.SSLContext) -> Box:
    """Sign in; raises Unopened."""
    try:
        address = connect(body.host, body.at_port)
        made = ImapBox if body.protocol == "imap" else PopBox
        return made(body, password, address, context)
    except TROUBLE as error:
        raise Unopened(f"{body.host} could not be looked into: {told(error)}") from error


def told(error: BaseException) -> str:
    first = error.args[0] if error.args else ""
    text = first.decode("utf-8", "replace") if isinstance(first, bytes) else str(error)
    return (text or type(error).__name__)[:200]


class _Imap(imaplib.IMAP4):
    """Connects to the address that was judged, and shows the server's own name to TLS."""

    def __init__(self, body: Mailbox, address: str, context: ssl.SSLContext) -> None:
        self._address, self._body, self._context = address, body, context
        super().__init__(body.host, body.at_port, timeout=TIME_S)
        if body.security == "starttls":
            self.starttls(ssl_context=context)

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        return _socket(self._body, self._address, self._context, timeout)


def _socket(body: Mailbox, address: str, context: ssl.SSLContext, timeout: float | None) -> socket.socket:
    plain = socket.create_connection((address, body.at_port), timeout or TIME_S)
    if body.security != "tls":
        return plain
    try:
        return context.wrap_socket(plain, server_hostname=body.host)
    except BaseException:
        plain.close()
        raise


class ImapBox:
    def __init__(self, body: Mailbox, password: str, address: str, context: ssl.SSLContext) -> None:
        self._body = body
        self._imap = _Imap(body, address, context)
        try:
            self._imap.login(body.user, password)
            self._ask("SELECT", *self._imap.select(_quoted(body.folder)))
        except BaseException:
            self.close()
            raise

    def letters(self, known: frozenset[str]) -> Iterator[Letter]:  # noqa: ARG002 - its flags tell what is new
        found = self._ask("SEARCH", *self._imap.uid("SEARCH", "UNSEEN"))
        uids = [uid for line in found if line for uid in line.split()][:AT_ONCE]
        for uid in uids:
            parts = self._ask("FETCH", *self._imap.uid("FETCH", uid, f"(BODY.PEEK[]<0.{BYTES_MAX}>)"))
            raw = next((part[1] for part in parts if isinstance(part, tuple)), None)
            if raw is not None:
                yield Letter(uid=uid.decode("ascii", "replace"), raw=raw)

    def done(self, uid: str, *, is_bounce: bool) -> None:
        if is_bounce and self._body.after == "move":
            self._copy(uid)
        gone = is_bounce and self._body.after != "leave"
        flags = r"(\Seen \Deleted)" if gone else r"(\Seen)"
        self._ask("STORE", *self._imap.uid("STORE", uid, "+FLAGS.SILENT", flags))

    def _copy(self, uid: str) -> None:
        folder = _quoted(self._body.moved_to)
        answer, _ = self._imap.uid("COPY", uid, folder)
        if answer != "OK":  # It may not be there yet.
            self._imap.create(folder)
            self._ask("COPY", *self._imap.uid("COPY", uid, folder))

    def close(self) -> None:
        for end in (self._imap.expunge, self._imap.logout, self._imap.shutdown):
            try:
                end()
            except TROUBLE:
                continue

    @staticmethod
    def _ask(command: str, answer: str, found: list) -> list:  # type: ignore[type-arg]
        if answer != "OK":
            raise imaplib.IMAP4.error(f"{command} was answered {answer} {found[:1]}")
        return found


def _quoted(folder: str) -> str:
    """In modified UTF-7, as folders are named; a quote or a backslash cannot end the name."""
    safe = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{safe}"' if safe.isascii() else f'"{_utf7(safe)}"'


def _utf7(text: str) -> str:
    """RFC 3501, section 5.1.3."""
    out = []
    for piece in re.findall(r"[\x20-\x7e]+|[^\x20-\x7e]+", text):
        if piece.isascii():
            out.append(piece.replace("&", "&-"))
        else:
            coded = piece.encode("utf-7").decode("ascii").removeprefix("+").removesuffix("-")
            out.append(f"&{coded.replace('/', ',')}-")
    return "".join(out)


class _Pop(poplib.POP3):
    def __init__(self, body: Mailbox, address: str, context: ssl.SSLContext) -> None:
        self._address, self._body, self._context = address, body, context
        super().__init__(body.host, body.at_port, timeout=TIME_S)
        if body.security == "starttls":
            self.stls(context)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return _socket(self._body, self._address, self._context, timeout)


class PopBox:
    """POP3 marks nothing as seen: what stays is known by its id."""

    def __init__(self, body: Mailbox, password: str, address: str, context: ssl.SSLContext) -> None:
        self._body, self._numbers = body, dict[str, int]()
        self._pop = _Pop(body, address, context)
        try:
            self._pop.user(body.user)
            self._pop.pass_(password)
        except BaseException:
            self.close()
            raise

    def letters(self, known: frozenset[str]) -> Iterator[Letter]:
        listed = [line.decode("ascii", "replace").split(maxsplit=1) for line in self._pop.uidl()[1]]
        self._numbers = {uid: int(number) for number, uid in listed}
        for uid in [uid for uid in self._numbers if uid not in known][:AT_ONCE]:
            lines = self._pop.retr(self._numbers[uid])[1]
            yield Letter(uid=uid, raw=b"\r\n".join(lines)[:BYTES_MAX])

    def done(self, uid: str, *, is_bounce: bool) -> None:
        if is_bounce and self._body.after == "delete":
            self._pop.dele(self._numbers[uid])

    def close(self) -> None:
        try:
            self._pop.quit()  # Only this makes what was deleted go.
        except TROUBLE:
            self._pop.close()
