"""Events as they arrive, and what is refused, within two seconds."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from starlette.responses import Response

from regulars import access, customers, definitions, events, log
from regulars.console.console import pages
from regulars.console.data import places
from regulars.console.data.shielding import PayloadLine, shown
from regulars.console.parts import Column, Tab
from regulars.console.rendering import render
from regulars.console.visit import Visit, Visiting, page
from regulars.db import Tx
from regulars.events import Arrived
from regulars.kernel import parse_public_id, public_id

router = pages()
EVERY_S = 1.0
ROWS = 30
REFUSED_ROWS = 8  # A sender that is all wrong must not hide the others.
REFUSED_WITHIN = timedelta(hours=1)
COLUMNS = (
    Column(title="Came in"),
    Column(title="What"),
    Column(title="Who"),
    Column(title="Source"),
    Column(title="State"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRow:
    at: datetime
    clock: str  # To the second, in the reader's zone.
    href: str
    title: str
    note: str
    who: str
    who_href: str
    source: str
    refused: bool
    history: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePage:
    tabs: tuple[Tab, ...]
    columns: tuple[Column, ...]
    rows: tuple[LiveRow, ...]
    source: str
    name: str
    sources: tuple[tuple[str, str], ...]
    paused: bool
    stream_href: str
    pause_href: str
    go_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPage:
    event: Arrived
    title: str
    customer: str
    lines: tuple[PayloadLine, ...]
    masked: bool
    why_masked: str


@router.get("/data/live")
def live(visit: Visiting, source: str = "", name: str = "", pause: str = "") -> Response:
    access.require(visit.actor, "sources.view")
    return page(visit, "data/live.html", _value(visit, source, name, paused=bool(pause)))


@router.get("/data/live/stream")
def stream(visit: Visiting, source: str = "", name: str = "") -> Response:
    """The newest rows, again whenever something arrived."""
    access.require(visit.actor, "sources.view")

    def look() -> str:
        value = _value(visit, source, name, paused=False)
        return render("data/live.html", frame=visit.frame, page=value, block="arriving")

    return visit.console.streams.respond(look, every_s=EVERY_S)


@router.get("/data/events/{event_id}")
def event(visit: Visiting, event_id: str) -> Response:
    access.require(visit.actor, "sources.view")
    decision = access.allows(visit.actor, "customers.view_contacts")
    with visit.app.database.transaction() as tx:
        found = events.event_at(tx, parse_public_id("evt", event_id))
    payload = shown(customers.laid_out(_message(found)), path="", sees_contacts=decision.outcome == "yes")
    value = EventPage(
        event=found,
        title=_title(found),
        customer="" if found.customer_id is None else public_id("cus", found.customer_id),
        lines=payload.lines,
        masked=payload.masked,
        why_masked=decision.reason,
    )
    return page(visit, "data/event.html", value)


def _message(found: Arrived) -> dict[str, object]:
    """The event as it came, more or less: in the words of the specification."""
    told: dict[str, object] = {"type": found.type}
    if found.type == "track":
        told["event"] = found.name
    told |= {"userId": found.user_id, "anonymousId": found.anonymous_id, "messageId": found.message_id}
    told["timestamp"] = found.occurred_at.isoformat()
    told["traits" if found.type in ("identify", "group") else "properties"] = found.properties
    told["context"] = found.context
    return {name: one for name, one in told.items() if one is not None}


def _value(visit: Visit, source: str, name: str, *, paused: bool) -> LivePage:
    asked = {key: text for key, text in (("source", source), ("name", name)) if text}
    sees = access.allows(visit.actor, "customers.view_contacts").outcome == "yes"
    with visit.app.database.transaction() as tx:
        rows = _rows(tx, visit, source, name, sees_contacts=sees)
        known = sorted({one.source for one in events.source_totals(tx, visit.app.now(tx))} | _declared(tx))
    chosen = known if not source or source in known else [*known, source]
    return LivePage(
        tabs=places.tabs("/data/live"),
        columns=COLUMNS,
        rows=rows,
        source=source,
        name=name,
        sources=(("", "Every source"), *((one, one) for one in chosen)),
        paused=paused,
        stream_href=f"/data/live/stream?{urlencode(asked)}",
        pause_href=f"/data/live?{urlencode(asked | {'pause': 'yes'})}",
        go_href=f"/data/live?{urlencode(asked)}",
    )


def _declared(tx: Tx) -> set[str]:
    return {head.key for head in definitions.heads(tx, kind="source", limit=200).items}


def _rows(tx: Tx, visit: Visit, source: str, name: str, *, sees_contacts: bool) -> tuple[LiveRow, ...]:
    arrived = events.latest(tx, source=source or None, name=name.strip() or None, limit=ROWS)
    since = visit.app.wall.now() - REFUSED_WITHIN
    chosen = log.RejectFilter(state="open", source=source or None, since=since)
    refused = [] if name.strip() else log.rejects(tx, chosen, limit=REFUSED_ROWS)
    rows = [_arrived(one, visit, sees_contacts=sees_contacts) for one in arrived]
    rows += [_refused(one, visit) for one in refused]
    return tuple(sorted(rows, key=lambda row: row.at, reverse=True)[:ROWS])


def _arrived(one: Arrived, visit: Visit, *, sees_contacts: bool) -> LiveRow:
    who = one.user_id or one.anonymous_id or ""
    return LiveRow(
        at=one.received_at,
        clock=_clock(one.received_at, visit),
        href=f"/data/events/{one.public_id}",
        title=_title(one),
        note=", ".join(list(one.properties)[:6]),
        who=who if sees_contacts else customers.conceal_text(who),
        who_href="" if one.customer_id is None else f"/customers/{public_id('cus', one.customer_id)}",
        source=one.source,
        refused=False,
        history=one.history,
    )


def _refused(one: log.Reject, visit: Visit) -> LiveRow:
    return LiveRow(
        at=one.last_at,
        clock=_clock(one.last_at, visit),
        href=f"/data/rejects/{public_id('rej', one.reject_id)}",
        title=one.reason,
        note=f"{one.code}{' at ' + one.path if one.path else ''}",
        who="",
        who_href="",
        source=one.source,
        refused=True,
        history=False,
    )


def _title(one: Arrived) -> str:
    told = one.properties.get("name") if one.type in ("page", "screen") else None
    return f"{one.name.capitalize()} “{told}”" if isinstance(told, str) and told else one.name


def _clock(at: datetime, visit: Visit) -> str:
    return f"{at.astimezone(visit.zone):%H:%M:%S}"
