"""Limits on tries, counted in the database, so that many hosts count as one."""

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from regulars.access.errors import TooManyTries
from regulars.access.person import fold_email
from regulars.db import Database, Query, Statements, Tx, one, rows, run

WINDOW: Final = timedelta(minutes=15)
TRIES_PER_ACCOUNT: Final = 10
TRIES_PER_ADDRESS: Final = 60
# One household or company commonly holds a /64, so that is what counts as one address.
IPV6_PREFIX: Final = 64


class Sql(Statements, file="throttle.sql"):
    count_try: Query
    forget_tries: Query
    forget_old_tries: Query
    tries_of: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    began_at: datetime
    tries: int


def take_try(database: Database, *, email: str | None, address: str, now: datetime) -> None:
    """Count one try before it is made, in a transaction of its own; raises TooManyTries above a limit."""
    counted = [(_address_key(address), TRIES_PER_ADDRESS)]
    if email is not None:
        counted.insert(0, (_account_key(email), TRIES_PER_ACCOUNT))
    with database.transaction() as tx:
        found = [
            (one(tx, SQL.count_try, Tries, who=who, now=now, since=now - WINDOW), most)
            for who, most in counted
        ]
    over = [tries.began_at + WINDOW - now for tries, most in found if tries.tries > most]
    if over:
        wait_s = max(1, int(max(over).total_seconds()))
        raise TooManyTries(
            f"Too many tries. Wait {-(-wait_s // 60)} minutes, then try again.", retry_after_s=wait_s
        )


def refuse_after(tx: Tx, names: Sequence[str], *, most: int, now: datetime) -> None:
    """Raise TooManyTries where one of these made more wrong tries than that; see `note_wrong`."""
    over = [
        found.began_at + WINDOW - now
        for name in names
        for found in rows(tx, SQL.tries_of, Tries, who=_named_key(name), since=now - WINDOW)
        if found.tries >= most
    ]
    if over:
        wait_s = max(1, int(max(over).total_seconds()))
        raise TooManyTries(
            f"Too many wrong tries. Wait {-(-wait_s // 60)} minutes, then try again.", retry_after_s=wait_s
        )


def note_wrong(database: Database, names: Sequence[str], now: datetime) -> None:
    """Count one wrong try of each, in a transaction of its own, so that it stays whatever is rolled back."""
    with database.transaction() as tx:
        for name in sorted(names):
            one(tx, SQL.count_try, Tries, who=_named_key(name), now=now, since=now - WINDOW)


def _named_key(name: str) -> bytes:
    return hashlib.sha256(b"named:" + name.encode("utf-8", "surrogatepass")).digest()


def forget_tries(tx: Tx, email: str) -> None:
    """After a success: the account's earlier tries no longer count."""
    run(tx, SQL.forget_tries, who=_account_key(email))


def forget_old_tries(tx: Tx, now: datetime) -> int:
    return run(tx, SQL.forget_old_tries, since=now - WINDOW)


def _account_key(email: str) -> bytes:
    return hashlib.sha256(b"account:" + fold_email(email).encode("utf-8", "surrogatepass")).digest()


def _address_key(address: str) -> bytes:
    return hashlib.sha256(b"address:" + network(address).encode("utf-8", "surrogatepass")).digest()


def network(address: str) -> str:
    """What counts as one address.

    >>> network("2001:db8::17")
    '2001:db8::/64'
    """
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if known.version == 4:  # noqa: PLR2004 - the protocol's own number
        return address
    return str(ipaddress.ip_network((address.partition("%")[0], IPV6_PREFIX), strict=False))
