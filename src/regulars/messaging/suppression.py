"""The addresses nothing is sent to, kept as keyed hashes so that the list itself names nobody."""

import hmac
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime

from regulars.db import Query, Statements, Tx, run, value, values

# One @, something on both sides, and nothing that could end a header; the whole truth is the provider's.
EMAIL = re.compile(r"[^@\s<>,;:\"\\]+@[^@\s<>,;:\"\\]+")
EMAIL_SIGNS_MAX = 254


class Sql(Statements, file="suppression.sql"):
    secret: Query
    suppress: Query
    suppressed: Query


SQL = Sql()


def normalised(address: str) -> str:
    """Return the form in which two spellings of one mailbox are equal; dots and +tags are left alone.

    >>> normalised(" Anna.Berg@Example.INVALID ")
    'anna.berg@example.invalid'
    """
    return unicodedata.normalize("NFKC", address).strip().casefold()


def usable(address: str) -> bool:
    printable = all(sign.isprintable() for sign in address)
    return printable and len(address) <= EMAIL_SIGNS_MAX and EMAIL.fullmatch(address) is not None


def secret(tx: Tx) -> bytes:
    return bytes(value(tx, SQL.secret))


def hashed(key: bytes, address: str) -> bytes:
    return hmac.digest(key, normalised(address).encode(), "sha256")


def suppress(tx: Tx, addresses: Iterable[str], *, reason: str, at: datetime, channel: str = "email") -> int:
    """Send nothing to these addresses any more, whoever they belong to. Returns how many were new."""
    key = secret(tx)
    hashes = [hashed(key, address) for address in addresses]
    return run(tx, SQL.suppress, channel=channel, hashes=hashes, reason=reason, at=at)


def suppressed(tx: Tx, hashes: Sequence[bytes], *, channel: str = "email") -> set[bytes]:
    return {bytes(one) for one in values(tx, SQL.suppressed, channel=channel, hashes=list(hashes))}
