"""One conversation with a mail server: letters one after the other, in as few writes as it offers."""

import smtplib
import socket
import ssl
from time import monotonic
from typing import Any

from regulars.channels.body import Smtp
from regulars.channels.composing import Composed
from regulars.channels.work import Down
from regulars.outgoing import Refused, Unanswered, WayOut

PORTS = frozenset({25, 465, 587, 2525})
LINE_BYTES_MAX = 4_096
LINES_MAX = 100
QUIT_S = 2.0
OK, GO_ON, LATER, NEVER = 2, 354, 4, 5
CLOSING = 421
# What a server says to MAIL when it is us that it does not want, and not the letter.
NOT_US = frozenset({530, 534, 535, 538})

Reply = tuple[int, str]


class Lost(Exception):
    """The conversation is over; `sure` says that the letter under way was certainly not taken."""

    def __init__(self, why: str, *, sure: bool) -> None:
        super().__init__(why)
        self.sure = sure


class Conversation:
    """Of one thread at a time."""

    def __init__(
        self, provider: Smtp, password: str | None, way: WayOut, *, hello: str, context: ssl.SSLContext
    ) -> None:
        self._timeout_s = float(provider.timeout_s)
        self.sent = 0  # Letters over this connection so far.
        self.rested_at = monotonic()
        self._read = b""
        self._dirty = False  # A letter was begun and refused: the next one begins with RSET.
        try:
            self._smtp = _Connection(provider, way, hello, context)
            self._greet(provider, password, context)
        except (Refused, Unanswered, smtplib.SMTPException, ssl.SSLError, OSError, ValueError) as why:
            if hasattr(self, "_smtp"):
                self._smtp.close()
            raise Down(_told(provider, why)) from why
        assert self._smtp.sock is not None
        self._sock: socket.socket = self._smtp.sock
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        offered = self._smtp.esmtp_features
        self.pipelines, self.eight_bits = "pipelining" in offered, "8bitmime" in offered
        self.international = "smtputf8" in offered
        size = offered.get("size", "").strip()
        self.bytes_max = int(size) if size.isdigit() and int(size) else None

    def _greet(self, provider: Smtp, password: str | None, context: ssl.SSLContext) -> None:
        smtp = self._smtp
        smtp.ehlo_or_helo_if_needed()
        if provider.security == "starttls":
            if not smtp.has_extn("starttls"):
                raise smtplib.SMTPException(
                    "it offers no STARTTLS, and nothing is sent without it; try `security: tls` (port 465)"
                )
            smtp.starttls(context=context)
            smtp.ehlo()
        if provider.user:
            if password is None:
                raise smtplib.SMTPException("its password is not set, or was given for another place")
            smtp.login(provider.user, password)

    def ask(self, letter: Composed) -> Reply:
        """Offer a letter by its envelope; 354 when the server wants it. Raises Lost."""
        if not self.pipelines:
            return self._ask_stepwise(letter)
        self._write(self._envelope(letter))
        return self.asked()

    def tell(self, letter: Composed, following: Composed | None) -> Reply:
        """Give the content, and at once the envelope of the next one; gives what became of this one."""
        content = stuffed(letter.data)
        more = self._envelope(following) if following and self.pipelines else b""
        self._write(content, more)
        self.sent += 1
        reply = self._reply(sure=False)
        if reply[0] // 100 not in (OK, LATER, NEVER):
            self.close()
            raise Lost(f"the server answered {reply[0]}, which is no answer to a letter", sure=False)
        return reply

    def asked(self) -> Reply:
        """The answers to an envelope that was sent; the first refusal, or 354."""
        commands = 4 if self._dirty else 3
        replies = [self._reply(sure=True) for _ in range(commands)][-3:]
        self._dirty = False
        mail, rcpt, data = replies
        if GO_ON in (mail[0], rcpt[0]):
            return self._judged((OK, "it wants a letter before it was offered one"))
        if data[0] == GO_ON and rcpt[0] // 100 != OK:
            self._write(b".\r\n")  # It wants the content of a letter to nobody.
            self._reply(sure=True)
        wrong = next((one for one in (mail, rcpt) if one[0] // 100 != OK), data)
        return self._judged(wrong)

    def _ask_stepwise(self, letter: Composed) -> Reply:
        if self._dirty:
            self._write(b"RSET\r\n")
            self._reply(sure=True)
            self._dirty = False
        for command in self._commands(letter):
            self._write(command)
            reply = self._reply(sure=True)
            if reply[0] // 100 != OK:
                break
        return self._judged(reply)

    def _judged(self, reply: Reply) -> Reply:
        """Answers that fit no question are out of step: nothing more is asked over this connection."""
        if reply[0] != GO_ON and reply[0] // 100 not in (LATER, NEVER):
            self.close()
            raise Lost(f"the server is out of step: {reply[0]} {reply[1]}", sure=True)
        if reply[0] == CLOSING or reply[0] in NOT_US:
            self.close()
            raise Lost(f"{reply[0]} {reply[1]}", sure=True)
        self._dirty = reply[0] != GO_ON
        return reply

    def _envelope(self, letter: Composed) -> bytes:
        return b"".join([b"RSET\r\n" if self._dirty else b"", *self._commands(letter)])

    def _commands(self, letter: Composed) -> tuple[bytes, bytes, bytes]:
        options = " BODY=8BITMIME" if self.eight_bits else ""
        options += " SMTPUTF8" if letter.is_international else ""
        return (
            f"MAIL FROM:<{letter.sender}>{options}\r\n".encode(),
            f"RCPT TO:<{letter.recipient}>\r\n".encode(),
            b"DATA\r\n",
        )

    def _write(self, content: bytes, more: bytes = b"") -> None:
        """Raises Lost; it is sure as long as the end of the content was not handed to the system."""
        data, done = memoryview(content + more), 0
        ends = monotonic() + self._timeout_s
        try:
            while done < len(data):
                self._sock.settimeout(max(0.01, ends - monotonic()))
                done += self._sock.send(data[done:])
        except OSError as why:
            self.close()
            raise Lost(f"the connection was lost ({why})", sure=done < len(content)) from why

    def _reply(self, *, sure: bool) -> Reply:
        """One whole answer; a server that drips gets no longer than one that is silent."""
        ends, lines = monotonic() + self._timeout_s, list[str]()
        while len(lines) < LINES_MAX:
            line = self._line(ends, sure=sure)
            lines.append(line[4:].strip())
            if not line[:3].isdigit():
                break
            if line[3:4] != "-":
                return int(line[:3]), " ".join(lines)[:500]
        self.close()
        raise Lost("the server answered something that is no answer of a mail server", sure=sure)

    def _line(self, ends: float, *, sure: bool) -> str:
        while (end := self._read.find(b"\n")) < 0:
            try:
                if len(self._read) > LINE_BYTES_MAX or monotonic() > ends:
                    raise TimeoutError("no whole answer in time")
                self._sock.settimeout(max(0.01, ends - monotonic()))
                read = self._sock.recv(65_536)
            except OSError as why:
                self.close()
                raise Lost(f"no answer came ({why})", sure=sure) from why
            if not read:
                self.close()
                raise Lost("the server closed the connection", sure=sure)
            self._read += read
        line, self._read = self._read[:end], self._read[end + 1 :]
        return line.decode("utf-8", "replace").rstrip("\r")

    def is_alive(self) -> bool:
        """Ask after a rest whether the server is still there."""
        try:
            self._write(b"NOOP\r\n")
            return self._reply(sure=True)[0] // 100 == OK
        except Lost:
            return False

    def end(self) -> None:
        """Take leave, without waiting long."""
        try:
            self._sock.settimeout(QUIT_S)
            self._sock.sendall(b"QUIT\r\n")
        except OSError:
            pass
        self.close()

    def close(self) -> None:
        self._smtp.close()


def stuffed(data: bytes) -> bytes:
    """The content with its end; a line that begins with a full stop gets a second one."""
    if not data.endswith(b"\r\n"):
        data += b"\r\n"
    if data.startswith(b"."):
        data = b"." + data
    return data.replace(b"\r\n.", b"\r\n..") + b".\r\n"


class _Connection(smtplib.SMTP):
    """The library's greeting and signing in, over a socket that goes only where we may."""

    def __init__(self, provider: Smtp, way: WayOut, hello: str, context: ssl.SSLContext) -> None:
        self._way, self._provider, self._context = way, provider, context
        super().__init__(provider.host, provider.port, local_hostname=hello, timeout=provider.timeout_s)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        address = self._way.address_of(host, port, ports=PORTS)
        made = socket.create_connection((address, port), timeout)
        if self._provider.security == "tls":
            try:
                return self._context.wrap_socket(made, server_hostname=host)
            except OSError:
                made.close()
                raise
        return made


def _told(provider: Smtp, why: BaseException) -> str:
    said: Any = getattr(why, "smtp_error", None)
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said or why)
    code = f"{getattr(why, 'smtp_code', '')} ".lstrip()
    return f"{provider.host}:{provider.port}: {code}{text or type(why).__name__}"[:300]
