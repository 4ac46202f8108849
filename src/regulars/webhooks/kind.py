"""The kind `webhook`, as the composition root registers it, and one ready to be filled in."""

import re
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from regulars import access
from regulars.access import Actor
from regulars.db import Tx, run
from regulars.definitions import Definition, Kind, Lookup, Preview
from regulars.kernel import Finding
from regulars.outgoing import is_internal
from regulars.webhooks.body import EVERYTHING, PATTERN, WebhookBody
from regulars.webhooks.statements import ENDPOINTS

TEXT_MAX = 200
URL_MAX = 2_000
MANY_MAX = 50
HEADERS_MAX = 20
HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
HEADER_TEXT = re.compile(r"[\x20-\x7e]{1,500}")
# Ours, the connection's, or secrets, which do not stand in a definition.
RESERVED = re.compile(
    r"webhook-.*|content-.*|transfer-.*|host|connection|accept-encoding|user-agent|expect|upgrade|te"
    r"|trailer|authorization|proxy-.*|cookie|x-api-key"
)
LIMITS = {"rate": 1_000, "at_once": 16, "timeout_s": 30}
MANY_SHOWN = 4


def sentence(body: WebhookBody) -> str:
    named = [("everything" if one == EVERYTHING else one) for one in body.events]
    told = ", ".join(named[:MANY_SHOWN]) + (
        f" and {len(named) - MANY_SHOWN} more" if len(named) > MANY_SHOWN else ""
    )
    of = f" of {', '.join(body.sources)}" if body.sources else ""
    contacts = ", with contact details" if body.contacts else ""
    held = ", paused" if body.paused else ""
    return f"Tells {host_of(body.url)} of {told}{of}{contacts}{held}"


def host_of(url: str) -> str:
    parts = _split(url)
    return (parts.hostname if parts else None) or "an address"


def validate(body: WebhookBody, _lookup: Lookup) -> list[Finding]:
    found = _of_title(body) + _of_url(body) + _of_events(body) + _of_headers(body)
    for name in ("sources", "properties"):
        many = getattr(body, name) or []
        if len(many) > MANY_MAX or any(not one.strip() or len(one) > TEXT_MAX for one in many):
            found.append(_wrong(name, f"Name at most {MANY_MAX}, none of them empty."))
    for name, most in LIMITS.items():
        if not 1 <= getattr(body, name) <= most:
            found.append(_wrong(name, f"Give a number from 1 to {most:,}."))
    return found


def _of_title(body: WebhookBody) -> list[Finding]:
    if body.title.strip() and len(body.title) <= TEXT_MAX:
        return []
    return [_wrong("title", f"Give a title of at most {TEXT_MAX} signs.")]


def _of_url(body: WebhookBody) -> list[Finding]:
    parts = _split(body.url)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        return [_wrong("url", "Write the whole address, as https://name.example/hooks.")]
    if len(body.url) > URL_MAX or re.search(r"[^\x21-\x7e]", body.url):
        return [_wrong("url", f"An address has at most {URL_MAX:,} signs, none of them a space.")]
    if parts.username or parts.password or parts.fragment:
        return [_wrong("url", "Leave out user, password and #: the signature says who sends.")]
    if body.contacts and parts.scheme == "http" and not _stays_inside(parts.hostname):
        return [_wrong("url", "Contact details leave encrypted only: write https://.")]
    return []


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        return None
    return parts


def _stays_inside(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return host == "localhost"
    return is_internal(host)


def _of_events(body: WebhookBody) -> list[Finding]:
    if not 1 <= len(body.events) <= MANY_MAX:
        return [_wrong("events", f"Name at least one event, and at most {MANY_MAX}.")]
    return [
        _wrong(
            f"events[{number}]",
            f"{one[:80]!r} is no event: write a whole name, a beginning as regulars.loyalty.*, or *.",
        )
        for number, one in enumerate(body.events)
        if not PATTERN.fullmatch(one) or len(one) > TEXT_MAX or one != one.strip()
    ]


def _of_headers(body: WebhookBody) -> list[Finding]:
    found = [
        _wrong(
            f"headers.{name[:80]}",
            "It cannot be set here: it is the request's own, or a secret; the signature says who sends."
            if HEADER.fullmatch(name)
            else "A header has letters, digits and hyphens, and at most 64 of them.",
        )
        for name in body.headers
        if not HEADER.fullmatch(name) or RESERVED.fullmatch(name.lower())
    ]
    found += [
        _wrong(f"headers.{name[:80]}", "Its text has 1 to 500 plain signs in one line.")
        for name, text in body.headers.items()
        if not HEADER_TEXT.fullmatch(text)
    ]
    return found + ([_wrong("headers", "At most 20.")] if len(body.headers) > HEADERS_MAX else [])


def _wrong(path: str, message: str) -> Finding:
    return Finding(path=path, code="webhooks.body", message=message)


def preview(_tx: Tx, definition: Definition[WebhookBody], _at: datetime) -> Preview:
    """What leaves the company, and how."""
    body, warnings = definition.body, []
    if body.contacts:
        warnings.append(f"Names, addresses and numbers of customers leave to {host_of(body.url)}.")
    if body.url.startswith("http:"):
        warnings.append("The address is not encrypted: whoever carries the requests can read them.")
    if EVERYTHING in body.events:
        warnings.append("Every event is sent, pages that are looked at included; that can be many.")
    what = "all properties" if body.properties is None else ", ".join(body.properties) or "no properties"
    facts = (("To", body.url), ("Events", ", ".join(body.events)), ("Of each", what))
    return Preview(headline=sentence(body) + ".", facts=facts, warnings=tuple(warnings))


def launch(tx: Tx, definition: Definition[WebhookBody], actor: Actor, at: datetime) -> str:
    """A version published anew is tried again, whatever the former address answered.

    Whoever publishes it answers for what leaves: contact details only by somebody who may look at them.
    """
    if definition.body.contacts:
        decision = access.allows(actor, "customers.view_contacts", solo=access.solo(tx))
        if decision.outcome != "yes":
            told = f"“{definition.title}” sends contact details and cannot be published by you"
            raise access.NotAllowed(f"{told}: {decision.reason}")
    run(tx, ENDPOINTS.open_endpoint, webhook_key=definition.key, by=actor.name, at=at)
    return f"Webhook “{definition.title}” is live: it tells of what happens from now on."


def retire(tx: Tx, definition: Definition[WebhookBody], _actor: Actor, _at: datetime) -> None:
    run(tx, ENDPOINTS.cancel_waiting, webhook_key=definition.key, reason="The webhook was taken out of use.")


WEBHOOK = Kind(
    name="webhook",
    title="Webhook",
    plural="Webhooks",
    body=WebhookBody,
    sentence=sentence,
    validate=validate,
    preview=preview,
    launch=launch,
    retire=retire,
)
POINTS = WebhookBody(
    title="Points to the shop",
    url="https://shop.example/hooks/points",
    events=["regulars.loyalty.*"],
    note="Tells the shop of points earned, spent and expired, so that its pages show the balance.",
)
