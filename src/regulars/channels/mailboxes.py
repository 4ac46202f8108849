"""Addresses as they go over the wire: nothing in them ends a line; domains of any script are encoded."""

import re
from functools import lru_cache

import idna

from regulars.kernel import CallerError

LOCAL = re.compile(r"[^@\s<>()\[\],;:\"\\\x00-\x1f\x7f]{1,64}")
ASCII_DOMAIN = re.compile(
    r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*"
)
SIGNS_MAX = 254


class Unsendable(CallerError):
    """This message cannot leave as it is, by whichever provider."""

    code = "channels.unsendable"


def mailbox(address: str) -> str:
    """The address with its domain in ASCII; raises Unsendable. A local part of another script stays.

    >>> mailbox("anna@bücher.example")
    'anna@xn--bcher-kva.example'
    """
    local, sign, domain = address.rpartition("@")
    if not sign or len(address) > SIGNS_MAX or not LOCAL.fullmatch(local) or not local.isprintable():
        raise Unsendable(f"{_shown(address)} is no address that mail can be sent to, as ada@example.com is.")
    if local.startswith(".") or local.endswith(".") or ".." in local:
        raise Unsendable(f"{_shown(address)} has a full stop where none may be.")
    return f"{local}@{domain_of(domain)}"


@lru_cache(maxsize=20_000)
def domain_of(domain: str) -> str:
    """The domain in ASCII and small letters."""
    if domain.isascii():
        if len(domain) > SIGNS_MAX or not ASCII_DOMAIN.fullmatch(domain):
            raise Unsendable(f"{_shown(domain)} is no domain, as example.com is.")
        return domain.lower()
    try:
        return idna.encode(domain, uts46=True).decode("ascii").lower()
    except idna.IDNAError as wrong:
        raise Unsendable(f"{_shown(domain)} is no domain: {_shown(str(wrong))}.") from None


def _shown(text: str) -> str:
    return "".join(sign if sign.isprintable() else "�" for sign in text[:80])
