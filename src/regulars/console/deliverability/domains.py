"""Sending domains: what stands behind each channel, and whether it is right."""

from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from regulars import access, deliverability, messaging
from regulars.console.console import pages
from regulars.console.deliverability.places import STATES, tabs
from regulars.console.parts import Column, Tab, Tone
from regulars.console.visit import Visiting, page
from regulars.db import Tx
from regulars.deliverability import SendingDomain, Standing

router = pages()
COLUMNS = (
    Column(title="Channel"),
    Column(title="Domain"),
    Column(title="What stands there"),
    Column(title="Asked"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    key: str
    title: str
    domain: str
    badges: tuple[tuple[str, Tone], ...]  # As in "2 wrong".
    checked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRow:
    """What stands still because too much came back."""

    title: str
    reason: str
    at: datetime
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainList:
    tabs: tuple[Tab, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    stops: tuple[StopRow, ...]
    fallen: tuple[Standing, ...]


@router.get("/deliverability")
def domain_list(visit: Visiting) -> Response:
    access.require(visit.actor, "definitions.view")
    with visit.app.database.transaction() as tx:
        found = deliverability.sending_domains(tx)
        stands = deliverability.standings(tx)
        value = DomainList(
            tabs=tabs("/deliverability"),
            columns=COLUMNS,
            rows=tuple(_row(one, [s for s in stands if s.channel_key == one.channel]) for one in found),
            stops=tuple(_stops(tx)),
            fallen=tuple(deliverability.fallen(tx)),
        )
    return page(visit, "deliverability/list.html", value)


def _row(one: SendingDomain, stands: list[Standing]) -> Row:
    return Row(
        key=one.channel,
        title=one.title,
        domain=one.domain,
        badges=tuple(badges(stands)),
        checked_at=max((stand.checked_at for stand in stands), default=None),
    )


def badges(stands: list[Standing]) -> list[tuple[str, Tone]]:
    """How many are in each state, the worst first."""
    found = []
    for state in ("wrong", "missing", "unasked", "ok"):
        count = sum(stand.state == state for stand in stands)
        word, tone = STATES[state]
        if count:
            found.append((f"{count} {word.lower()}", tone))
    return found


def _stops(tx: Tx) -> list[StopRow]:
    found = []
    for stop in deliverability.open_stops(tx):
        source = messaging.source_of_id(tx, stop.source_id)
        if source is not None:
            title = f"{source.kind} {source.key}, version {source.version}"
            href = f"/campaigns/{source.key}" if source.kind == "campaign" else ""
            found.append(StopRow(title=title, reason=stop.reason, at=stop.at, href=href))
    return found
