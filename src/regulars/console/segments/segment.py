"""A segment's page: its rule, how large it was, who came and went, who is in it, and what uses it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query
from starlette.responses import Response

from regulars import access, customers, definitions, insights, segments
from regulars.campaigns import CAMPAIGN
from regulars.conditions import Condition, InSegment, InStage, sentence
from regulars.console.chart_files import chart_file
from regulars.console.charts import Chart, Mark, trend
from regulars.console.console import pages
from regulars.console.formats import count_of, number, percent
from regulars.console.landmarks import chip, landmarks
from regulars.console.parts import Chip, Column, Figure, Tab
from regulars.console.segments.listing import ListReport
from regulars.console.segments.overlapping import Overlapped, overlapped
from regulars.console.segments.overview import since_of
from regulars.console.segments.publishing import draft_page
from regulars.console.segments.segment_views import COLUMNS, MemberRow, PassedRow, members_shown, passed_shown
from regulars.console.segments.sizing import Sized, sized
from regulars.console.segments.stages import weekly
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.kernel import NotFound, Page
from regulars.segments import SEGMENT, SEGMENTATION, Size, Way

router = pages()
SINCE_DAYS = 7
View = Literal["members", "changes", "overlap", "uses"]
VIEWS: tuple[View, ...] = ("members", "changes", "overlap", "uses")
WAYS: tuple[Way, ...] = ("entered", "left")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deeds:
    """What whoever looks may do with it."""

    edit_href: str
    edit: str  # The button's words; empty for who may not.
    draft_by: str  # Who saved a draft that waits beside the live version.
    is_list: bool
    may_change: bool
    may_campaign: bool
    together: tuple[definitions.User, ...]  # What would go out of use with it.


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentPage:
    key: str
    title: str
    kind: str
    text: str
    rule: str
    rule_note: str
    deeds: Deeds
    figures: tuple[Figure, ...]
    chart: Chart
    tabs: tuple[Tab, ...]
    view: View
    columns: tuple[Column, ...]
    members: tuple[MemberRow, ...]
    next_href: str
    first_href: str
    passed: tuple[PassedRow, ...]
    way: str
    overlap: Overlapped | None
    users: tuple[definitions.User, ...]
    freshness: str
    report: ListReport | None = None  # Of who was just put on the list or taken off.


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachPage:
    size: Sized


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPage:
    """Whom of the customers that fit some words one asks about."""

    key: str
    title: str
    asked: str
    chips: tuple[tuple[Chip, str], ...]


@router.get("/segments/{key}")
def segment(
    visit: Visiting,
    key: str,
    view: str = "members",
    way: str = "",
    cursor: str = "",
    beside: Annotated[list[str], Query()] = [],  # noqa: B006 - never changed.
) -> Response:
    access.require(visit.actor, "definitions.view")
    access.require(visit.actor, "customers.view")
    chosen: View = next((one for one in VIEWS if one == view), "members")
    with visit.app.database.transaction() as tx:
        size = next((size for size in segments.sizes(tx) if size.key == key), None)
        waits = definitions.draft(tx, SEGMENT, key)
        if size is None and waits is not None:
            return page(visit, "segments/draft.html", draft_page(tx, visit, waits))
        value = shown(tx, visit, key, chosen, way=way, cursor=cursor, beside=beside)
    return page(visit, "segments/segment.html", value)


@router.get("/segments/{key}/reach")
def reach(visit: Visiting, key: str) -> Response:
    """Whom of it a campaign could reach; worked out after the page."""
    access.require(visit.actor, "definitions.view")
    with visit.app.database.transaction() as tx:
        size = size_of(tx, key)
    asked: Condition = InSegment(segment=key)
    if size.approach and size.stage and not size.names_stage:
        asked = InStage(approach=size.approach, stages=(size.stage,))
    return page(visit, "segments/reach.html", ReachPage(size=sized(visit, asked, key="")))


@router.get("/segments/{key}/ask")
def ask(visit: Visiting, key: str, q: str = "") -> Response:
    """Why somebody is in it or not, by their name or any identifier."""
    access.require(visit.actor, "customers.view")
    with visit.app.database.transaction() as tx:
        size = size_of(tx, key)
        found = customers.search(tx, q).items if q.strip() else ()
    why = [(chip(one), f"/customers/{one.id}/why/{key}") for one in found]
    if len(why) == 1:
        return redirect(visit, why[0][1])
    return page(visit, "segments/ask.html", AskPage(key=key, title=size.title, asked=q, chips=tuple(why)))


@router.get("/segments/{key}/chart")
def chart(visit: Visiting, key: str, format: str = "csv") -> Response:  # noqa: A002 - its name in the address
    access.require(visit.actor, "definitions.view")
    with visit.app.database.transaction() as tx:
        made = size_chart(tx, size_of(tx, key), visit.app.zone)
    return chart_file(made, format)


def size_of(tx: Tx, key: str, sizes: Sequence[Size] | None = None) -> Size:
    known = segments.sizes(tx) if sizes is None else sizes
    found = next((size for size in known if size.key == key), None)
    if found is None:
        raise NotFound(f"There is no live segment {key[:80]!r}. A draft is counted when it is published.")
    return found


def shown(
    tx: Tx,
    visit: Visit,
    key: str,
    view: View,
    *,
    way: str = "",
    cursor: str = "",
    beside: Sequence[str] = (),
    report: ListReport | None = None,
) -> SegmentPage:
    at, zone = visit.app.now(tx), visit.app.zone
    sizes = segments.sizes(tx)
    size = size_of(tx, key, sizes)
    found_way = next((one for one in WAYS if one == way), None)
    people = segments.members(tx, key, cursor or None) if view == "members" else None
    moved = segments.movements(tx, key, cursor or None, way=found_way) if view == "changes" else None
    rule, note = _rule(tx, size)
    users = tuple(definitions.used_by(tx, "segment", key))
    href = f"/segments/{key}?view={view}" + (f"&way={way}" if found_way else "")
    more = (people or moved or Page((), None)).next
    return SegmentPage(
        key=key,
        title=size.title,
        kind="Stage" if size.approach else "List" if _is_list(tx, key) else "Segment",
        text=_text(tx, size),
        rule=rule,
        rule_note=note,
        deeds=_deeds(tx, visit, size),
        figures=_figures(tx, size, since_of(at, SINCE_DAYS, zone)),
        chart=size_chart(tx, size, zone),
        tabs=_tabs(key, view, size.members, len(users)),
        view=view,
        columns=COLUMNS,
        members=members_shown(tx, key, people.items, landmarks(tx, sizes)) if people else (),
        next_href=f"{href}&cursor={more}" if more else "",
        first_href=href if cursor else "",
        passed=passed_shown(tx, key, moved.items) if moved else (),
        way=found_way or "",
        overlap=overlapped(tx, size, sizes, beside) if view == "overlap" else None,
        users=users,
        freshness=segments.freshness_sentence(segments.freshness(tx, at)),
        report=report,
    )


def _tabs(key: str, view: View, members: int, users: int) -> tuple[Tab, ...]:
    href = f"/segments/{key}"
    return (
        Tab(title="Who is in it", href=href, active=view == "members", count=members),
        Tab(title="Who came and went", href=f"{href}?view=changes", active=view == "changes"),
        Tab(title="Overlap", href=f"{href}?view=overlap", active=view == "overlap"),
        Tab(title="What uses it", href=f"{href}?view=uses", active=view == "uses", count=users),
    )


def _is_list(tx: Tx, key: str) -> bool:
    found = definitions.live(tx, SEGMENT, key)
    return found is not None and found.body.list


def _deeds(tx: Tx, visit: Visit, size: Size) -> Deeds:
    own = definitions.live(tx, SEGMENT, size.key)
    waits = definitions.draft(tx, SEGMENT, size.key)
    drafts = access.allows(visit.actor, "definitions.draft", kind=SEGMENT.name).outcome == "yes"
    retires = access.allows(visit.actor, "definitions.archive", kind=SEGMENT.name).outcome != "no"
    builds = own is not None and own.body.condition is not None
    edits = f"/segments/{size.key}/edit" if builds else f"/definitions/segment/{size.key}"
    return Deeds(
        edit_href=f"/definitions/segmentation/{size.approach}" if size.approach else edits,
        edit="Edit" if drafts and builds else "",
        draft_by=waits.author if waits else "",
        is_list=own is not None and own.body.list,
        may_change=retires and own is not None,
        may_campaign=access.allows(visit.actor, "definitions.draft", kind=CAMPAIGN.name).outcome == "yes",
        together=tuple(definitions.users_of(tx, SEGMENT.name, size.key)),
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


def _figures(tx: Tx, size: Size, start: datetime) -> tuple[Figure, ...]:
    everybody = customers.count(tx)
    change = insights.totals_since(tx, start).get(size.key)
    came, went = (change.came, change.went) if change else (0, 0)
    before = size.members - came + went
    gain = came - went
    sign = "+" if gain > 0 else "−" if gain < 0 else "±"
    return (
        Figure(
            label="Customers in it",
            value=number(size.members),
            change=f"{sign}{number(abs(gain))} on {number(before)} a week ago",
        ),
        Figure(
            label="Share of everybody",
            value=percent(size.members / everybody) if everybody else "–",
            note=f"of {count_of(everybody, 'customer')}",
        ),
        Figure(label="Came", value=number(came), note="in the last week"),
        Figure(label="Went", value=number(went), note="in the last week"),
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
