"""Deliverability: sending domains and their keys, what came back, mailboxes, sources that stopped."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field, SecretStr

from regulars import access, connections, definitions, deliverability, messaging
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.problems import documented
from regulars.api.shapes import Cursor, In, Instant, Limit, Line, Note, Out, Page, Text, key_in_path
from regulars.deliverability import BOUNCE_MAILBOX, BOUNCE_WEBHOOK
from regulars.kernel import NotFound

router = resource("deliverability")
ChannelInPath = Annotated[str, key_in_path("the channel", "newsletter")]
MailboxInPath = Annotated[str, key_in_path("the mailbox", "bounces")]
WebhookInPath = Annotated[str, key_in_path("the webhook", "amazon-ses")]


class PublishedRecord(Out):
    host: str = Field(examples=["r202611._domainkey.shop.example"])
    type: str = Field(examples=["TXT"])
    value: str = Field(examples=["v=DKIM1; k=rsa; p=MIIB…"])


class DomainFinding(Out):
    item: str = Field(description="spf, dkim:selector, dmarc, mx, ptr:address, tracking.", examples=["spf"])
    domain: str = Field(examples=["shop.example"])
    state: Literal["ok", "missing", "wrong", "unasked"]
    found: str
    wanted: str
    publish: tuple[PublishedRecord, ...] = Field(description="Exactly what to publish.")
    checked_at: Instant
    since: Instant = Field(description="Of the state.")
    fell_at: Instant | None = Field(description="When what was right went wrong.")


class SendingDomainOut(Out):
    channel: str = Field(examples=["newsletter"])
    domain: str = Field(examples=["shop.example"])
    findings: tuple[DomainFinding, ...]


class KeyWanted(In):
    algorithm: Literal["rsa", "ed25519"] = "rsa"
    selector: Line = Field(default="", description="Left out: one of this month.", examples=["r202611"])


class SigningKeyOut(Out):
    domain: str = Field(examples=["shop.example"])
    selector: str = Field(examples=["r202611"])
    algorithm: str = Field(examples=["rsa"])
    record: PublishedRecord
    made_at: Instant


class ReturnedDay(Out):
    day: date
    sent: int
    hard: int
    soft: int
    block: int
    complained: int


class ReturnedDomain(Out):
    domain: str = Field(examples=["example.com"])
    hard: int
    soft: int
    block: int
    complained: int


class CameBack(Out):
    by_day: tuple[ReturnedDay, ...]
    by_domain: tuple[ReturnedDomain, ...] = Field(description="Of the address, the most first.")


class UnmatchedMail(Out):
    number: int
    via: str = Field(examples=["mailbox:bounces"])
    received_at: Instant
    outcome: str = Field(description="unmatched or set_aside.", examples=["unmatched"])
    kind: str = Field(examples=["hard"])
    reason: str
    address: str | None = Field(description="Only for who may see contacts.")


class SuppressedNumber(Out):
    channel: str = Field(examples=["email"])
    reason: str = Field(examples=["hard_bounce"])
    addresses: int


class StoppedSource(Out):
    kind: str = Field(examples=["campaign"])
    key: str = Field(examples=["win-back"])
    version: int
    reason: str
    at: Instant
    resumed_at: Instant | None
    resumed_by: str | None


class Resuming(In):
    kind: Line = Field(examples=["campaign"])
    key: Line = Field(examples=["win-back"])
    version: int = Field(ge=1, le=2**31 - 1)
    step: Line = ""
    reason: Note = Field(min_length=1, examples=["The list was cleaned"])


class MailSecret(In):
    secret: SecretStr = Field(min_length=1, max_length=20_000)


class MailboxOut(Out):
    key: str = Field(examples=["bounces"])
    title: str
    live: bool
    secret: bool = Field(description="Whether its password is set for this place.")
    looked_at: Instant | None
    found: int = Field(description="Messages at the last look.")
    taken: int = Field(description="Since the beginning.")
    problem: str | None


class WebhookOut(Out):
    key: str = Field(examples=["amazon-ses"])
    address: str = Field(examples=["https://engage.shop.example/v1/bounces/amazon-ses"])
    secret: bool


class Resumed(Out):
    resumed: bool


def _domain(entered: Entered, one: deliverability.SendingDomain) -> SendingDomainOut:
    return SendingDomainOut(
        channel=one.channel,
        domain=one.domain,
        findings=tuple(
            DomainFinding(
                item=stands.item,
                domain=stands.domain,
                state=stands.state,
                found=stands.found,
                wanted=stands.wanted,
                publish=tuple(PublishedRecord.model_validate(record) for record in stands.to_publish),
                checked_at=stands.checked_at,
                since=stands.since,
                fell_at=stands.fell_at,
            )
            for stands in deliverability.standings(entered.tx, one.channel)
        ),
    )


def _sending(entered: Entered, channel: str) -> deliverability.SendingDomain:
    for one in deliverability.sending_domains(entered.tx):
        if one.channel == channel:
            return one
    raise NotFound(f"No channel {channel[:80]!r} sends e-mail from an address of its own.")


@router.get("/deliverability/domains", openapi_extra=permission("definitions.view"))
def list_domains(call: Calling) -> Page[SendingDomainOut]:
    """Every sending domain, with what stands in the name servers and what to publish."""
    with call.enter() as entered:
        found = deliverability.sending_domains(entered.tx)
        return Page(items=tuple(_domain(entered, one) for one in found))


@router.post("/deliverability/domains/{channel}/check", openapi_extra=permission("sources.view"))
def check_domain(call: Calling, channel: ChannelInPath) -> SendingDomainOut:
    """Ask the name servers now; they are asked once a day anyway."""
    with call.enter() as entered:
        access.require(entered.actor, "sources.view")
        app = entered.app
    app.domain_checker.check(channel)
    with call.enter() as entered:
        return _domain(entered, _sending(entered, channel))


@router.get("/deliverability/domains/{channel}/keys", openapi_extra=permission("definitions.view"))
def list_keys(call: Calling, channel: ChannelInPath) -> Page[SigningKeyOut]:
    """The keys that sign, newest first; their private halves are never told."""
    with call.enter() as entered:
        found = deliverability.keys_of(entered.tx, _sending(entered, channel).domain)
        return Page(items=tuple(_key(one) for one in found))


@router.post(
    "/deliverability/domains/{channel}/keys",
    status_code=201,
    openapi_extra=permission("sources.secrets"),
    responses=documented(400, 409, 413, 415),
)
def make_key(call: Calling, channel: ChannelInPath, body: KeyWanted) -> SigningKeyOut:
    """Make a key pair; publish its record, then name the selector in the channel."""
    with call.enter() as entered:

        def keep(name: str, secret: str) -> None:
            connections.set_secret(
                entered.tx,
                entered.actor,
                entered.app.vault,
                name,
                secret,
                at=entered.at,
                now=entered.now,
            )

        made = deliverability.make_key(
            entered.tx,
            entered.actor,
            _sending(entered, channel).domain,
            keep,
            algorithm=body.algorithm,
            selector=body.selector,
            at=entered.at,
            now=entered.now,
        )
        return _key(made)


def _key(one: deliverability.SigningKey) -> SigningKeyOut:
    value = deliverability.dkim_record(one.algorithm, one.public_key)
    host = f"{one.selector}._domainkey.{one.domain}"
    return SigningKeyOut(
        domain=one.domain,
        selector=one.selector,
        algorithm=one.algorithm,
        record=PublishedRecord(host=host, type="TXT", value=value),
        made_at=one.made_at,
    )


@router.get("/deliverability/came-back", openapi_extra=permission("figures.view"))
def came_back(
    call: Calling,
    days: Annotated[int, Query(ge=1, le=366, description="How many days back.")] = 28,
    channel: Annotated[Text | None, Query(max_length=120, description="Of this channel alone.")] = None,
) -> CameBack:
    """Bounces and complaints by day and by the domain of the address."""
    with call.enter() as entered:
        found = deliverability.come_back(entered.tx, entered.at, entered.app.zone, days=days, channel=channel)
        return CameBack(
            by_day=tuple(ReturnedDay.model_validate(one) for one in found.by_day),
            by_domain=tuple(ReturnedDomain.model_validate(one) for one in found.by_domain),
        )


@router.get("/deliverability/unmatched", openapi_extra=permission("sources.view"))
def list_unmatched(call: Calling, cursor: Cursor = None, limit: Limit = 50) -> Page[UnmatchedMail]:
    """What came back and belongs to no message of ours, as long as it is kept; the latest first."""
    with call.enter() as entered:
        found = deliverability.unmatched(entered.tx, cursor=cursor, limit=limit)
        return Page(
            items=tuple(
                UnmatchedMail(
                    number=one.mail_id,
                    via=one.via,
                    received_at=one.received_at,
                    outcome=one.outcome,
                    kind=one.kind,
                    reason=one.reason,
                    address=one.address if entered.sees_contacts else None,
                )
                for one in found.items
            ),
            next=found.next,
        )


@router.get("/deliverability/suppressed", openapi_extra=permission("customers.view"))
def suppressed(call: Calling) -> Page[SuppressedNumber]:
    """How many addresses nothing is sent to, by reason. One is looked up under /suppressions."""
    with call.enter() as entered:
        counts = messaging.suppressed_counts(entered.tx)
        return Page(items=tuple(SuppressedNumber.model_validate(one) for one in counts))


@router.get("/deliverability/stops", openapi_extra=permission("definitions.view"))
def list_stops(call: Calling) -> Page[StoppedSource]:
    """What stopped by itself because too much came back; the latest first."""
    with call.enter() as entered:
        found = []
        for one in deliverability.stops(entered.tx):
            source = messaging.source_of_id(entered.tx, one.source_id)
            if source is not None:
                told = StoppedSource(
                    kind=source.kind,
                    key=source.key,
                    version=source.version,
                    reason=one.reason,
                    at=one.at,
                    resumed_at=one.resumed_at,
                    resumed_by=one.resumed_by,
                )
                found.append(told)
        return Page(items=tuple(found))


@router.post(
    "/deliverability/stops/resume",
    openapi_extra=permission("campaigns.stop", by="room"),
    responses=documented(400, 409, 413, 415),
)
def resume(call: Calling, body: Resuming) -> Resumed:
    """Let go on what had stopped by itself; what came back so far counts no more."""
    with call.enter() as entered:
        name = messaging.SourceName(kind=body.kind, key=body.key, version=body.version, step=body.step)
        source = messaging.find_source(entered.tx, name)
        deliverability.resume(entered.tx, entered.actor, source, reason=body.reason, at=entered.at)
        return Resumed(resumed=True)


@router.get("/deliverability/mailboxes", openapi_extra=permission("sources.view"))
def list_mailboxes(call: Calling) -> Page[MailboxOut]:
    """The mailboxes that bounces come back to. They are made and changed as definitions."""
    with call.enter() as entered:
        heads = definitions.heads(entered.tx, kind=BOUNCE_MAILBOX.name, limit=200).items
        return Page(items=tuple(_mailbox(entered, head.key) for head in heads))


def _mailbox(entered: Entered, key: str) -> MailboxOut:
    live = definitions.live(entered.tx, BOUNCE_MAILBOX, key)
    body = (live or definitions.get(entered.tx, BOUNCE_MAILBOX, key)).body
    state = deliverability.box_states(entered.tx).get(key)
    name = deliverability.secret_of_mailbox(key)
    known = connections.opened(entered.tx, entered.app.vault, name, entered.now, place=body.place)
    return MailboxOut(
        key=key,
        title=body.title,
        live=live is not None,
        secret=bool(known),
        looked_at=state.looked_at if state else None,
        found=state.found if state else 0,
        taken=state.taken if state else 0,
        problem=state.problem if state else None,
    )


@router.post(
    "/deliverability/mailboxes/{key}/look", status_code=202, openapi_extra=permission("sources.publish")
)
def look(call: Calling, key: MailboxInPath) -> MailboxOut:
    """Have a mailbox looked into within seconds."""
    with call.enter() as entered:
        deliverability.look_into_now(entered.tx, key, entered.now)
        entered.record("deliverability.mailbox_look", kind=BOUNCE_MAILBOX.name, subject=key)
        return _mailbox(entered, key)


@router.put(
    "/deliverability/mailboxes/{key}/secret",
    openapi_extra=permission("sources.secrets"),
    responses=documented(400, 413, 415),
)
def set_mailbox_secret(call: Calling, key: MailboxInPath, body: MailSecret) -> MailboxOut:
    """Set the password of a mailbox; never given back, and shown to its own server alone."""
    with call.enter() as entered:
        found = definitions.live(entered.tx, BOUNCE_MAILBOX, key) or definitions.get(
            entered.tx, BOUNCE_MAILBOX, key
        )
        _keep(entered, deliverability.secret_of_mailbox(key), body, place=found.body.place)
        return _mailbox(entered, key)


@router.put(
    "/deliverability/webhooks/{key}/secret",
    openapi_extra=permission("sources.secrets"),
    responses=documented(400, 413, 415),
)
def set_webhook_secret(call: Calling, key: WebhookInPath, body: MailSecret) -> WebhookOut:
    """Set what proves that a provider's requests come from it; never given back."""
    with call.enter() as entered:
        definitions.get(entered.tx, BOUNCE_WEBHOOK, key)
        _keep(entered, deliverability.secret_of_webhook(key), body)
        address = f"{entered.app.settings.address}/v1/bounces/{key}"
        return WebhookOut(key=key, address=address, secret=True)


def _keep(entered: Entered, name: str, body: MailSecret, *, place: str = "") -> None:
    connections.set_secret(
        entered.tx,
        entered.actor,
        entered.app.vault,
        name,
        body.secret.get_secret_value(),
        at=entered.at,
        now=entered.now,
        place=place,
    )
