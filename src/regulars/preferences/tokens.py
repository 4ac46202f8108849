"""Links, sealed: without the key nobody can read, change or make one. The same things make the same link."""

import base64
import hmac
import secrets
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import ClassVar, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from regulars.kernel import Conflict, NotFound

Use = Literal["letter", "fresh", "staff", "preview", "member"]
USES: tuple[Use, ...] = ("letter", "fresh", "staff", "preview", "member")
# Use, generation, atom, issued at in seconds, source, and the first bytes of the address's keyed hash.
SHAPE = struct.Struct(">BHQIQ8s")
TOKEN_SIGNS = 63
NO_ADDRESS = bytes(8)
# After this long a link opens nothing; one from a letter can still unsubscribe, as laws ask.
GOOD_FOR: dict[Use, timedelta] = {
    "letter": timedelta(days=180),
    "fresh": timedelta(days=14),
    "staff": timedelta(days=14),
    "preview": timedelta(hours=1),
    "member": timedelta(days=14),  # Asked for to open the member page; it proves nothing elsewhere.
}
PROVES_FOR = timedelta(hours=1)  # So long a link that was asked for shows what is personal.
OPEN_FOR = timedelta(days=1)  # So long a page may be looked at before it is saved.
FILLED_AFTER = timedelta(seconds=2)  # Nobody types an address faster; a machine does.


class LinkNotOurs(NotFound):
    code: ClassVar[str] = "preferences.link_not_ours"


class LinkTooOld(Conflict):
    code: ClassVar[str] = "preferences.link_too_old"


@dataclass(frozen=True)
class Key:
    """What links are sealed with; links of another generation are withdrawn."""

    value: bytes
    generation: int

    @cached_property
    def cipher(self) -> AESSIV:
        return AESSIV(hmac.digest(self.value, b"preferences.link", "sha512"))

    def digest(self, use: str, text: str) -> bytes:
        """A keyed hash for one use."""
        return hmac.digest(self.value, f"{use}\x1f{text}".encode("utf-8", "surrogatepass"), "sha256")


@lru_cache(maxsize=8)
def key_of(value: bytes, generation: int) -> Key:
    return Key(value, generation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    use: Use
    generation: int
    atom_id: int  # Of a preview: 0.
    issued_at: datetime  # By the wall clock, to the second.
    source_id: int = 0  # Of the message it stands in; of a preview the definition's version.
    address: bytes = NO_ADDRESS  # To which it was sent.

    def older_than(self, age: timedelta, now: datetime) -> bool:
        return now - self.issued_at > age


def seal(key: Key, link: Link) -> str:
    plain = SHAPE.pack(
        USES.index(link.use),
        link.generation,
        link.atom_id,
        int(link.issued_at.timestamp()),
        link.source_id,
        link.address,
    )
    return base64.urlsafe_b64encode(key.cipher.encrypt(plain, None)).decode().rstrip("=")


def unseal(key: Key, token: str) -> Link:
    """What a link says; raises LinkNotOurs, and LinkTooOld for one that was withdrawn."""
    try:
        if len(token) != TOKEN_SIGNS:
            raise ValueError
        sealed = base64.b64decode(f"{token}=", altchars=b"-_", validate=True)
        if base64.urlsafe_b64encode(sealed).decode().rstrip("=") != token:
            raise ValueError
        use, generation, atom_id, issued, source_id, address = SHAPE.unpack(key.cipher.decrypt(sealed, None))
    except (ValueError, InvalidTag):
        raise LinkNotOurs("This link is not complete. Open it again from the message, as a whole.") from None
    if generation != key.generation:
        raise LinkTooOld("This link is not good any more. Ask for a new one.")
    return Link(
        use=USES[use],
        generation=generation,
        atom_id=atom_id,
        issued_at=datetime.fromtimestamp(issued, UTC),
        source_id=source_id,
        address=address,
    )


def opened(key: Key, about: str, now: datetime) -> str:
    """The hidden token of a page that is being shown; sent twice it is one submission."""
    told = f"{secrets.token_urlsafe(12)}.{int(now.timestamp())}"
    return f"{told}.{_sign(key, about, told)}"


def read_opened(key: Key, about: str, token: str) -> tuple[str, datetime] | None:
    """The nonce of a shown page and when it was shown; None when it is not one of ours."""
    told, _, given = token.rpartition(".")
    if not hmac.compare_digest(_sign(key, about, told).encode(), given.encode("utf-8", "surrogatepass")):
        return None
    nonce, _, instant = told.rpartition(".")
    return nonce, datetime.fromtimestamp(int(instant), UTC)


def _sign(key: Key, about: str, told: str) -> str:
    return key.digest("open", f"{about}\x1f{told}").hex()[:40]
