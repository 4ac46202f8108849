"""A person's identities: the records they are made of, what those were seen with, and splitting them."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

from fastapi import Form, Query
from starlette.responses import RedirectResponse, Response

from regulars import access, customers
from regulars.console.console import pages
from regulars.console.formats import count_of, day
from regulars.console.landmarks import why_masked
from regulars.console.parts import Chip
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.customers import Customer, Deciding, IdentityDeed, SplitPreview, Suggestion
from regulars.db import Tx
from regulars.kernel import Finding, Invalid, parse_public_id, public_id
from regulars.wiring import FOLLOW

router = pages()
PREFIX, DEED = "cus", "ded"
ACTION = "customers.merge"
DEEDS = {
    "merge": "Merged by hand",
    "split": "Split by hand",
    "decline": "Said to be two people",
    "undo": "Undone",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An identifier that a record was seen with."""

    title: str
    value: str
    words: str  # Where and when, and who else.
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    id: str
    title: str  # The kind of its own identifier.
    value: str
    leads: bool
    words: str
    seen: tuple[Seen, ...]
    ticked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeedRow:
    title: str
    words: str
    reason: str
    at: datetime
    undo_href: str  # Empty when it cannot be undone.


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionRow:
    """Two people, and what they share."""

    one: Chip
    other: Chip
    shared: tuple[Seen, ...]
    merge_href: str
    one_id: str
    other_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentitiesPage:
    customer: Customer
    here: str
    text: str
    records: tuple[RecordRow, ...]
    deeds: tuple[DeedRow, ...]
    suggestions: tuple[SuggestionRow, ...]
    problems: tuple[Seen, ...]
    why_masked: str
    may: access.Decision
    preview: SplitPreview | None
    findings: tuple[Finding, ...]
    reason: str


@router.get("/customers/{public}/identities")
def identities(
    visit: Visiting, public: str, leaving: Annotated[list[str] | None, Query()] = None
) -> Response:
    """The records and, with some of them chosen, what would happen if they left; nothing changes."""
    access.require(visit.actor, "customers.view")
    with visit.app.database.transaction() as tx:
        customer = customers.get(tx, parse_public_id(PREFIX, public))
        if customer.id != public:
            return RedirectResponse(f"/customers/{customer.id}/identities", status_code=303)
        value = identities_page(tx, visit, customer, tuple(leaving or ()))
    return page(visit, "customers/identity.html", value)


@router.post("/customers/{public}/identities/split")
def split(
    visit: Visiting,
    public: str,
    leaving: Annotated[list[str] | None, Form()] = None,
    reason: Annotated[str, Form()] = "",
) -> Response:
    chosen = tuple(leaving or ())
    try:
        with visit.app.database.transaction() as tx:
            person = parse_public_id(PREFIX, public)
            atoms = [parse_public_id(PREFIX, one) for one in chosen]
            customers.split(tx, deciding(tx, visit, reason), person, atoms)
            gone = public_id(PREFIX, customers.persons_of(tx, atoms[:1])[0])
    except Invalid as wrong:
        with visit.app.database.transaction() as tx:
            customer = customers.get(tx, parse_public_id(PREFIX, public))
            value = identities_page(tx, visit, customer, chosen, findings=wrong.findings, reason=reason)
        return page(visit, "customers/identity.html", value, status=422)
    said = f"{count_of(len(chosen), 'record')} left and are now a person of their own."
    return redirect(visit, f"/customers/{gone}/identities", said, "It can be undone here.")


@router.post("/customers/deeds/{deed}/undo")
def undo(visit: Visiting, deed: str, back: Annotated[str, Form()] = "") -> Response:
    with visit.app.database.transaction() as tx:
        deed_id = parse_public_id(DEED, deed)
        customers.undo(tx, deciding(tx, visit, ""), deed_id)
        atoms = customers.atoms_of_deed(tx, deed_id)
        first = public_id(PREFIX, customers.persons_of(tx, atoms[:1])[0])
    to = f"/customers/{public_id(PREFIX, parse_public_id(PREFIX, back))}" if back else f"/customers/{first}"
    return redirect(visit, f"{to}/identities", "Undone: what held before holds again.")


def deciding(tx: Tx, visit: Visit, reason: str) -> Deciding:
    at = visit.app.now(tx)
    return Deciding(actor=visit.actor, at=at, follow=FOLLOW, reason=reason.strip() or None)


def identities_page(
    tx: Tx,
    visit: Visit,
    customer: Customer,
    leaving: tuple[str, ...],
    *,
    findings: tuple[Finding, ...] = (),
    reason: str = "",
) -> IdentitiesPage:
    gone = {parse_public_id(PREFIX, one) for one in leaving}
    rows = record_rows(tx, visit, customer, gone)
    shown = customers.suggestions(tx, person=customer.customer_id, limit=10).items
    known = [row for row in rows if row.ticked]
    return IdentitiesPage(
        customer=customer,
        here=f"/customers/{customer.id}",
        text=_text(rows),
        records=rows,
        deeds=tuple(deed_row(visit, one) for one in customers.deeds_of(tx, customer.customer_id)),
        suggestions=suggestion_rows(tx, visit, shown),
        problems=_problems(tx, visit, customer),
        why_masked=why_masked(visit.actor),
        may=access.allows(visit.actor, ACTION),
        preview=customers.preview_split(tx, customer.customer_id, gone) if known else None,
        findings=findings,
        reason=reason,
    )


def record_rows(tx: Tx, visit: Visit, customer: Customer, gone: set[int]) -> tuple[RecordRow, ...]:
    titles, hidden = customers.kind_titles(tx), hidden_kinds(tx, visit)
    sightings = customers.sightings(tx, customer.customer_id)
    return tuple(
        RecordRow(
            id=public_id(PREFIX, one.customer_id),
            title=titles.get(one.kind, one.kind),
            value=one.value,
            leads=one.leads,
            words=_record_words(one),
            seen=tuple(
                Seen(
                    title=titles.get(s.kind, s.kind),
                    value=masked_value(hidden, s.kind, s.value),
                    words=_seen_words(s),
                    verified=s.verified,
                )
                for s in sightings
                if s.atom_id == one.customer_id
            ),
            ticked=one.customer_id in gone,
        )
        for one in customers.records(tx, customer.customer_id)
    )


def _record_words(one: customers.Record) -> str:
    seen = f"first seen {day(one.first_seen_at)}, last {day(one.last_seen_at)}"
    if one.came_at is None or one.leads:
        return seen
    return f"{seen}; joined by {one.came_by or 'a rule'} on {day(one.came_at)}"


def _seen_words(one: customers.Sighting) -> str:
    words = f"first from {one.source} on {day(one.first_at)}"
    if one.others:
        words += f", also by {count_of(one.others, 'other person', 'other people')}"
    return words


def _text(rows: tuple[RecordRow, ...]) -> str:
    if len(rows) == 1:
        return "One record: nobody was merged into this person."
    return f"{count_of(len(rows), 'record')} make this person; what happened under any of them is theirs."


def deed_row(visit: Visit, one: IdentityDeed) -> DeedRow:
    undoable = one.can_be_undone and access.allows(visit.actor, ACTION).outcome == "yes"
    return DeedRow(
        title=DEEDS[one.deed],
        words=f"by {one.actor_name}" + (", undone since" if one.undone else ""),
        reason=one.reason or "",
        at=one.made_at,
        undo_href=f"/customers/deeds/{one.id}/undo" if undoable else "",
    )


def suggestion_rows(tx: Tx, visit: Visit, found: tuple[Suggestion, ...]) -> tuple[SuggestionRow, ...]:
    """One row for two people, with everything on the page that they share."""
    titles, hidden = customers.kind_titles(tx), hidden_kinds(tx, visit)
    people = customers.by_ids(tx, [n for one in found for n in (one.one_id, one.other_id)])
    shared: dict[tuple[int, int], list[Seen]] = {}
    for one in found:
        seen = Seen(
            title=f"The same {titles.get(one.kind, one.kind).lower()}",
            value=masked_value(hidden, one.kind, one.value),
            words="",
            verified=one.verified,
        )
        shared.setdefault((one.one_id, one.other_id), []).append(seen)
    return tuple(
        SuggestionRow(
            one=chip_of(people[one_id]),
            other=chip_of(people[other_id]),
            shared=tuple(every),
            merge_href=f"/customers/merge?one={people[one_id].id}&other={people[other_id].id}",
            one_id=people[one_id].id,
            other_id=people[other_id].id,
        )
        for (one_id, other_id), every in shared.items()
    )


def _problems(tx: Tx, visit: Visit, customer: Customer) -> tuple[Seen, ...]:
    titles, hidden = customers.kind_titles(tx), hidden_kinds(tx, visit)
    return tuple(
        Seen(
            title=titles.get(one.kind, one.kind),
            value=masked_value(hidden, one.kind, one.written),
            words=f"{one.reason}; from {one.source} on {day(one.first_at)}",
            verified=False,
        )
        for one in customers.problems(tx, person=customer.customer_id, limit=10)
    )


def chip_of(customer: Customer) -> Chip:
    note = customer.user_id if customer.user_id and customer.name else ""
    return Chip(href=f"/customers/{customer.id}", name=customer.title, note=note or "")


def hidden_kinds(tx: Tx, visit: Visit) -> frozenset[str]:
    return customers.contact_kinds(tx) if why_masked(visit.actor) else frozenset()


def masked_value(hidden: frozenset[str], kind: str, value: str) -> str:
    return customers.masked_text(value) or "" if kind in hidden else value


def without_contacts(tx: Tx, visit: Visit, customer: Customer) -> Customer:
    """As the visitor may see them."""
    if not why_masked(visit.actor):
        return replace(customer)
    return customers.masked(customer, may_see_contacts=False, personal=customers.personal_traits(tx))
