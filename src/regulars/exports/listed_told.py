"""Listings of what was told to others, what came back, and how good the data is."""

from collections.abc import Iterator, Sequence
from typing import Any

from regulars import access, customers, webhooks
from regulars.db import Tx
from regulars.exports.listed_columns import CUSTOMER, PERIOD, flags, free, instants, integers, numbers, texts
from regulars.exports.listed_statements import SQL
from regulars.exports.listing import Asked, Column, Filter, Listing, streamed, walked
from regulars.kernel import Page

PAGE = 200


def deliveries(tx: Tx, asked: Asked, cursor: str | None) -> Page[webhooks.Sent]:
    by = asked.filter
    chosen = webhooks.DeliveryFilter(
        state=by["state"], event=by["event"], since=by["since"], until=by["until"]
    )
    return webhooks.deliveries(tx, by["webhook"], chosen, cursor=cursor, limit=PAGE)


def delivery_line(one: webhooks.Sent) -> Sequence[Any]:
    return (
        one.delivery_id, one.webhook_key, one.message_id, one.position, one.customer_id, one.event,
        one.occurred_at, one.state, one.attempts, one.status, one.reason, one.made_at, one.due_at,
        one.ended_at,
    )  # fmt: skip


def quality(tx: Tx, asked: Asked) -> Iterator[Sequence[Sequence[Any]]]:
    yield [
        (
            one.day.isoformat(), one.trait, one.source, one.customers, one.of_whom, one.told, one.unfit,
            one.shared, one.fresh, one.completeness, one.validity, one.uniqueness, one.freshness, one.last_at,
        )
        for one in customers.quality_now(tx, asked.filter["trait"])
    ]  # fmt: skip


def keys(tx: Tx, _asked: Asked) -> Iterator[Sequence[Sequence[Any]]]:
    yield [
        (
            one.key_id, one.kind, one.name, one.shown, one.level, one.function, one.scope, one.owner_name,
            one.created_at, one.last_used_at, one.revoked_at,
        )
        for one in access.keys(tx)
    ]  # fmt: skip


DELIVERIES = Listing(
    name="webhook-deliveries",
    title="Webhook deliveries",
    text="What was told to another system, and how it answered; the newest first.",
    permission="sources.view",
    columns=(
        Column(name="delivery_id", type="id", prefix="whd"),
        *texts("webhook", "message_id"),
        *integers("position"),
        CUSTOMER,
        *texts("event"),
        *instants("occurred_at"),
        *texts("state"),
        *integers("attempts", "status"),
        *free("reason"),
        *instants("made_at", "due_at", "ended_at"),
    ),
    rows=walked(deliveries, delivery_line),
    filters=(
        Filter(name="webhook", title="Webhook", required=True),
        Filter(name="state", title="State", choices=webhooks.STATES),
        Filter(name="event", title="Event"),
        *PERIOD,
    ),
)
REACTIONS = Listing(
    name="reactions",
    title="Reactions",
    text="What came back of messages: delivered, opened, clicked, bounced, complained; machines apart.",
    permission="customers.view",
    columns=(
        Column(name="message_id", type="id", prefix="msg"),
        CUSTOMER,
        *texts("source_kind", "source", "channel", "template", "kind"),
        *flags("machine"),
        *texts("signal"),
        *flags("hard"),
        *free("link", "detail"),
        *instants("at"),
    ),
    rows=streamed(SQL.reactions),
    filters=(Filter(name="source", title="Campaign or form"), Filter(name="kind", title="Kind"), *PERIOD),
)
QUALITY = Listing(
    name="data-quality",
    title="Data quality",
    text="How full, valid, unique and fresh each trait is, from each source and (an empty one) from all.",
    permission="customers.view",
    personal=False,
    columns=(
        *texts("day", "trait", "source"),
        *integers("customers", "of_whom", "told", "unfit", "shared", "fresh"),
        *numbers("completeness", "validity", "uniqueness", "freshness"),
        *instants("last_at"),
    ),
    rows=quality,
    filters=(Filter(name="trait", title="Trait"),),
)
KEYS = Listing(
    name="api-keys",
    title="API keys",
    text="Keys for programs, without their secrets: what each may, who answers for it.",
    permission="keys.view",
    personal=False,
    columns=(
        Column(name="key_id", type="id", prefix="key"),
        *texts("kind", "name", "begins_with"),
        *integers("level"),
        *texts("function", "scope", "owner"),
        *instants("created_at", "last_used_at", "revoked_at"),
    ),
    rows=keys,
)
OF_WHAT_WAS_TOLD = (DELIVERIES, REACTIONS, QUALITY, KEYS)
