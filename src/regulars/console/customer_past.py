"""Everything that happened to a customer, narrowed by kind, source and time, as the address says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from regulars import analytics, campaigns, customers, definitions, insights, loyalty
from regulars.console.customer_lake import SHOWN, Narrowed, with_lake
from regulars.console.happening import Happening, Known
from regulars.console.happenings import KINDS, happenings
from regulars.console.landmarks import Landmarks, why_masked
from regulars.console.parts import Tab
from regulars.console.visit import Visit
from regulars.customers import Customer
from regulars.db import Tx
from regulars.kernel import day_bounds, public_id
from regulars.log import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAsked:
    """What the timeline is narrowed to, as it stands in the address."""

    kind: str = ""
    source: str = ""
    since: str = ""  # A day.
    until: str = ""  # A day, itself included.
    lake: str = ""  # "yes": what left PostgreSQL, too.

    def href(self, path: str, **more: str) -> str:
        told = {
            "kind": self.kind,
            "source": self.source,
            "since": self.since,
            "until": self.until,
            "lake": self.lake,
            **more,
        }
        kept = {name: value for name, value in told.items() if value}
        return f"{path}?{urlencode(kept)}" if kept else path

    @property
    def narrowed(self) -> bool:
        return any((self.kind, self.source, self.since, self.until))


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    title: str
    happenings: tuple[Happening, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    href: str  # Of the customer's page.
    asked: PastAsked
    kinds: tuple[Tab, ...]
    sources: tuple[tuple[str, str], ...]
    months: tuple[Month, ...]
    earlier_href: str
    latest_href: str  # Where this is not the latest page.
    lake_href: str  # Where some of the past stands in the lake only, and is not shown.


def past_of(
    tx: Tx, visit: Visit, customer: Customer, asked: PastAsked, cursor: str, marks: Landmarks
) -> Past:
    href = f"/customers/{customer.id}"
    since, until = _bounds(asked, visit.app.zone)
    narrowed = Narrowed(
        names=KINDS[asked.kind][1],
        sources=[asked.source] if asked.source else None,
        since=since,
        until=until,
    )
    found = customers.timeline(
        tx,
        customer.customer_id,
        cursor or None,
        narrowed.names,
        SHOWN,
        sources=narrowed.sources,
        since=since,
        until=until,
    )
    whole_from = analytics.whole_from(tx)
    if asked.lake and whole_from > 1:
        found = with_lake(tx, visit.app.lake, customer.customer_id, cursor, narrowed, found, below=whole_from)
    seen, personal = not why_masked(visit.actor), customers.personal_traits(tx)
    shown = [customers.masked_event(one, may_see_contacts=seen, personal=personal) for one in found.items]
    told = happenings(shown, _known(tx, customer, shown, marks, href, visit.app.zone))
    zone = ZoneInfo(visit.frame.face.zone if visit.frame.face else visit.app.zone)
    months = groupby(told, key=lambda entry: f"{entry.at.astimezone(zone):%B %Y}")
    sources = customers.sources_of(tx, customer.customer_id)
    return Past(
        href=href,
        asked=asked,
        kinds=tuple(
            Tab(title=title, href=asked.href(href, kind=key), active=key == asked.kind)
            for key, (title, _) in KINDS.items()
        ),
        sources=(("", "Any source"), *((source, source) for source in sources)),
        months=tuple(Month(title=title, happenings=tuple(group)) for title, group in months),
        earlier_href=asked.href(href, cursor=found.next) if found.next else "",
        latest_href=asked.href(href) if cursor else "",
        lake_href=asked.href(href, lake="yes") if whole_from > 1 and not asked.lake else "",
    )


def _bounds(asked: PastAsked, zone: str) -> tuple[datetime | None, datetime | None]:
    """The days of the address as instants; what is no day does not narrow."""
    since, until = _day(asked.since), _day(asked.until)
    return (
        day_bounds(since, zone)[0] if since else None,
        day_bounds(until, zone)[1] if until else None,
    )


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1900 <= found.year < 2300 else None  # noqa: PLR2004 - beyond them zones lose their meaning


def _known(
    tx: Tx, customer: Customer, events: Sequence[Event], marks: Landmarks, href: str, zone: str
) -> Known:
    names = {event.name for event in events}
    keys = [str(e.properties.get("order_id")) for e in events if e.name.startswith("Order ")]
    lots = (
        loyalty.lots(tx, customer.customer_id, programme=marks.programme)
        if marks.programme and "regulars.loyalty.points_earned" in names
        else []
    )
    titled = any(name.startswith("regulars.messaging.") for name in names)
    ids = insights.order_ids(tx, customer.customer_id, keys) if keys else {}
    return Known(
        href=href,
        zone=zone,
        orders={key: public_id("ord", order_id) for key, order_id in ids.items()},
        lots={lot.transfer_id: lot for lot in lots},
        tiers=marks.tiers,
        campaigns={c.key: c.title for c in definitions.all_live(tx, campaigns.CAMPAIGN)} if titled else {},
    )
