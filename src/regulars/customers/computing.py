"""Computed traits: worked out when published, kept fresh by a reader, and by a timer as windows move on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from psycopg import sql

from regulars import definitions
from regulars.access import Actor
from regulars.customers.consent import EVENT_OF
from regulars.customers.holding import hold, take_turn
from regulars.customers.measure import (
    ComputedTraitBody,
    Facts,
    computed_sentence,
    validate_computed,
)
from regulars.customers.measuring import Measured, compile_measure
from regulars.customers.moving import Moved
from regulars.customers.stance import restricted
from regulars.db import Query, Statements, Tx, rows, run, value, values
from regulars.definitions import Definition, Kind, Lookup, Preview
from regulars.kernel import Finding
from regulars.log import Reader, Span

LOOKED_AT = 1_000  # Customers that a preview works out.
SHOWN = 5
RESUMED = EVENT_OF["processing", True]


class Sql(Statements, file="computing.sql"):
    names_in: Query
    touched: Query
    put: Query
    put_all: Query
    forget: Query
    holders: Query
    latest: Query
    last_seen: Query
    clash: Query


SQL = Sql()
COMPUTED_TRAIT = Kind(
    name="computed-trait",
    title="Computed trait",
    plural="Computed traits",
    body=ComputedTraitBody,
    sentence=computed_sentence,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    customer_id: int
    title: str
    value: Any


def computed_names(tx: Tx) -> set[str]:
    """The names of the live computed traits."""
    return {found.key for found in definitions.all_live(tx, COMPUTED_TRAIT)}


def computed_traits(tx: Tx) -> Mapping[str, Definition[ComputedTraitBody]]:
    """The live definitions by the name of the trait."""
    return {found.key: found for found in definitions.all_live(tx, COMPUTED_TRAIT)}


class Computing:
    """What the composition root registers, given the facts of other rooms that can be measured."""

    def __init__(self, facts: Sequence[Facts] = ()) -> None:
        self._facts = {one.name: one for one in facts}

    @cached_property
    def kind(self) -> Kind[ComputedTraitBody]:
        return replace(
            COMPUTED_TRAIT,
            validate=self._validate,
            preview=self._preview,
            launch=self._launch,
            retire=self._retire,
        )

    @cached_property
    def reader(self) -> Reader:
        return Reader(name="customers.computed", apply=self._apply, after=("customers", *self._facts))

    def _apply(self, tx: Tx, span: Span) -> None:
        """Work out anew for whom the span brought something that is measured."""
        live = definitions.all_live(tx, COMPUTED_TRAIT)
        if not live:
            return
        take_turn(tx)
        hold(tx)
        told = set(values(tx, SQL.names_in, after=span.after, to=span.to))
        facts = {one.name: self._touched(tx, one, span) for one in self._facts.values()}
        for found in live:
            body = found.body
            if body.of != "events":
                ids = facts.get(body.of, [])
            elif body.event in told:
                ids = values(tx, SQL.touched, after=span.after, to=span.to, name=body.event)
            else:
                continue
            self._put(tx, found.key, body, ids, span.booked_at)
        if RESUMED in told:
            back = values(tx, SQL.touched, after=span.after, to=span.to, name=RESUMED)
            for found in live:
                self._put(tx, found.key, found.body, back, span.booked_at)

    def _touched(self, tx: Tx, facts: Facts, span: Span) -> list[int]:
        return sorted(set(values(tx, facts.touched, after=span.after, to=span.to)))

    def refresh(self, tx: Tx, at: datetime) -> int:
        """Let go what has left its window; gives how many values were looked at."""
        take_turn(tx)
        hold(tx)
        looked_at = 0
        for found in definitions.all_live(tx, COMPUTED_TRAIT):
            if found.body.days is not None:
                ids = values(tx, SQL.holders, name=found.key)
                self._put(tx, found.key, found.body, ids, at)
                looked_at += len(ids)
        return looked_at

    def follow(self, tx: Tx, moved: Sequence[Moved]) -> None:
        """Work out anew for persons who were merged or split; after the rooms whose facts are measured."""
        ids = sorted({one.before for one in moved} | {one.after for one in moved})
        live = definitions.all_live(tx, COMPUTED_TRAIT) if ids else []
        at = value(tx, SQL.latest) if live else None
        for found in live:
            if at is not None:
                self._put(tx, found.key, found.body, ids, at)

    def _put(self, tx: Tx, name: str, body: ComputedTraitBody, ids: list[int], at: datetime) -> None:
        """Write it for some; what is kept of those who restricted its use stays as it is."""
        ids = sorted(set(ids) - restricted(tx, ids)) if ids else []
        if ids:
            fresh = self._measured(body, at, ids)
            run(tx, _within(SQL.put, fresh), name=name, ids=ids, **fresh.params)

    def _measured(self, body: ComputedTraitBody, at: datetime, ids: Sequence[int] | None = None) -> Measured:
        return compile_measure(body, self._facts.get(body.of), at, ids)

    def _validate(self, body: ComputedTraitBody, _lookup: Lookup) -> list[Finding]:
        return validate_computed(body, self._facts)

    def _preview(self, tx: Tx, definition: Definition[ComputedTraitBody], at: datetime) -> Preview:
        """What the customers seen last would get."""
        body = definition.body
        ids = values(tx, SQL.last_seen, limit=LOOKED_AT)
        fresh = self._measured(body, at, ids)
        query = sql.SQL(
            "select fresh.customer_id, coalesce(customer.name, customer.user_id, '') as title, fresh.value "
            "from ({}) as fresh inner join customers.fact_customer as customer using (customer_id) "
            "where fresh.value is not null order by customer.last_seen_at desc, customer_id"
        ).format(fresh.query)
        found = rows(tx, query, Found, **fresh.params)
        clashing = value(tx, SQL.clash, name=definition.key)
        hidden = (f"{clashing:,} customers told a trait of this name; it is hidden.",) if clashing else ()
        return Preview(
            headline=f"{computed_sentence(body)}: {len(found):,} of the {len(ids):,} seen last have it.",
            facts=tuple(
                (one.title or f"Customer {one.customer_id}", str(one.value)) for one in found[:SHOWN]
            ),
            warnings=hidden,
        )

    def _launch(self, tx: Tx, definition: Definition[ComputedTraitBody], _actor: Actor, at: datetime) -> str:
        """Work it out for everybody; the reader waits meanwhile, so that nothing falls between the two."""
        take_turn(tx)
        hold(tx)
        fresh = self._measured(definition.body, at)
        run(tx, SQL.forget, name=definition.key)
        found = run(tx, _within(SQL.put_all, fresh), name=definition.key, **fresh.params)
        return f"{definition.title} is live: {found:,} customers have it now."

    def _retire(
        self, tx: Tx, definition: Definition[ComputedTraitBody], _actor: Actor, _at: datetime
    ) -> None:
        take_turn(tx)
        run(tx, SQL.forget, name=definition.key)


def _within(statement: Query, fresh: Measured) -> sql.Composed:
    return statement.format(fresh=fresh.query)
