"""What changed since yesterday or in a week, each change as a sentence with its figures."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from regulars import campaigns, insights
from regulars.console.formats import change, count_of, money, number
from regulars.console.landmarks import Landmarks, stage_tone
from regulars.console.parts import Tone
from regulars.db import Tx
from regulars.kernel import day_bounds, local_day

MOVES_SHOWN = 5
SAME_WEEKDAY = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From a local midnight to now; compared with the same hours a week or more before."""

    key: str  # day or week
    since: datetime
    until: datetime
    before: tuple[datetime, datetime]

    @property
    def words(self) -> str:
        return "since yesterday" if self.key == "day" else "in the last week"

    @property
    def compared(self) -> str:
        return "the same hours a week before" if self.key == "day" else "the week before"


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    text: str
    figure: str = ""
    note: str = ""
    href: str = ""
    icon: str = "circle-dashed"
    tone: Tone = "quiet"


def period(key: str, at: datetime, zone: str) -> Period:
    today = local_day(at, zone)
    days = 1 if key == "day" else SAME_WEEKDAY
    since = _midnight(today - timedelta(days=days), zone)
    earlier = _midnight(today - timedelta(days=days + SAME_WEEKDAY), zone)
    return Period(key=key, since=since, until=at, before=(earlier, earlier + (at - since)))


def _midnight(on: date, zone: str) -> datetime:
    return day_bounds(on, zone)[0]


def news(tx: Tx, marks: Landmarks, over: Period) -> tuple[News, ...]:
    return (
        *_verdicts(tx, over),
        *_sales(tx, over),
        *_moves(tx, marks, over),
        *_arrivals(tx, marks, over),
        *_tiers(tx, marks, over),
    )


def _verdicts(tx: Tx, over: Period) -> Iterator[News]:
    for line in campaigns.run_lines(tx, over.until):
        measured = line.run.measured_at
        if line.run.state == "measured" and measured and measured >= over.since:
            yield News(
                text=f"“{line.title}” has its verdict: {line.comparison.verdict}",
                href=f"/campaigns/{line.run.key}",
                icon="flask",
                tone="live",
            )


def _sales(tx: Tx, over: Period) -> Iterator[News]:
    found = insights.activity(tx, (over.since, over.until), over.before)
    if found is None:
        return
    gain = found.sales.minor / found.sales_before.minor - 1 if found.sales_before.minor else None
    against = f"{change(gain)} on {over.compared}" if gain is not None else ""
    yield News(
        text=f"from {count_of(found.buyers, 'customer')} in {count_of(found.orders, 'order')}",
        figure=money(found.sales, whole=True),
        note=against,
        icon="shopping-cart",
        tone="good" if gain is not None and gain >= 0 else "waiting",
    )


def _moves(tx: Tx, marks: Landmarks, over: Period) -> Iterator[News]:
    if marks.approach is None:
        return
    moves = insights.stage_moves(tx, marks.approach, over.since)
    for move in moves[:MOVES_SHOWN]:
        after = marks.stage_title(move.after)
        before = f"from {marks.stage_title(move.before)} " if move.before else ""
        yield News(
            text=f"moved {before}to {after}",
            figure=number(move.customers),
            href=f"/segments/{marks.approach}.{move.after}?view=changes",
            icon="chart-pie",
            tone=stage_tone(move.after),
        )
    rest = sum(move.customers for move in moves[MOVES_SHOWN:])
    if rest:
        yield News(
            text="made other moves between stages", figure=number(rest), href="/segments", icon="chart-pie"
        )


def _arrivals(tx: Tx, marks: Landmarks, over: Period) -> Iterator[News]:
    found = insights.arrivals(tx, over.since, over.until, programme=marks.programme)
    if found.customers:
        yield News(
            text="became known" if found.customers > 1 else "customer became known",
            figure=number(found.customers),
            href="/customers",
            icon="users",
            tone="good",
        )
    if found.members:
        yield News(
            text=f"joined {marks.programme_name}",
            figure=number(found.members),
            href="/customers?joined=7",
            icon="award",
            tone="good",
        )


def _tiers(tx: Tx, marks: Landmarks, over: Period) -> Iterator[News]:
    if marks.programme is None:
        return
    found = insights.tier_arrivals(tx, over.since, over.until, programme=marks.programme)
    if found:
        told = ", ".join(f"{number(one.members)} are now {one.tier}" for one in found)
        yield News(
            text=f"changed tier: {told}",
            figure=number(sum(one.members for one in found)),
            href=f"/loyalty/{marks.programme}",
            icon="star",
            tone="live",
        )
