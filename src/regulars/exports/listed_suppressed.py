"""The list of addresses nothing is sent to, as a file."""

from collections.abc import Sequence
from typing import Any

from regulars import messaging
from regulars.customers import masked_text
from regulars.db import Tx
from regulars.exports.listed_columns import CUSTOMER, PERIOD, instants, texts
from regulars.exports.listing import Asked, Column, Filter, Listing, walked
from regulars.kernel import Page

ERASED = "erased"
PAGE = 20_000  # Each looks for whose the addresses are among all customers.


def suppressions(tx: Tx, asked: Asked, cursor: str | None) -> Page[messaging.Suppressed]:
    chosen = messaging.SuppressedFilter(**asked.filter)
    return messaging.suppressed_page(tx, chosen, cursor=cursor, limit=PAGE)


def concealed(text: str | None) -> str | None:
    return text if text == ERASED else masked_text(text)


def suppression_line(one: messaging.Suppressed) -> Sequence[Any]:
    erased = ERASED if one.source == "erasure" else None
    return (
        one.address or erased,
        one.customer_id,
        one.channel,
        one.reason,
        one.source,
        one.suppressed_at,
        one.hash,
    )


SUPPRESSIONS = Listing(
    name="suppressions",
    title="Suppressed addresses",
    text="Addresses nothing is sent to, and why; named where a customer has them, else by their keyed hash.",
    permission="customers.view",
    columns=(
        Column(name="address", type="text", conceal=concealed),
        CUSTOMER,
        *texts("channel", "reason", "source"),
        *instants("suppressed_at"),
        *texts("hash"),
    ),
    rows=walked(suppressions, suppression_line),
    filters=(
        Filter(name="reason", title="Reason"),
        Filter(name="source", title="Where from", choices=messaging.SUPPRESSED_BY),
        Filter(name="channel", title="By"),
        *PERIOD,
    ),
)
