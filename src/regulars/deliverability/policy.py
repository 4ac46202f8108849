"""The kind `bounce-policy`: what is done about what comes back, set once for everything that is sent."""

from typing import Annotated

import msgspec

from regulars import definitions
from regulars.db import Tx
from regulars.definitions import Kind, Lookup
from regulars.kernel import Finding

KEY = "main"
TEXT_MAX = 200
Percent = Annotated[float, msgspec.Meta(ge=0.01, le=100)]


class BouncePolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    title: str = "What is done about what comes back"
    # An address that is full or away so often within so many days is written to no more.
    soft_bounces: Annotated[int, msgspec.Meta(ge=1, le=100)] = 5
    soft_days: Annotated[int, msgspec.Meta(ge=1, le=365)] = 30
    # A source stops by itself when surely more than this came back for good, or complained.
    stop_bounces_percent: Percent = 5.0
    stop_complaints_percent: Percent = 0.3
    stop_from: Annotated[int, msgspec.Meta(ge=10, le=1_000_000)] = 100  # Messages sent, before it is judged.
    withdraw_on_complaint: bool = True  # Whether a complaint also withdraws consent to the channel.
    keep_days: Annotated[int, msgspec.Meta(ge=1, le=90)] = 14  # Of what could not be matched.
    note: str = ""


BUILT_IN = BouncePolicy()


def bounce_policy(tx: Tx) -> BouncePolicy:
    """The live one, else the built-in."""
    found = definitions.live(tx, BOUNCE_POLICY, KEY)
    return found.body if found else BUILT_IN


def sentence(body: BouncePolicy) -> str:
    return (
        "An address that bounces for good or complains is written to no more; one that bounces "
        f"{body.soft_bounces} times within {body.soft_days} days likewise. "
        "What is sending stops when surely more than "
        f"{body.stop_bounces_percent:g}% bounced or {body.stop_complaints_percent:g}% complained, from "
        f"{body.stop_from:,} messages on"
    )


def validate(body: BouncePolicy, _lookup: Lookup) -> list[Finding]:
    if body.title.strip() and len(body.title) <= TEXT_MAX:
        return []
    told = f"Give a title of at most {TEXT_MAX} signs."
    return [Finding(path="title", code="deliverability.policy", message=told)]


BOUNCE_POLICY = Kind(
    name="bounce-policy",
    title="Bounce policy",
    plural="Bounce policies",
    body=BouncePolicy,
    sentence=sentence,
    validate=validate,
)
