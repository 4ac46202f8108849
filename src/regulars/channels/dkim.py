"""Signing letters (RFC 6376, 8463): RSA and Ed25519, relaxed both ways, by OpenSSL through `cryptography`."""

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from regulars.channels.letters import Header
from regulars.kernel import Finding, Invalid

KeyKind = Literal["rsa", "ed25519"]
RSA_BITS = 2048
# In this order, as far as they are there; From once more than there is, so that none can be put before it.
SIGNED = (
    b"from", b"to", b"subject", b"date", b"message-id", b"reply-to", b"mime-version", b"content-type",
    b"content-transfer-encoding", b"list-unsubscribe", b"list-unsubscribe-post",
)  # fmt: skip
SPACES = re.compile(rb"[ \t\r\n]+")


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs for one domain under one selector; any thread may use it."""

    domain: str
    selector: str
    key: RSAPrivateKey | Ed25519PrivateKey

    def sign(self, headers: Sequence[Header], body_hash: bytes, at_s: int) -> Header:
        """The header that goes first; `body_hash` is that of `hash_of`."""
        found = {name.lower(): (name.lower(), content) for name, content in headers}
        names = [name for name in SIGNED if name in found]
        listed = b":".join([b"from", *names])
        kind = b"rsa-sha256" if isinstance(self.key, RSAPrivateKey) else b"ed25519-sha256"
        tags = b"v=1; a=%s; c=relaxed/relaxed; d=%s; s=%s;\r\n t=%d; h=%s;\r\n bh=%s;\r\n b=" % (
            kind, self.domain.encode(), self.selector.encode(), at_s, _wrapped(listed), body_hash,
        )  # fmt: skip
        # Read from the bottom, as verifiers do; the one that is not there counts as nothing.
        told = [b"%s:%s\r\n" % (name, _relaxed(content)) for name, content in map(found.__getitem__, names)]
        # The list begins with From itself; the second mention is the one that must not be there.
        signed = b"".join(told) + b"dkim-signature:" + _relaxed(tags)
        signature = b64encode(self._raw(signed))
        lines = b"\r\n ".join(signature[at : at + 72] for at in range(0, len(signature), 72))
        return b"DKIM-Signature", tags + lines

    def _raw(self, signed: bytes) -> bytes:
        if isinstance(self.key, RSAPrivateKey):
            return self.key.sign(signed, PKCS1v15(), hashes.SHA256())
        return self.key.sign(sha256(signed).digest())


def _wrapped(names: bytes) -> bytes:
    """White space may stand around the colons."""
    half = names.find(b":", len(names) // 2)
    return names[: half + 1] + b"\r\n " + names[half + 1 :]


def _relaxed(content: bytes) -> bytes:
    return SPACES.sub(b" ", content).strip(b" ")


def hash_of(body: bytes) -> bytes:
    """The hash of a body in its relaxed form, as it stands in bh=."""
    if b"\t" in body:
        body = body.replace(b"\t", b" ")
    while b"  " in body:
        body = body.replace(b"  ", b" ")
    body = body.replace(b" \r\n", b"\r\n").rstrip(b"\r\n")
    return b64encode(sha256(body + b"\r\n" if body else b"").digest())


def new_key(kind: KeyKind) -> tuple[str, str]:
    """A private key as PEM, to be sealed, and the text of the record to publish at <selector>._domainkey."""
    key = generate_private_key(65_537, RSA_BITS) if kind == "rsa" else Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return pem, _record(key)


def record_of(pem: str) -> str:
    """The text of the record that belongs to a private key."""
    return _record(read_key(pem))


def read_key(pem: str) -> RSAPrivateKey | Ed25519PrivateKey:
    """A private key that letters can be signed with; raises Invalid."""
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError) as wrong:
        raise _unfit(f"it cannot be read ({str(wrong)[:100]})") from None
    if isinstance(key, Ed25519PrivateKey) or (isinstance(key, RSAPrivateKey) and key.key_size >= 1_024):  # noqa: PLR2004
        return key
    raise _unfit("it is neither RSA of at least 1,024 bits nor Ed25519")


def _unfit(why: str) -> Invalid:
    told = f"Letters cannot be signed with this key: {why}. Give a private key as PEM, without a password."
    return Invalid(told, [Finding(path="key", code="channels.dkim_key", message=told)])


def _record(key: RSAPrivateKey | Ed25519PrivateKey) -> str:
    public = key.public_key()
    if isinstance(key, RSAPrivateKey):
        der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return f"v=DKIM1; k=rsa; p={b64encode(der).decode()}"
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return f"v=DKIM1; k=ed25519; p={b64encode(raw).decode()}"
