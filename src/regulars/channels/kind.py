"""The kind `channel`, as the composition root registers it, and ready-made ones."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from regulars import log
from regulars.access import Actor
from regulars.channels.body import (
    ATOMIC,
    FITS,
    ChannelBody,
    Dkim,
    Http,
    Medium,
    Provider,
    Recording,
    Ses,
    Smtp,
    Twilio,
    Webhook,
    WebPush,
)
from regulars.channels.channel import CHANNELS
from regulars.channels.mailboxes import Unsendable, mailbox
from regulars.channels.provider_checks import HOST, problems_of
from regulars.db import Tx
from regulars.definitions import Definition, Kind, Lookup, Preview
from regulars.kernel import Conflict, Finding

TEXT_MAX = 200
MANY_MAX = 10
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
# Marks of direction stay: names in right-to-left scripts carry them.
BREAKING = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
SELECTOR = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
MEDIA = {
    "email": "E-mail",
    "sms": "Text messages",
    "push": "Browser notifications",
    "inbox": "Cards in your app",
    "webhook": "Requests to your system",
}
TYPES = {
    Smtp: "SMTP",
    Ses: "Amazon SES",
    Http: "HTTP",
    Twilio: "Twilio",
    WebPush: "web push",
    Webhook: "a webhook",
    Recording: "recording",
}


SECRETS: Mapping[type[Any], str] = {
    Ses: "secret access key",
    Twilio: "auth token",
    WebPush: "key pair",
    Webhook: "signing secret",
}


class Demonstration(Conflict):
    """Nothing leaves a workspace whose clock stands."""

    code = "channels.demonstration"


def place_of(provider: Provider) -> str:
    """The only place that a provider's secret is shown to; empty where it stays here."""
    match provider:
        case Smtp(host=host, port=port):
            return f"{host.lower()}:{port}"
        case Ses(region=region, url=url):
            return host_of(url) if url else f"email.{region}.amazonaws.com"
        case Http(url=url) | Twilio(url=url) | Webhook(url=url):
            return host_of(url)
    return ""


def secret_word(provider: Provider) -> str:
    """What the secret of a provider is called; empty where it needs none."""
    match provider:
        case Smtp(user=user):
            return "password" if user else ""
        case Http():
            return (
                "secret"
                if re.search(r"\bsecret\b", f"{provider.headers}{provider.json}{provider.form}")
                else ""
            )
    return SECRETS.get(type(provider), "")


def host_of(url: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def sentence(body: ChannelBody) -> str:
    ways = ", then ".join(_way(one) for one in body.providers) or "nothing yet"
    who = f" as {body.from_address}" if body.from_address else ""
    signed = f", signed for {body.dkim[0].domain}" if body.dkim else ""
    return f"{MEDIA[body.medium]} by {ways}{who}{signed}"


def _way(one: Provider) -> str:
    title = TYPES.get(type(one), "the inbox")
    place = place_of(one)
    return f"{title} ({place})" if place else title


def validate(body: ChannelBody, _lookup: Lookup) -> list[Finding]:
    found = _of_texts(body) + _of_identity(body) + _of_rates(body)
    if not 1 <= len(body.providers) <= MANY_MAX:
        found.append(_wrong("providers", f"Give 1 to {MANY_MAX} providers."))
    names = [one.name for one in body.providers]
    for number, one in enumerate(body.providers):
        at = f"providers[{number}]"
        if not isinstance(one, FITS[body.medium]):
            told = f"{TYPES.get(type(one), 'The inbox')} carries no {body.medium}."
            found.append(_wrong(f"{at}.type", told))
        if not NAME.fullmatch(one.name) or names.count(one.name) > 1:
            found.append(_wrong(f"{at}.name", "A name of its own: small letters, digits, hyphens."))
        found += [_wrong(f"{at}.{path}", told) for path, told in problems_of(one)]
    if len(body.providers) > 1 and any(isinstance(one, ATOMIC) for one in body.providers):
        found.append(_wrong("providers", "The inbox and recording stand alone: they are never down."))
    return found


def _of_texts(body: ChannelBody) -> list[Finding]:
    found = []
    if not body.title.strip() or len(body.title) > TEXT_MAX:
        found.append(_wrong("title", f"Give a title of at most {TEXT_MAX} signs."))
    for path, text in {"title": body.title, "from_name": body.from_name}.items():
        if len(text) > TEXT_MAX or BREAKING.search(text):
            found.append(_wrong(path, f"One line of at most {TEXT_MAX} signs."))
    return found + [
        _wrong(f"texting.{name}", f"At most {TEXT_MAX * 2} signs.")
        for name in ("stop", "start", "help")
        if len(getattr(body.texting, name)) > TEXT_MAX * 2
    ]


def _of_identity(body: ChannelBody) -> list[Finding]:
    found = []
    real = body.medium == "email" and not any(isinstance(one, Recording) for one in body.providers)
    for path in ("from_address", "reply_to"):
        text = getattr(body, path)
        if not text and (path == "reply_to" or not real):
            continue
        try:
            mailbox(text)
        except Unsendable as wrong:
            found.append(_wrong(path, str(wrong)))
    found += [
        _wrong(path, "Write the bare domain, as in news.shop.example.")
        for path in ("tracking_domain", "bounce_domain")
        if getattr(body, path) and not HOST.fullmatch(getattr(body, path))
    ]
    for number, one in enumerate(body.dkim):
        found += _of_dkim(f"dkim[{number}]", one, body.from_address)
    return found


def _of_dkim(at: str, one: Dkim, address: str) -> list[Finding]:
    found = []
    if not HOST.fullmatch(one.domain) or "." not in one.domain:
        found.append(_wrong(f"{at}.domain", "Write the domain that signs, as in shop.example."))
    elif address and not _aligned(address.rpartition("@")[2].lower(), one.domain.lower()):
        told = f"{one.domain} is not the domain of {address} nor above it: receivers would not count it."
        found.append(_wrong(f"{at}.domain", told))
    if not SELECTOR.fullmatch(one.selector):
        found.append(_wrong(f"{at}.selector", "Write the selector, as in r2026."))
    return found


def _aligned(domain: str, signing: str) -> bool:
    return domain == signing or domain.endswith(f".{signing}") or signing.endswith(f".{domain}")


def _of_rates(body: ChannelBody) -> list[Finding]:
    found = []
    rates = {"per_second": body.per_second} | {f"domains.{name}": rate for name, rate in body.domains.items()}
    for number, one in enumerate(body.providers):
        rates[f"providers[{number}].per_second"] = one.per_second
    for path, rate in rates.items():
        if rate is not None and not 0.001 <= rate <= 100_000:  # noqa: PLR2004 - one in a quarter of an hour
            found.append(_wrong(path, "Give messages a second, from 0.001 to 100,000."))
    return found + [
        _wrong(f"domains.{name[:80]}", "Write a bare domain in small letters as gmail.com, or *.")
        for name in body.domains
        if name != "*" and (not HOST.fullmatch(name) or name != name.lower())
    ]


def _wrong(path: str, message: str) -> Finding:
    return Finding(path=path, code="channels.body", message=message)


def preview(tx: Tx, definition: Definition[ChannelBody], _at: datetime) -> Preview:
    """What leaves the company, and how."""
    body, warnings = definition.body, []
    really = any(not isinstance(one, ATOMIC) for one in body.providers)
    if really:
        warnings.append("It sends really: messages by it leave to your customers.")
    if really and stands(tx):
        warnings.append("This is a demonstration: it can be drafted here, and not published.")
    if body.medium == "email" and really and not body.dkim:
        warnings.append(
            "Letters are not signed: large receivers refuse many such, and show no button to unsubscribe."
        )
    if any(isinstance(one, Smtp) and one.security == "none" for one in body.providers):
        warnings.append(
            "A mail server is asked without encryption: whoever carries the letters can read them."
        )
    facts = [("Carries", MEDIA[body.medium]), ("By", ", then ".join(_way(one) for one in body.providers))]
    if body.from_address:
        facts.append(("From", f"{body.from_name} <{body.from_address}>".strip()))
    if body.per_second:
        facts.append(("At most", f"{body.per_second:g} a second"))
    return Preview(headline=sentence(body) + ".", facts=tuple(facts), warnings=tuple(warnings))


def stands(tx: Tx) -> bool:
    """Whether this is a demonstration: its clock stands."""
    return log.clock(tx).stands_at is not None


def launch(tx: Tx, definition: Definition[ChannelBody], _actor: Actor, _at: datetime) -> str:
    if stands(tx) and any(not isinstance(one, ATOMIC) for one in definition.body.providers):
        raise Demonstration(
            f"“{definition.title}” would send really, and this is a demonstration: its clock stands, and "
            "nothing leaves it. Keep it as a draft, or publish it in a workspace of your own."
        )
    told = "" if definition.body.medium == "inbox" else " Send a test before anything else goes by it."
    return f"Channel “{definition.title}” is live.{told}"


CHANNEL = Kind(
    name="channel",
    title="Channel",
    plural="Channels",
    body=ChannelBody,
    sentence=sentence,
    validate=validate,
    preview=preview,
    launch=launch,
)


def no_channel(key: str, lookup: Lookup, medium: Medium = "email") -> str:
    """Why messages of a medium cannot go by a channel of this key; empty if they can.

    One that goes live together with what names it counts.
    """
    if key in CHANNELS:
        return ""
    found = lookup.live(CHANNEL, key)
    if found is None:
        return f"No channel {key[:80]!r} is live; publish it first, or choose {', '.join(CHANNELS)}."
    if found.medium != medium:
        return f"The channel {key!r} carries {found.medium}, and this goes out by {medium}."
    return ""
