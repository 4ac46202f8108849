"""The reader of the log: what happened and somebody wants is written down, to be sent by the deliverer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from regulars import customers, definitions
from regulars.db import Tx, rows, run, values
from regulars.log import Reader, Span
from regulars.webhooks.body import EVERYTHING, WebhookBody, fits
from regulars.webhooks.kind import WEBHOOK
from regulars.webhooks.payload import Happened, message_id_of, text_of
from regulars.webhooks.statements import DELIVERIES, ENDPOINTS

# Whoever was told of a customer has to hear of these, too.
ALWAYS = ("Processing Restricted", "Processing Resumed", "Consent Withdrawn")
HOPS_MAX = 8  # As many events in a chain of causes look like a circle.


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A delivery as it is written down."""

    key: str
    event: Happened
    text: str


def apply(tx: Tx, span: Span) -> None:
    """With no webhook this is one look at the definitions."""
    live = {one.key: one.body for one in definitions.all_live(tx, WEBHOOK)}
    if live:
        open_ones = {key: body for key, body in live.items() if key not in _shut(tx)}
        write_down(tx, open_ones, after=span.after, to=span.to)


def _shut(tx: Tx) -> set[str]:
    return set(values(tx, ENDPOINTS.shut))


def write_down(
    tx: Tx, live: Mapping[str, WebhookBody], *, after: int, to: int, asked_at: datetime | None = None
) -> int:
    """Write down what happened at (after, to]; with `asked_at`, what stood there already is sent again."""
    patterns = {pattern for body in live.values() for pattern in body.events}
    found = rows(
        tx,
        DELIVERIES.wanted,
        Happened,
        after=after,
        to=to,
        hops_max=HOPS_MAX,
        always=list(ALWAYS),
        names=[one for one in patterns if not one.endswith(EVERYTHING)],
        beginnings=[_like(one) for one in patterns if one.endswith(EVERYTHING)],
    )
    personal = customers.personal_traits(tx) if found else frozenset()
    lines = [
        Line(key=key, event=event, text=text_of(event, body, personal))
        for event in found
        for key, body in live.items()
        if fits(body, event=event.name, source=event.source)
    ]
    return _put(tx, lines, asked_at) if lines else 0


def _like(pattern: str) -> str:
    beginning = pattern.removesuffix(EVERYTHING)
    for sign in "\\%_":
        beginning = beginning.replace(sign, f"\\{sign}")
    return f"{beginning}%"


def _put(tx: Tx, lines: list[Line], asked_at: datetime | None) -> int:
    return run(
        tx,
        DELIVERIES.write_down,
        webhook_keys=[line.key for line in lines],
        message_ids=[message_id_of(line.event) for line in lines],
        positions=[line.event.position for line in lines],
        customer_ids=[line.event.customer_id for line in lines],
        events=[line.event.name for line in lines],
        occurred_ats=[line.event.occurred_at for line in lines],
        bodies=[line.text for line in lines],
        asked_at=asked_at,
    )


# After the customers, so that whose an event is, and what they told, stands there.
READER = Reader(name="webhooks", apply=apply, after=("customers",), from_head=True)
