"""A segment's page: its rule, how large it was, who came and went, who is in it, and what uses it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from starlette.responses import Response

from regulars import access, customers, definitions, insights, segments
from regulars.conditions import sentence
from regulars.console.chart_files import chart_file
from regulars.console.charts import Chart, Mark, trend
from regulars.console.console import pages
from regulars.console.formats import count_of, number, percent
from regulars.console.landmarks import Landmarks, Place, chip, landmarks, place
from regulars.console.parts import Chip, Column, Figure, Tab, Tone
from regulars.console.segments.overview import SINCE, since_of
from regulars.console.segments.stages import weekly
from regulars.console.visit import Visit, Visiting, page
from regulars.db import Tx
from regulars.kernel import Money, NotFound
from regulars.segments import SEGMENT, SEGMENTATION, Size

router = pages()
View = Literal["members", "changes", "uses"]
COLUMNS = (
    Column(title="Customer"),
    Column(title="In it since", numeric=True),
    Column(title="Tier"),
    Column(title="Points", numeric=True),
    Column(title="Spent, all time", numeric=True),
    Column(title="Last order", numeric=True),
    Column(title="Why", hidden_title=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    chip: Chip
    since: datetime
    place: Place
    spent: Money | None
    last_at: datetime | None
    why_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedRow:
    chip: Chip
    at: datetime
    came: bool
    why_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentPage:
    key: str
    title: str
    state: str
    tone: Tone
    text: str
    rule: str
    rule_note: str
    edit_href: str
    figures: tuple[Figure, ...]
    chart: Chart
    tabs: tuple[Tab, ...]
    view: View
    columns: tuple[Column, ...]
    members: tuple[MemberRow, ...]
    next_href: str
    first_href: str
    passed: tuple[PassedRow, ...]
    since: int
    choices: tuple[tuple[int, str], ...]
    users: tuple[definitions.User, ...]


@router.get("/segments/{key}")
def segment(
    visit: Visiting, key: str, view: str = "members", since: int = SINCE[0], cursor: str = ""
) -> Response:
    access.require(visit.actor, "definitions.view")
    access.require(visit.actor, "customers.view")
    days = since if since in SINCE else SINCE[0]
    chosen: View = "changes" if view == "changes" else "uses" if view == "uses" else "members"
    with visit.app.database.transaction() as tx:
        value = shown(tx, visit, key, chosen, days, cursor)
    return page(visit, "segments/segment.html", value)


@router.get("/segments/{key}/chart")
def chart(visit: Visiting, key: str, format: str = "csv") -> Response:  # noqa: A002 - its name in the address
    access.require(visit.actor, "definitions.view")
    with visit.app.database.transaction() as tx:
        made = size_chart(tx, size_of(tx, key), visit.app.zone)
    return chart_file(made, format)


def size_of(tx: Tx, key: str) -> Size:
    found = next((size for size in segments.sizes(tx) if size.key == key), None)
    if found is None:
        raise NotFound(f"There is no live segment {key[:80]!r}. A draft is counted when it is published.")
    return found


def shown(tx: Tx, visit: Visit, key: str, view: View, days: int, cursor: str) -> SegmentPage:
    at, zone = visit.app.now(tx), visit.app.zone
    size = size_of(tx, key)
    marks = landmarks(tx)
    start = since_of(at, days, zone)
    change = insights.totals_since(tx, start).get(key)
    came, went = (change.came, change.went) if change else (0, 0)
    rule, note = _rule(tx, size)
    users = tuple(definitions.used_by(tx, "segment", key))
    everybody = customers.count(tx)
    found = segments.members(tx, key, cursor or None) if view == "members" else None
    href = f"/segments/{key}"
    return SegmentPage(
        key=key,
        title=size.title,
        state="Live",
        tone="good",
        text=_text(tx, size),
        rule=rule,
        rule_note=note,
        edit_href=f"/definitions/segmentation/{size.approach}"
        if size.approach
        else f"/definitions/segment/{key}",
        figures=_figures(size, everybody=everybody, came=came, went=went, days=days),
        chart=size_chart(tx, size, zone),
        tabs=(
            Tab(title="Who is in it", href=href, active=view == "members", count=size.members),
            Tab(
                title="Who came and went", href=f"{href}?view=changes&since={days}", active=view == "changes"
            ),
            Tab(title="What uses it", href=f"{href}?view=uses", active=view == "uses", count=len(users)),
        ),
        view=view,
        columns=COLUMNS,
        members=_members(tx, key, found.items, marks) if found else (),
        next_href=f"{href}?cursor={found.next}" if found and found.next else "",
        first_href=href if cursor else "",
        passed=_passed(tx, key, start) if view == "changes" else (),
        since=days,
        choices=tuple((n, count_of(n // 7, "week")) for n in SINCE),
        users=users,
    )


def _rule(tx: Tx, size: Size) -> tuple[str, str]:
    """The rule in words, and what must be known beside it."""
    if size.approach is None:
        body = definitions.live(tx, SEGMENT, size.key)
        return (SEGMENT.sentence(body.body) if body else ""), ""
    found = definitions.live(tx, SEGMENTATION, size.approach)
    stages = found.body.stages if found else ()
    place = next((n for n, stage in enumerate(stages) if stage.key == size.stage), None)
    if found is None or place is None:
        return "", ""
    rule = sentence(stages[place].condition)
    before = [stage.name for stage in stages[:place]]
    note = f"A stage of {found.body.name}, asked of those who are not {_or(before)}." if before else ""
    return ("Everybody else." if rule == "everybody" else f"{rule[0].upper()}{rule[1:]}."), note


def _or(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _text(tx: Tx, size: Size) -> str:
    found = definitions.live(tx, SEGMENTATION, size.approach) if size.approach else None
    if found:
        return next((stage.description for stage in found.body.stages if stage.key == size.stage), "")
    own = definitions.live(tx, SEGMENT, size.key)
    return own.body.description if own else ""


def _figures(size: Size, *, everybody: int, came: int, went: int, days: int) -> tuple[Figure, ...]:
    weeks = days // 7
    period = "in the last week" if weeks == 1 else f"in the last {weeks} weeks"
    before = size.members - came + went
    gain = size.members - before
    change = f"{'+' if gain > 0 else '−' if gain < 0 else '±'}{number(abs(gain))} on {number(before)} then"
    return (
        Figure(label="Customers in it", value=number(size.members), change=f"{change}, {period}"),
        Figure(
            label="Share of everybody",
            value=percent(size.members / everybody) if everybody else "–",
            note=f"of {count_of(everybody, 'customer')}",
        ),
        Figure(label="Came", value=number(came), note=period),
        Figure(label="Went", value=number(went), note=period),
    )


def size_chart(tx: Tx, size: Size, zone: str) -> Chart:
    history = weekly(segments.size_over_time(tx, size.key), zone)
    return trend(
        key="size",
        title=f"{size.title} over time",
        marks=[Mark(day=day, value=count) for day, count in history],
        unit="customers",
        definition="Customers in the segment when it was counted, every seventh day at midnight "
        f"({zone}), as the rule stood then.",
        people=size.members,
        href=f"/segments/{size.key}/chart",
    )


def _members(tx: Tx, key: str, found: Sequence[segments.Member], marks: Landmarks) -> tuple[MemberRow, ...]:
    ids = [member.customer_id for member in found]
    known = customers.by_ids(tx, ids)
    standings = insights.standings(tx, ids, approach=marks.approach, programme=marks.programme)
    return tuple(
        MemberRow(
            chip=chip(known[member.customer_id]),
            since=member.entered_at,
            place=place(standings[member.customer_id], marks),
            spent=standings[member.customer_id].spent,
            last_at=standings[member.customer_id].last_at,
            why_href=f"/customers/{known[member.customer_id].id}/why/{key}",
        )
        for member in found
        if member.customer_id in known
    )


def _passed(tx: Tx, key: str, start: datetime) -> tuple[PassedRow, ...]:
    found = insights.passages(tx, key, start)
    known = customers.by_ids(tx, [one.customer_id for one in found])
    return tuple(
        PassedRow(
            chip=chip(known[one.customer_id]),
            at=one.happened_at,
            came=one.came,
            why_href=f"/customers/{known[one.customer_id].id}/why/{key}",
        )
        for one in found
        if one.customer_id in known
    )
