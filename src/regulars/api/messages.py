"""Messages: handed over one by one or in lists, looked up in the log, with why and what came back."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import Header, Query
from pydantic import Field

from regulars import campaigns, customers, messaging
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.problems import documented
from regulars.api.shapes import (
    Cursor,
    CustomerId,
    In,
    Instant,
    Json,
    Limit,
    Line,
    Out,
    Page,
    Text,
    id_in_path,
    id_type,
)
from regulars.kernel import Finding, Invalid, parse_public_id, public_id

router = resource("messages")
MANY_MAX = 1_000
KEY_SIGNS_MAX = 200
DATA_BYTES_MAX = 32_768
MessageId = Annotated[str, id_type("msg", "a message")]
SendState = Literal["queued", "claimed", "skipped", "held_out", "handed", "sent", "failed", "in_doubt"]


class ToSend(In):
    """One message to one person."""

    template: Line = Field(description="Key of a live template.", examples=["order-receipt"])
    to: Line = Field(
        description="cus_…, an e-mail address, a phone number with +, or your own identifier (user_id). The "
        "message goes to the address that is known of this customer.",
        examples=["ada@example.com"],
    )
    data: Json = Field(
        default_factory=dict,
        description="What the template may ask for as `event`; what has no default there must be here.",
        examples=[{"order": {"number": "1001", "total": "24.50"}}],
    )
    channel: Line | None = Field(
        default=None, description="Key of a live channel; left out, the only one that carries the template."
    )
    idempotency_key: Line | None = Field(
        default=None,
        min_length=1,
        description="The same key gives the same message, and sends nothing again, for 30 days.",
        examples=["receipt-1001"],
    )


class ManyToSend(In):
    messages: tuple[ToSend, ...] = Field(min_length=1, max_length=MANY_MAX, strict=False)


class Retrying(In):
    reason: str = Field(
        default="", max_length=300, description="It is kept.", examples=["The quota was raised"]
    )


class Accepted(Out):
    """A message that stands in the ledger; nothing can lose it any more."""

    id: MessageId
    customer: CustomerId
    state: str = Field(examples=["queued"])
    again: bool = Field(description="It was handed over before under this key; nothing happened now.")


class AcceptedMany(Out):
    items: tuple[Accepted, ...] = Field(description="In the order given.")


class LoggedMessage(Out):
    id: MessageId
    customer: CustomerId
    arm: str = Field(examples=["treated"])
    state: str = Field(examples=["sent"])
    reason: str | None
    answer: str = Field(description="What became of it, in a sentence.", examples=["It was sent."])
    queued_at: Instant
    decided_at: Instant | None
    resolved_at: Instant | None
    source_kind: str = Field(description="campaign, journey, form, api …", examples=["campaign"])
    source_key: str = Field(examples=["win-back"])
    source_version: int
    channel: str = Field(examples=["recording"])
    template_key: str = Field(examples=["we-miss-you"])


class Happened(Out):
    at: Instant
    what: str = Field(examples=["clicked"])
    machine: bool = Field(description="No person did it: a privacy proxy, a prefetch, a link scanner.")
    detail: str = Field(examples=["https://shop.example/sale"])


class SentMessage(Out):
    id: MessageId
    customer: CustomerId
    arm: str = Field(examples=["treated"])
    state: str = Field(examples=["sent"])
    reason: str | None
    answer: str = Field(description="What became of it, in a sentence.", examples=["It was sent."])
    decided_at: Instant | None
    resolved_at: Instant | None
    source_kind: str = Field(examples=["campaign"])
    source_key: str
    source_version: int
    channel: str = Field(examples=["recording"])
    template_key: str
    template_version: int
    address: str | None = Field(description="Masked for who may not see contacts.")
    headers: dict[str, str] | None
    subject: str | None
    preheader: str | None
    text_body: str | None
    html_body: str | None
    history: tuple[Happened, ...] = Field(description="What happened to it and what came back, in order.")


class Checked(Out):
    code: str = Field(examples=["capped"])
    title: str = Field(examples=["Frequency caps"])
    verdict: str = Field(description="passed, refused, held, exempt or not_reached.", examples=["passed"])
    said: str = Field(description="With the figures.", examples=["1 of 2 e-mails this week."])


class WhyMessage(Out):
    answer: str = Field(examples=["Not sent: no address is known."])
    checks: tuple[Checked, ...]


@router.post(
    "/messages", status_code=201, openapi_extra=permission("messages.send"),
    responses=documented(400, 409, 413, 415),
)  # fmt: skip
def send_message(
    call: Calling,
    body: ToSend,
    idempotency_key: Annotated[
        str | None, Header(max_length=KEY_SIGNS_MAX, description="Instead of the one in the body.")
    ] = None,
) -> Accepted:
    """Hand one message over: a receipt, a reset link. It leaves within a second.

    A transactional template passes opt-outs, caps and quiet hours, and never a hard bounce or complaint;
    any other template is checked as a campaign's messages are.
    """
    with call.enter() as entered:
        given = (body.model_copy(update={"idempotency_key": body.idempotency_key or idempotency_key}),)
        return _hand_over(entered, given, single=True)[0]


@router.post(
    "/messages/batch", status_code=201, openapi_extra=permission("messages.send"),
    responses=documented(400, 409, 413, 415),
)  # fmt: skip
def send_messages(call: Calling, body: ManyToSend) -> AcceptedMany:
    """Hand over up to 1,000 messages, all or none: with one that is wrong, nothing is sent."""
    with call.enter() as entered:
        return AcceptedMany(items=tuple(_hand_over(entered, body.messages)))


def _hand_over(entered: Entered, given: tuple[ToSend, ...], *, single: bool = False) -> list[Accepted]:
    _check(given)
    asked = [
        campaigns.Handing(
            template=one.template,
            to=one.to.strip(),
            data=one.data,
            channel=one.channel,
            idempotency_key=one.idempotency_key or "",
        )
        for one in given
    ]
    try:
        found = campaigns.hand_over(entered.tx, entered.actor, asked, at=entered.at, now=entered.now)
    except Invalid as wrong:
        raise (_of_one(wrong) if single else wrong) from None
    return [
        Accepted(id=one.id, customer=public_id("cus", one.customer_id), state=one.state, again=one.again)
        for one in found
    ]


def _check(given: tuple[ToSend, ...]) -> None:
    found = []
    for place, one in enumerate(given):
        if not one.idempotency_key:
            said = "Give a key, such as receipt-1001, so that a repeated request sends nothing twice."
            found.append(
                Finding(path=f"messages[{place}].idempotency_key", code="messages.no_key", message=said)
            )
        if len(str(one.data)) > DATA_BYTES_MAX:
            said = f"The data of a message has {len(str(one.data)):,} signs; {DATA_BYTES_MAX:,} are the most."
            found.append(Finding(path=f"messages[{place}].data", code="messages.data_size", message=said))
    if found:
        wrong = Invalid("Nothing was sent; mend what is named and hand it over again.", found)
        raise _of_one(wrong) if len(given) == 1 else wrong


def _of_one(wrong: Invalid) -> Invalid:
    """The places of a message that stands in no list."""
    return Invalid(
        str(wrong), [replace(one, path=one.path.removeprefix("messages[0].")) for one in wrong.findings]
    )


@router.get("/messages", openapi_extra=permission("customers.view"))
def list_messages(
    call: Calling,
    customer: Annotated[str | None, Query(description="cus_…", max_length=40)] = None,
    state: SendState | None = None,
    reason: Annotated[Text | None, Query(max_length=60)] = None,
    source_kind: Annotated[Text | None, Query(max_length=60)] = None,
    source: Annotated[Text | None, Query(max_length=200)] = None,
    channel: Annotated[Text | None, Query(max_length=200)] = None,
    since: Instant | None = None,
    until: Instant | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[LoggedMessage]:
    """The log of all messages, sent or not, the latest first."""
    asked = messaging.LogFilters(
        customers=None if customer is None else [parse_public_id("cus", customer)],
        state=state,
        reason=reason,
        source_kind=source_kind,
        source=source,
        channel=channel,
        since=since,
        until=until,
    )
    with call.enter() as entered:
        found = messaging.message_log(entered.tx, asked, cursor=cursor, limit=limit)
    return Page(items=tuple(_logged(one) for one in found.items), next=found.next)


def _logged(one: messaging.Logged) -> LoggedMessage:
    plain = {name: getattr(one, name) for name in LoggedMessage.model_fields if hasattr(one, name)}
    said = messaging.answer(one.state, one.reason, one.detail)
    return LoggedMessage(**{**plain, "customer": public_id("cus", one.customer_id), "answer": said})


@router.get("/messages/{message}", openapi_extra=permission("customers.view"))
def message(call: Calling, message: Annotated[str, id_in_path("msg", "the message")]) -> SentMessage:
    """One message as it left, or would have left, and what came back."""
    with call.enter() as entered:
        return _whole(entered, campaigns.message(entered.tx, message))


@router.post(
    "/messages/{message}/retry",
    openapi_extra=permission("messages.send", by="room"),
    responses=documented(409),
)
def retry_message(
    call: Calling, message: Annotated[str, id_in_path("msg", "the message")], body: Retrying
) -> SentMessage:
    """Let a failed message go again: the provider refused it, so it certainly did not leave.

    It is checked as if for the first time. Of a campaign it takes `campaigns.launch`, of a message that an
    application handed over `messages.send`. One in doubt has to be settled first.
    """
    with call.enter() as entered:
        found = campaigns.retry(entered.tx, entered.actor, message, reason=body.reason, at=entered.at)
        return _whole(entered, found)


def _whole(entered: Entered, found: messaging.SentMessage) -> SentMessage:
    sees = entered.sees_contacts
    shown = found if sees else found.concealed()
    past = campaigns.past(entered.tx, found.send_id)
    plain = {name: getattr(shown, name) for name in SentMessage.model_fields if hasattr(shown, name)}
    happened = tuple(
        Happened(
            at=one.at,
            what=one.what,
            machine=one.machine,
            detail=one.detail if sees else customers.conceal_text(one.detail.replace("%40", "@")),
        )
        for one in past
    )
    return SentMessage(**{**plain, "customer": public_id("cus", found.customer_id), "history": happened})


@router.get("/messages/{message}/why", openapi_extra=permission("customers.view"))
def why_message(call: Calling, message: Annotated[str, id_in_path("msg", "the message")]) -> WhyMessage:
    """Why this person got the message or not: every check in its order, with its figures."""
    with call.enter() as entered:
        found = campaigns.message(entered.tx, message)
        checks = messaging.why(entered.tx, found.send_id, entered.at)
    return WhyMessage(answer=found.answer, checks=tuple(Checked.model_validate(one) for one in checks))
