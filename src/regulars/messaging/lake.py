"""The send ledger as the lake has it: who was to get what, and what became of it; never what was said."""

from regulars.analytics import Table

LAKE = Table(
    name="messages",
    title="Messages",
    source="select send_id, source_kind, source_key, source_version, step, channel, template_key, "
    "template_version, atom_id as customer_id, entry, arm, state, reason, queued_at, decided_at, resolved_at "
    "from messaging.fact_send",
    key="send_id",
    columns={
        "send_id": "bigint",
        "source_kind": "text",
        "source_key": "text",
        "source_version": "bigint",
        "step": "text",
        "channel": "text",
        "template_key": "text",
        "template_version": "bigint",
        "customer_id": "bigint",
        "entry": "bigint",
        "arm": "text",
        "state": "text",
        "reason": "text",
        "queued_at": "instant",
        "decided_at": "instant",
        "resolved_at": "instant",
    },
    watched=(("messaging.send", "send_id"),),
)
