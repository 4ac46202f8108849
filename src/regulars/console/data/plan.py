"""The tracking plan beside what really arrives: volume, types, contradictions, and adding what is new."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import Form
from starlette.responses import Response

from regulars import access, customers, definitions, events
from regulars.console.console import pages
from regulars.console.data import places
from regulars.console.formats import brief
from regulars.console.parts import Column, Figure, Tab
from regulars.console.visit import Visiting, page, redirect
from regulars.db import Tx
from regulars.events import TRACKED_EVENT, Contradiction, Discovered, Plan, TrackedEvent
from regulars.kernel import NotFound

router = pages()
COLUMNS = (
    Column(title="Event"),
    Column(title="Plan"),
    Column(title="Arrived", numeric=True),
    Column(title="Properties", numeric=True),
    Column(title="Last seen"),
    Column(title="Contradictions", numeric=True),
)
PROPERTY_COLUMNS = (
    Column(title="Property"),
    Column(title="Planned"),
    Column(title="Came as"),
    Column(title="Events", numeric=True),
    Column(title="Last example"),
    Column(title="Seen"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    href: str
    name: str
    planned: bool
    sources: tuple[str, ...]
    volume: int
    properties: int
    planned_properties: int
    last_at: datetime | None
    contradictions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPage:
    tabs: tuple[Tab, ...]
    columns: tuple[Column, ...]
    rows: tuple[PlanRow, ...]
    q: str
    show: str
    shows: tuple[tuple[str, str], ...] = (
        ("", "All events"),
        ("planned", "Planned"),
        ("unplanned", "Not planned"),
        ("wrong", "With contradictions"),
    )
    any: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyRow:
    name: str
    planned: str
    required: bool
    types: tuple[tuple[str, int], ...]
    volume: int
    share: float
    example: str
    first_at: datetime | None
    last_at: datetime | None
    wrong: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedEvent:
    name: str
    tabs: tuple[Tab, ...]
    definition_href: str
    sentence: str
    view: str
    sources: tuple[str, ...]
    figures: tuple[Figure, ...]
    columns: tuple[Column, ...]
    rows: tuple[PropertyRow, ...]
    wrong: str
    unplanned: int  # Properties that arrive and are not planned.
    may_draft: bool
    why_not: str
    why_masked: str


@router.get("/data/plan")
def plan(visit: Visiting, q: str = "", show: str = "") -> Response:
    access.require(visit.actor, "sources.view")
    with visit.app.database.transaction() as tx:
        planned = events.plan(tx)
        found = events.discovered(tx)
    rows = _rows(planned, found, events.contradictions(found, planned))
    fitting = tuple(row for row in rows if _fits(row, q.strip().casefold(), show))
    value = PlanPage(
        tabs=places.tabs("/data/plan"), columns=COLUMNS, rows=fitting, q=q, show=show, any=bool(rows)
    )
    return page(visit, "data/plan.html", value)


def _fits(row: PlanRow, asked: str, show: str) -> bool:
    kept = {"planned": row.planned, "unplanned": not row.planned, "wrong": row.contradictions > 0}
    return asked in row.name.casefold() and kept.get(show, True)


def _rows(planned: Plan, found: Iterable[Discovered], wrong: Iterable[Contradiction]) -> tuple[PlanRow, ...]:
    seen: dict[str, list[Discovered]] = defaultdict(list)
    for one in found:
        seen[one.name].append(one)
    contradicted: dict[str, int] = defaultdict(int)
    for said in wrong:
        contradicted[said.name] += 1
    rows = [
        PlanRow(
            href=f"/data/plan/event?name={quote(name)}",
            name=name,
            planned=name in planned.events,
            sources=tuple(sorted({one.source for one in seen[name]})),
            volume=sum(one.volume for one in seen[name] if not one.property),
            properties=len({one.property for one in seen[name] if one.property}),
            planned_properties=len(planned.events[name].properties) if name in planned.events else 0,
            last_at=max((one.last_seen for one in seen[name]), default=None),
            contradictions=contradicted[name],
        )
        for name in seen.keys() | planned.events.keys()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.volume, row.name)))


@router.get("/data/plan/event")
def event(visit: Visiting, name: str = "") -> Response:
    access.require(visit.actor, "sources.view")
    contacts = access.allows(visit.actor, "customers.view_contacts")
    drafting = access.allows(visit.actor, "definitions.draft", kind="tracked-event")
    with visit.app.database.transaction() as tx:
        live = _definition(tx, name)
        found = events.discovered(tx, name=name)
        examples = events.examples(tx, {one.example for one in found})
    if live is None and not found:
        raise NotFound(f"No event called {name[:80]!r} arrived or is planned.")
    body = live.body if live else None
    wrong = {one.property: one.reason for one in events.contradictions(found, _plan(name, body))}
    sees = contacts.outcome == "yes"
    shown = examples if sees else {place: customers.conceal(one) for place, one in examples.items()}
    rows = _properties(body, found, shown, wrong)
    value = PlannedEvent(
        name=name,
        tabs=places.tabs("/data/plan"),
        definition_href=f"/definitions/tracked-event/{live.key}" if live else "",
        sentence=TRACKED_EVENT.sentence(body) if body else "",
        view=f"events.tracked_{live.key}" if live else "",
        sources=tuple(sorted({one.source for one in found})),
        figures=_figures(found, rows, wrong),
        columns=PROPERTY_COLUMNS,
        rows=rows,
        wrong=wrong.get("", ""),
        unplanned=sum(1 for row in rows if not row.planned),
        may_draft=drafting.outcome == "yes",
        why_not=drafting.reason,
        why_masked="" if sees else contacts.reason,
    )
    return page(visit, "data/planned_event.html", value)


def _plan(name: str, body: TrackedEvent | None) -> Plan:
    return Plan({name: body} if body else {})


def _definition(tx: Tx, name: str) -> definitions.Definition[TrackedEvent] | None:
    return next((one for one in definitions.all_live(tx, TRACKED_EVENT) if one.body.event == name), None)


def _figures(
    found: Sequence[Discovered], rows: Sequence[PropertyRow], wrong: dict[str, str]
) -> tuple[Figure, ...]:
    volume = sum(one.volume for one in found if not one.property)
    return (
        Figure(label="Arrived", value=f"{volume:,}", note="events of this name, ever"),
        Figure(label="Properties", value=f"{len(rows):,}", note="planned or seen, at the top level"),
        Figure(label="Contradictions", value=f"{len(wrong):,}", note="with themselves or the plan"),
    )


def _properties(
    body: TrackedEvent | None,
    found: Sequence[Discovered],
    examples: dict[int, dict[str, object]],
    wrong: dict[str, str],
) -> tuple[PropertyRow, ...]:
    volume = sum(one.volume for one in found if not one.property) or 1
    seen: dict[str, list[Discovered]] = defaultdict(list)
    for one in found:
        if one.property:
            seen[one.property].append(one)
    declared = body.properties if body else {}
    rows = []
    for name in sorted(seen.keys() | declared.keys()):
        total = sum(one.volume for one in seen[name])
        newest = max(seen[name], key=lambda one: one.last_seen, default=None)
        example = examples.get(newest.example, {}).get(name) if newest else None
        rows.append(
            PropertyRow(
                name=name,
                planned=declared[name].type if name in declared else "",
                required=name in declared and declared[name].required,
                types=_types(seen[name]),
                volume=total,
                share=min(1.0, total / volume),
                example="" if newest is None else brief(example, 80),
                first_at=min((one.first_seen for one in seen[name]), default=None),
                last_at=newest.last_seen if newest else None,
                wrong=wrong.get(name, ""),
            )
        )
    return tuple(rows)


def _types(seen: Iterable[Discovered]) -> tuple[tuple[str, int], ...]:
    """From all sources together, the most frequent first."""
    volumes: Counter[str] = Counter()
    for one in seen:
        volumes[events.word_of(one.json_type)] += one.volume
    return tuple(volumes.most_common())


@router.post("/data/plan/add")
def add(visit: Visiting, name: Annotated[str, Form()] = "") -> Response:
    """Draft the plan of an event with what was seen of it; nothing goes live before somebody publishes it."""
    access.require(visit.actor, "definitions.draft", kind="tracked-event")
    with visit.app.database.transaction() as tx:
        found = events.discovered(tx, name=name)
        live = _definition(tx, name)
        if not found:
            raise NotFound(f"No event called {name[:80]!r} arrived.")
        examples = events.examples(tx, {one.example for one in found})
        body = events.proposed(name, found, examples, live.body if live else None)
        key = live.key if live else events.key_for(name)
        drafted = definitions.draft(tx, TRACKED_EVENT, key)
        if drafted is None:
            definitions.save_draft(
                tx,
                visit.actor,
                TRACKED_EVENT,
                key,
                body,
                at=visit.app.now(tx),
                etag=live.etag if live else None,
            )
    edit = f"/definitions/tracked-event/{key}/edit"
    if drafted is not None:
        return redirect(visit, edit, "A draft of it is there already; go on with that.", tone="quiet")
    return redirect(visit, edit, "Drafted from what arrived. Look at the types, then save and publish it.")
