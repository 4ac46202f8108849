"""The kind `bounce-mailbox`: where mail servers send back what they could not deliver."""

import re
from typing import Annotated, Literal

import msgspec

from regulars.definitions import Kind, Lookup
from regulars.kernel import Finding

HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
TEXT_MAX = 200
PORTS = {("imap", "tls"): 993, ("imap", "starttls"): 143, ("pop3", "tls"): 995, ("pop3", "starttls"): 110,
         ("imap", "none"): 143, ("pop3", "none"): 110}  # fmt: skip


MAIL_PORTS = frozenset(PORTS.values())


class Mailbox(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The secret is the password, kept sealed as bounce-mailbox/<key> and shown to this host alone."""

    title: str
    host: str
    user: str
    protocol: Literal["imap", "pop3"] = "imap"
    security: Literal["tls", "starttls", "none"] = "tls"
    port: Annotated[int, msgspec.Meta(ge=0, le=65_535)] = 0  # 0: the usual one.
    folder: str = "INBOX"  # Of IMAP.
    every_minutes: Annotated[int, msgspec.Meta(ge=1, le=1_440)] = 5
    after: Literal["delete", "move", "leave"] = "move"  # With what is a bounce; other mail stays where it is.
    moved_to: str = "Processed"  # A folder of IMAP; POP3 knows none, and there "move" leaves it.
    note: str = ""

    @property
    def at_port(self) -> int:
        return self.port or PORTS[self.protocol, self.security]

    @property
    def place(self) -> str:
        """The only place that its password is shown to."""
        return f"{self.protocol}://{self.user}@{self.host.lower()}:{self.at_port}"


def secret_of_mailbox(key: str) -> str:
    return f"bounce-mailbox/{key}"


def sentence(body: Mailbox) -> str:
    done = {
        "delete": "deletes bounces",
        "move": f"moves bounces to {body.moved_to}",
        "leave": "leaves everything there",
    }
    return (
        f"Looks into {body.user} at {body.host} ({body.protocol.upper()}) every {body.every_minutes} minutes "
        f"and {done[body.after]}"
    )


def validate(body: Mailbox, _lookup: Lookup) -> list[Finding]:
    found = [
        _wrong(name, f"Give a {name} in one line of at most {TEXT_MAX} signs.")
        for name in ("title", "user", "folder", "moved_to")
        if not _is_line(getattr(body, name))
    ]
    if not HOST.fullmatch(body.host):
        found.append(_wrong("host", "Write the name of the mail server, as in imap.shop.example."))
    if body.security == "none" and body.host not in ("localhost", "127.0.0.1", "::1"):
        found.append(_wrong("security", "A password leaves encrypted only: tls or starttls."))
    if body.after == "move" and body.moved_to == body.folder:
        found.append(_wrong("moved_to", "Name another folder than the one that is looked into."))
    return found


def _is_line(text: str) -> bool:
    return bool(text.strip()) and len(text) <= TEXT_MAX and text.isprintable()


def _wrong(path: str, message: str) -> Finding:
    return Finding(path=path, code="deliverability.mailbox", message=message)


BOUNCE_MAILBOX = Kind(
    name="bounce-mailbox",
    title="Bounce mailbox",
    plural="Bounce mailboxes",
    body=Mailbox,
    sentence=sentence,
    validate=validate,
)
