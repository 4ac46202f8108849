"""What lets a customer's own page or app in: sealed, for one channel, one person and a time."""

import base64
import hmac
import struct
from datetime import datetime
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from regulars.channels.statements import SQL
from regulars.db import Tx, value
from regulars.kernel import NotSignedIn

SHAPE = struct.Struct(">QI8s")  # Profile, end in seconds, the channel.
HOURS_MAX = 24 * 30


class NoToken(NotSignedIn):
    code = "channels.token"


def customer_token(tx: Tx, key: str, customer_id: int, *, ends_at: datetime) -> str:
    """Let the page of this customer ask of this channel until then; by the wall clock."""
    plain = SHAPE.pack(customer_id, int(ends_at.timestamp()), _mark(key))
    return base64.urlsafe_b64encode(_cipher(tx).encrypt(plain, None)).decode().rstrip("=")


def read_token(tx: Tx, key: str, token: str, *, now: datetime) -> int:
    """The profile that a token was made for; raises NoToken."""
    try:
        sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        customer_id, ends, mark = SHAPE.unpack(_cipher(tx).decrypt(sealed, None))
    except (ValueError, InvalidTag, struct.error):
        raise NoToken("This token is none of ours. Ask your server for one.") from None
    if mark != _mark(key) or ends <= now.timestamp():
        raise NoToken("This token is over, or of another channel. Ask your server for a new one.")
    return int(customer_id)


def _mark(key: str) -> bytes:
    return sha256(key.encode()).digest()[:8]


def _cipher(tx: Tx) -> AESSIV:
    secret = bytes(value(tx, SQL.secret))
    return AESSIV(hmac.digest(secret, b"channels.token", "sha512"))
