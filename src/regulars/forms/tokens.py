"""Signed texts: the hidden one of an open form, and the link that confirms an address."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from regulars.db import Tx, value
from regulars.forms.statements import SQL
from regulars.kernel import NotFound

# Nobody reads and fills in a form faster; a machine does.
FILLED_AFTER = timedelta(seconds=2)
FILLED_WITHIN = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    nonce: str  # One form on one screen; sent twice it is one answer.
    at: datetime  # By the wall clock.


def secret(tx: Tx) -> bytes:
    return bytes(value(tx, SQL.secret))


def opened(key: bytes, form_key: str, now: datetime) -> str:
    """The hidden token of a form that is being shown."""
    told = f"{secrets.token_urlsafe(12)}.{int(now.timestamp())}"
    return f"{told}.{_sign(key, 'open', form_key, told)}"


def read_opened(key: bytes, form_key: str, token: str) -> Opened | None:
    """What the token of a shown form says; None when it is not one of ours."""
    told, _, given = token.rpartition(".")
    if not hmac.compare_digest(_sign(key, "open", form_key, told).encode(), given.encode()):
        return None
    nonce, _, instant = told.rpartition(".")
    return Opened(nonce=nonce, at=datetime.fromtimestamp(int(instant), UTC))


def confirmation(key: bytes, submission_id: int) -> str:
    """What the link in the message ends with."""
    return f"{submission_id}.{_sign(key, 'confirm', str(submission_id))}"


def read_confirmation(key: bytes, token: str) -> int:
    """The submission a link confirms; raises NotFound for a link that is not one of ours."""
    number, _, given = token.partition(".")
    if not number.isascii() or not number.isdigit() or len(number) > 18:  # noqa: PLR2004 - fits a bigint
        raise NotFound("This link is not complete. Open it again from the message, as a whole.")
    if not hmac.compare_digest(_sign(key, "confirm", number).encode(), given.encode()):
        raise NotFound("This link is not complete. Open it again from the message, as a whole.")
    return int(number)


def person_key(key: bytes, contact: str) -> str:
    """The anonymous id of whoever answers with this contact: the same each time, and not to be guessed."""
    return f"form:{_sign(key, 'person', contact)}"


def origin(key: bytes, address: str) -> bytes:
    """What stands for the network address an answer came from."""
    return hmac.digest(key, b"origin\x1f" + address.encode("utf-8", "surrogatepass"), "sha256")


def _sign(key: bytes, use: str, *parts: str) -> str:
    return hmac.digest(key, "\x1f".join((use, *parts)).encode("utf-8", "surrogatepass"), "sha256").hex()[:40]
