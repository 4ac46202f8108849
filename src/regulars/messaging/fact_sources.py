"""What conditions can measure of messages: what was sent to somebody, and where marketing may reach them."""

from regulars.conditions import Column, Source
from regulars.customers import CONSENT_EVENTS
from regulars.messaging.events import EVENTS

SENT = tuple(one.name for one in EVENTS)
STATES = ("queued", "sent", "failed", "skipped", "held_out", "in_doubt")
# What came back of a message is a fact of its own beside it; without a name all of them are counted.
ANSWERS = (
    "delivered",
    "deferred",
    "bounced",
    "complained",
    "opened",
    "clicked",
    "viewed",
    "unsubscribed",
    "replied",
    # What no person did, apart.
    "machine_opened",
    "machine_clicked",
    "machine_viewed",
    "machine_replied",
)

MESSAGE = Source(
    name="message",
    title="messages",
    one="message",
    verb="had",
    # What is being handed over still waits.
    rows="select customer_id, coalesce(resolved_at, decided_at, queued_at) as at, "
    "case when state in ('claimed', 'handed') then 'queued' else state end as name, "
    "source_key as campaign, source_kind as kind, channel, topic, purpose, template_key as template, reason, "
    "step, arm, null as link, null::boolean as hard from messaging.fact_send "
    "union all "
    "select customer_id, at, case when machine then 'machine_' else '' end || kind, source_key, source_kind, "
    "channel, topic, purpose, template_key, nullif(signal, ''), step, null, nullif(link, ''), "
    "case when kind = 'bounced' then hard end from messaging.fact_reaction",
    by_atom=False,
    has_name=True,
    names=(*STATES, *ANSWERS),
    columns={
        "campaign": Column(type="text", title="campaign"),
        "kind": Column(type="text", title="kind of sender"),
        "channel": Column(type="text", title="channel"),
        "topic": Column(type="text", title="topic"),
        "purpose": Column(type="text", title="purpose"),
        "template": Column(type="text", title="template"),
        "reason": Column(type="text", title="reason"),
        "step": Column(type="text", title="step"),
        "arm": Column(type="text", title="arm"),
        "link": Column(type="text", title="link"),
        "hard": Column(type="boolean", title="coming back for good"),
    },
    touched_by=SENT,
)
# One row a customer and channel; `at` is from when on: who asked for a pause may be reached after it.
REACH = Source(
    name="reach",
    title="channels",
    one="channel",
    verb="can be reached by",
    rows="select customer_id, channel, since as at from messaging.fact_reach",
    by_atom=False,
    columns={"channel": Column(type="text", title="channel")},
    lake_rows="select * from reach",
    copies={"reach": "select customer_id, channel, since as at from messaging.fact_reach_of_all"},
    # A new address comes by an identify, which goes by that name.
    touched_by=(
        *CONSENT_EVENTS,
        "regulars.messaging.sent",
        "regulars.messaging.bounced",
        "regulars.messaging.complained",
        "identify",
    ),
)
SOURCES = (MESSAGE, REACH)
