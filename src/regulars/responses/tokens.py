"""What stands in a pixel, a link or a view: sealed, so that nobody else can read, change or make one."""

import base64
import hmac
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

Use = Literal["opened", "clicked", "viewed"]
PLACES: Final[dict[Use, str]] = {"opened": "/o", "clicked": "/c", "viewed": "/v"}
SIGNS = 36  # 16 bytes that prove it and 11 that say what it is, in base64.
SEND_BYTES, LINK_BYTES = 5, 5
TRACKED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a token names."""

    use: Use
    send_id: int
    link_id: int = 0
    tracked: bool = True  # Of a view: whether looking may be counted.


class Key:
    """Seals and opens tokens; the same mark makes the same token, and one of one use is none of another."""

    def __init__(self, value: bytes) -> None:
        self._cipher = AESSIV(hmac.digest(value, b"responses", "sha512"))
        self._about: dict[Use, list[bytes]] = {use: [place.encode()] for use, place in PLACES.items()}

    def seal(self, use: Use, send_id: int, link_id: int = 0, *, tracked: bool = True) -> str:
        plain = (TRACKED if tracked else 0) << 80 | send_id << 40 | link_id
        sealed = self._cipher.encrypt(plain.to_bytes(1 + SEND_BYTES + LINK_BYTES), self._about[use])
        return base64.urlsafe_b64encode(sealed).decode()

    def unseal(self, use: Use, token: str) -> Mark | None:
        """What a token of this use names; None for one that is not ours."""
        # The decoder takes "+" and "/" for "-" and "_".
        if len(token) != SIGNS or not token.isascii() or "+" in token or "/" in token:
            return None
        try:
            plain = self._cipher.decrypt(base64.b64decode(token, b"-_", validate=True), self._about[use])
        except (ValueError, InvalidTag):
            return None
        return Mark(
            use=use,
            send_id=int.from_bytes(plain[1 : 1 + SEND_BYTES]),
            link_id=int.from_bytes(plain[1 + SEND_BYTES :]),
            tracked=plain[0] == TRACKED,
        )


@lru_cache(maxsize=8)
def key_of(value: bytes) -> Key:
    return Key(value)
