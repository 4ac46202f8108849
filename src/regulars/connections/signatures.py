"""Signatures over the raw bytes of a delivery, compared in constant time."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence

from standardwebhooks.webhooks import Webhook

from regulars.connections.body import ConnectionBody, Signature

OF_SHOP = {
    "shopify": Signature(scheme="hmac-sha256", header="x-shopify-hmac-sha256", encoding="base64"),
    "woocommerce": Signature(scheme="hmac-sha256", header="x-wc-webhook-signature", encoding="base64"),
}
SIGNATURE_SIGNS_MAX = 2_000


def signature_of(body: ConnectionBody) -> Signature:
    """The scheme in force, a shop's own spelled out."""
    given = body.signature or OF_SHOP[body.shape]
    return OF_SHOP.get(given.scheme, given)


def wrong_because(
    signature: Signature, secrets: Sequence[str], headers: Mapping[str, str], raw: bytes
) -> str | None:
    """Why a delivery is not believed; None when it is. Any of the secrets may have signed it."""
    if not secrets:
        return "No secret is set for this connection."
    if signature.scheme == "standard-webhooks":
        return _standard(secrets, headers, raw)
    header = (signature.header or "").lower()
    said = headers.get(header, "")
    if not said:
        return f"The header {header} is missing."
    if len(said) > SIGNATURE_SIGNS_MAX or not said.startswith(signature.prefix):
        return f"The header {header} does not begin with {signature.prefix!r}."
    said = said.removeprefix(signature.prefix)
    if signature.scheme == "token":
        right = [hmac.compare_digest(said.encode(), secret.encode()) for secret in secrets]
        return None if any(right) else "The token is not the one that is set."
    given = _decoded(said, signature.encoding)
    right = [hmac.compare_digest(given, sign(secret, raw)) for secret in secrets]
    return None if any(right) else "The signature does not fit the body and the secret."


def sign(secret: str, raw: bytes) -> bytes:
    return hmac.new(secret.encode(), raw, hashlib.sha256).digest()


def _decoded(said: str, encoding: str) -> bytes:
    try:
        return base64.b64decode(said, validate=True) if encoding == "base64" else bytes.fromhex(said)
    except (binascii.Error, ValueError):
        return b""


def _standard(secrets: Sequence[str], headers: Mapping[str, str], raw: bytes) -> str | None:
    """The library also refuses what was signed more than five minutes ago or ahead."""
    told = "The signature does not fit the body and the secret."
    for secret in secrets:
        try:
            Webhook(secret).verify(raw, dict(headers), json_parse=False)
        except Exception as error:  # noqa: BLE001 - it raises what its parsing happens to raise.
            told = str(error) if "timestamp" in str(error) or "Missing" in str(error) else told
            continue
        return None
    return f"{told.rstrip('.')}."
