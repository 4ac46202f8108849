"""The kind `bounce-webhook`: a provider that tells by requests what became of messages."""

import re
from collections.abc import Mapping
from typing import Literal, get_args

import msgspec

from regulars.definitions import Kind, Lookup
from regulars.deliverability.returned import ReturnedKind
from regulars.kernel import Finding

Shape = Literal["ses", "sendgrid", "postmark", "mailgun", "twilio", "generic"]
TEXT_MAX = 200
TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}")
PATH = re.compile(r"[^.\s]{1,80}(\.[^.\s]{1,80}){0,10}")
KINDS = frozenset(get_args(ReturnedKind))
# What proves that a request comes from the provider; the secret is kept sealed as bounce-webhook/<key>.
PROOFS: Mapping[Shape, str] = {
    "ses": "Amazon's signature on each notification, and the topic named here",
    "sendgrid": "the public key that the provider shows for signed events",
    "postmark": "the password of the address, as https://regulars:password@…",
    "mailgun": "the signing key for webhooks",
    "twilio": "the auth token of the account",
    "generic": "a token, sent as Authorization: Bearer token",
}
TITLES: Mapping[Shape, str] = {
    "ses": "Amazon SES by SNS",
    "sendgrid": "SendGrid, or one that tells alike",
    "postmark": "Postmark, or one that tells alike",
    "mailgun": "Mailgun, or one that tells alike",
    "twilio": "Twilio, or one that tells alike",
    "generic": "another, by a mapping",
}


class Mapped(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where things stand in the JSON of another provider, as in data.recipient; numbers count in lists."""

    items: str = ""  # The list of events; empty: the body is one, or is the list.
    message: str = ""  # Our message id or Message-ID.
    address: str = ""
    kind: str = ""
    kinds: dict[
        str, str
    ] = {}  # From what stands there to hard, soft, block, complaint, auto_reply, delivered …
    code: str = ""
    detail: str = ""


class BounceWebhook(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    title: str
    shape: Shape
    topic: str = ""  # Of Amazon: the ARN of the SNS topic.
    mapped: Mapped = Mapped()  # Of another provider.
    note: str = ""


def secret_of_webhook(key: str) -> str:
    return f"bounce-webhook/{key}"


def sentence(body: BounceWebhook) -> str:
    return f"Takes what {TITLES[body.shape]} tells of messages, proven by {PROOFS[body.shape]}"


def validate(body: BounceWebhook, _lookup: Lookup) -> list[Finding]:
    found = []
    if not body.title.strip() or len(body.title) > TEXT_MAX:
        found.append(_wrong("title", f"Give a title of at most {TEXT_MAX} signs."))
    if body.shape == "ses" and not TOPIC.fullmatch(body.topic):
        found.append(_wrong("topic", "Give the ARN, as in arn:aws:sns:eu-central-1:123456789012:bounces."))
    if body.shape == "generic":
        found += _of_mapping(body.mapped)
    return found


def _of_mapping(mapped: Mapped) -> list[Finding]:
    found = [
        _wrong(f"mapped.{name}", "Write names with full stops between, as in data.recipient.")
        for name in ("items", "message", "address", "kind", "code", "detail")
        if getattr(mapped, name) and not PATH.fullmatch(getattr(mapped, name))
    ]
    if not mapped.kind or not mapped.kinds:
        found.append(_wrong("mapped.kind", "Say where the kind of event stands, and what each means."))
    if not mapped.message and not mapped.address:
        found.append(_wrong("mapped.message", "Say where the message's id stands, or the address."))
    wrong = sorted(set(mapped.kinds.values()) - KINDS)
    if wrong:
        told = f"{wrong[0][:40]!r} is no kind; there are {', '.join(sorted(KINDS))}."
        found.append(_wrong("mapped.kinds", told))
    return found


def _wrong(path: str, message: str) -> Finding:
    return Finding(path=path, code="deliverability.webhook", message=message)


BOUNCE_WEBHOOK = Kind(
    name="bounce-webhook",
    title="Bounce webhook",
    plural="Bounce webhooks",
    body=BounceWebhook,
    sentence=sentence,
    validate=validate,
)
