"""Whether a request comes from the provider: by its signature, or by a secret it was given."""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from regulars.deliverability.shapes import parsed
from regulars.deliverability.webhook import BounceWebhook
from regulars.kernel import RegularsError, Unavailable

AMAZON = re.compile(r"sns\.[a-z0-9-]{3,30}\.amazonaws\.com(\.cn)?")
LATE = timedelta(hours=24)  # Providers try again for hours; what comes later was recorded by somebody.
SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
    ),
}  # fmt: skip

# Asks an address by GET, by the guarded way out; gives the body.
Get = Callable[[str], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    headers: Mapping[str, str]  # By name in small letters.
    raw: bytes
    url: str  # As the provider knows it.
    query: Mapping[str, str]


def is_proven(body: BounceWebhook, request: Request, secrets: Sequence[str], get: Get, now: datetime) -> bool:
    """Whether any of the secrets that count proves it; of Amazon its certificate does."""
    try:
        if body.shape == "ses":
            return _by_amazon(body, request, get)
        checks = {"sendgrid": _sendgrid, "mailgun": _mailgun, "twilio": _twilio}
        check = checks.get(body.shape, _given)
        return any(check(request, secret, now) for secret in secrets)
    except Unavailable:
        raise  # Nobody knows; the provider sends it again.
    except (RegularsError, KeyError, ValueError, TypeError, AttributeError, InvalidSignature):
        return False


def told_by(body: BounceWebhook, request: Request) -> bytes:
    """What the proof of a proven request covers: sent again with anything else changed, it is the same."""
    if body.shape == "ses":
        return _signed_text(parsed(request.raw))
    if body.shape == "mailgun":  # Its signature covers no word of the event, so it is good for one alone.
        given = parsed(request.raw)["signature"]
        return f"{given['timestamp']}{given['token']}".encode()
    return _twilio_text(request).encode() if body.shape == "twilio" else request.raw


def confirm(request: Request, get: Get) -> bool:
    """Answer Amazon's question whether notifications are wanted; True when that was what came."""
    told = parsed(request.raw)
    if told.get("Type") != "SubscriptionConfirmation":
        return False
    get(_of_amazon(str(told["SubscribeURL"])))
    return True


def _by_amazon(body: BounceWebhook, request: Request, get: Get) -> bool:
    told = parsed(request.raw)
    if told["TopicArn"] != body.topic:
        return False
    certificate = x509.load_pem_x509_certificate(get(_of_amazon(str(told["SigningCertURL"]))))
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        return False
    digest = SHA256() if told.get("SignatureVersion") == "2" else SHA1()  # noqa: S303 - the older of the two
    key.verify(base64.b64decode(told["Signature"]), _signed_text(told), padding.PKCS1v15(), digest)
    return True


def _signed_text(told: Mapping[str, Any]) -> bytes:
    names = SIGNED[told["Type"]]
    return "".join(f"{name}\n{told[name]}\n" for name in names if told.get(name) is not None).encode()


def _of_amazon(url: str) -> str:
    """Raises ValueError for an address that is not Amazon's: anybody may write one into a request."""
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.port or not AMAZON.fullmatch(parts.hostname or ""):
        raise ValueError("This is no address of Amazon SNS.")
    return url


def _sendgrid(request: Request, secret: str, now: datetime) -> bool:
    """ECDSA over the time and the body; the secret is the public key that the provider shows."""
    stamp = request.headers["x-twilio-email-event-webhook-timestamp"]
    key = load_der_public_key(base64.b64decode(secret))
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return False
    signature = base64.b64decode(request.headers["x-twilio-email-event-webhook-signature"])
    key.verify(signature, stamp.encode() + request.raw, ec.ECDSA(SHA256()))
    return _is_recent(stamp, now)


def _mailgun(request: Request, secret: str, now: datetime) -> bool:
    given = parsed(request.raw)["signature"]
    stamp = str(given["timestamp"])
    made = hmac.digest(secret.encode(), f"{stamp}{given['token']}".encode(), "sha256").hex()
    return hmac.compare_digest(made, str(given["signature"])) and _is_recent(stamp, now)


def _twilio(request: Request, secret: str, _now: datetime) -> bool:
    """HMAC over the address and the sorted fields."""
    made = base64.b64encode(hmac.digest(secret.encode(), _twilio_text(request).encode(), hashlib.sha1))
    return hmac.compare_digest(made.decode(), request.headers["x-twilio-signature"])


def _twilio_text(request: Request) -> str:
    fields = sorted(parse_qsl(request.raw.decode(), keep_blank_values=True, max_num_fields=200))
    return request.url + "".join(name + said for name, said in fields)


def _given(request: Request, secret: str, _now: datetime) -> bool:
    """The secret itself: as a bearer token, or as the password of the address."""
    way, _, said = request.headers["authorization"].partition(" ")
    if way.lower() == "basic":
        said = base64.b64decode(said).decode().partition(":")[2]
    return hmac.compare_digest(said.strip().encode(), secret.encode())


def _is_recent(stamp: str, now: datetime) -> bool:
    return abs(now - datetime.fromtimestamp(float(stamp), UTC)) < LATE
