"""Writing what a person's row shows: the traits over all atoms, the columns derived, the search terms."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from regulars.customers.derived import displayed, terms
from regulars.customers.identity import Rules
from regulars.db import Query, Statements, Tx, copy_rows, rows, run
from regulars.log import Span


class Sql(Statements, file="deriving.sql"):
    stale_in: Query
    stale_of: Query
    derive: Query
    clear: Query
    forget_terms: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """A person whose row is to be written anew, with what it derives from."""

    customer_id: int
    traits: dict[str, Any]
    identifiers: list[str]


def derive_in(tx: Tx, span: Span, rules: Rules) -> None:
    """Write anew the persons that a range of the log tells something of."""
    found = rows(tx, SQL.stale_in, Stale, after=span.after, to=span.to, contacts=rules.contacts)
    derive(tx, found, rules)


def derive_of(tx: Tx, atoms: Iterable[int], rules: Rules) -> None:
    """Write anew the persons that some atoms belong to, and empty the rows of atoms that are no person."""
    asked = list(atoms)
    run(tx, SQL.clear, atoms=asked)
    run(tx, SQL.forget_terms, ids=asked)
    derive(tx, rows(tx, SQL.stale_of, Stale, atoms=asked, contacts=rules.contacts), rules)


def derive(tx: Tx, stale: list[Stale], rules: Rules) -> None:
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
        for term in terms(s, customer.identifiers, rules.region)
    )
    copy_rows(tx, "customers.search_term", ("customer_id", "term"), found)
