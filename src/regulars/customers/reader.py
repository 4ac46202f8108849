"""Keeping profiles: the sequencer's hook that knows each event's customer, and the reader of traits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from regulars.customers.derived import displayed, terms
from regulars.customers.holding import take_turn
from regulars.customers.moving import Follow
from regulars.customers.statements import SQL
from regulars.customers.traits import keep_traits
from regulars.db import Tx, copy_rows, rows, run
from regulars.log import Reader, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    customer_id: int
    traits: dict[str, Any]
    identifiers: list[str]


def resolve(tx: Tx) -> None:
    """Give each event of the sequencer's batch its customer, making those nobody has seen.

    Only the one sequencer calls this, so nobody else can register the same identifier meanwhile.
    """
    run(tx, SQL.register_unseen)
    run(tx, SQL.assign)


def reader(follow: Sequence[Follow] = ()) -> Reader:
    """The reader of profiles; `follow` carries what other rooms keep by person along, in this order."""
    return Reader(name="customers", apply=lambda tx, span: apply(tx, span, follow))


def apply(tx: Tx, span: Span, follow: Sequence[Follow]) -> None:
    """Keep traits, first and last seen and search terms up with a range of the log."""
    take_turn(tx)
    keep_traits(tx, span)
    run(tx, SQL.see, after=span.after, to=span.to)
    derive(tx, rows(tx, SQL.stale, Stale, after=span.after, to=span.to))


def derive(tx: Tx, stale: list[Stale]) -> None:
    """Write the displayed columns and the search terms of these customers anew."""
    if not stale:
        return
    shown = [displayed(customer.traits) for customer in stale]
    ids = [customer.customer_id for customer in stale]
    run(
        tx,
        SQL.derive,
        ids=ids,
        traits=[Jsonb(customer.traits) for customer in stale],
        names=[s.name for s in shown],
        names_folded=[s.name_folded for s in shown],
        emails=[s.email for s in shown],
        emails_folded=[s.email_folded for s in shown],
        phones=[s.phone for s in shown],
    )
    run(tx, SQL.forget_terms, ids=ids)
    found = (
        (customer.customer_id, term)
        for customer, s in zip(stale, shown, strict=True)
        for term in terms(s, customer.identifiers)
    )
    copy_rows(tx, "customers.search_term", ("customer_id", "term"), found)
