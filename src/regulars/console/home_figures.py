"""The main figures of the home page: each a number against the period before, and its plot."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import attrgetter

from regulars import campaigns, insights, loyalty, segments
from regulars.campaigns import RunLine
from regulars.console.charts import Chart, Estimate, Mark, comparison, trend
from regulars.console.formats import change, count_of, day, money, number, percent
from regulars.console.landmarks import Landmarks
from regulars.console.parts import Figure, Tone
from regulars.console.segments.overview import approach_over_time
from regulars.db import Tx
from regulars.insights import Week
from regulars.kernel import local_day
from regulars.loyalty import Flow
from regulars.segments import Size

WEEKS_4 = timedelta(days=28)
GOOD_STAGES = ("loyal", "active")
HREF = "/home/charts/"
FLOWS: Mapping[str, Callable[[Flow], int]] = {
    "Issued": attrgetter("issued"),
    "Expired": attrgetter("expired"),
    "Spent": attrgetter("spent"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A number beside its plot."""

    figure: Figure | None
    chart: Chart
    text: str = ""
    href: str = ""
    wide: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the plots are made for."""

    marks: Landmarks
    at: datetime
    zone: str


def headline(tx: Tx, asked: Asked, sizes: Sequence[Size]) -> tuple[Figure, ...]:
    """The line of figures under the page's title."""
    return (*_four_weeks(tx, asked), *_stages(tx, asked, sizes), *_points(tx, asked))


def _four_weeks(tx: Tx, asked: Asked) -> list[Figure]:
    since = asked.at - WEEKS_4
    found = insights.activity(tx, (since, asked.at), (since - WEEKS_4, since))
    if found is None:
        return []
    sales, before = found.sales, found.sales_before
    return [
        _compared(
            "Sales, 4 weeks",
            money(sales, whole=True),
            now=sales.minor,
            before=before.minor,
            what="the 4 weeks before",
        ),
        _compared(
            "Customers who bought, 4 weeks",
            number(found.buyers),
            now=found.buyers,
            before=found.buyers_before,
            what="the 4 weeks before",
        ),
    ]


def _compared(label: str, value: str, *, now: float, before: float, what: str) -> Figure:
    if not before:
        return Figure(label=label, value=value, note="too early to compare")
    gain = now / before - 1
    return Figure(
        label=label,
        value=value,
        change=f"{change(gain)} on {what}",
        tone="good" if gain >= 0 else "waiting",
    )


def _stages(tx: Tx, asked: Asked, sizes: Sequence[Size]) -> list[Figure]:
    """How many stand well, where the approach has stages of these names."""
    approach = asked.marks.approach
    own = [s for s in sizes if s.approach == approach and s.stage in GOOD_STAGES and not s.names_stage]
    if approach is None or len(own) < len(GOOD_STAGES):
        return []
    count = sum(size.members for size in own)
    before = sum(_size_at(tx, size, asked.at - WEEKS_4) for size in own)
    everybody = sum(s.members for s in sizes if s.approach == approach and not s.names_stage)
    names = " or ".join(size.title.lower() for size in own)
    gain = count - before
    told = f"{'+' if gain > 0 else '−' if gain < 0 else '±'}{number(abs(gain))} on 4 weeks before"
    return [
        Figure(
            label=f"Customers {names}",
            value=number(count),
            note=f"{percent(count / everybody) if everybody else '–'} of {count_of(everybody, 'customer')}",
            change=told if before else "",
            tone="good" if gain >= 0 else "waiting",
            href="/segments",
        )
    ]


def _size_at(tx: Tx, size: Size, at: datetime) -> int:
    known = [one.members for one in segments.size_over_time(tx, size.key) if one.at <= at]
    return known[-1] if known else 0


def _points(tx: Tx, asked: Asked) -> list[Figure]:
    if asked.marks.programme is None:
        return []
    held = insights.outstanding(tx, asked.marks.programme)
    if held is None:
        return []
    return [
        Figure(
            label=f"{held.currency.capitalize()} outstanding",
            value=number(held.points),
            note=f"held by {count_of(held.members, 'member')} of {asked.marks.programme_name}",
            href=f"/loyalty/{asked.marks.programme}",
        )
    ]


def panels(tx: Tx, asked: Asked) -> tuple[Panel, ...]:
    """Every plot there are figures for."""
    weeks = insights.weeks(tx, asked.at, asked.zone)
    line = _latest_measured(campaigns.run_lines(tx, asked.at))
    made: list[Panel] = []
    if weeks:
        made += [_sales_panel(weeks, asked), _buyers_panel(weeks, asked)]
    if asked.marks.approach:
        made.append(Panel(figure=None, chart=stages_chart(tx, asked), href="/segments", wide=True))
    if asked.marks.programme:
        made.append(_points_panel(tx, asked))
    if line:
        made.append(_lift_panel(line))
    return tuple(made)


def chart_of(tx: Tx, asked: Asked, key: str) -> Chart | None:
    """One plot by its key, for its file."""
    found = {panel.chart.key: panel.chart for panel in panels(tx, asked)}
    return found.get(key)


def _sales_panel(weeks: Sequence[Week], asked: Asked) -> Panel:
    return Panel(
        figure=_week_figure(
            "Sales", weeks, lambda week: week.sales.minor, lambda week: money(week.sales, whole=True)
        ),
        chart=trend(
            key="sales-by-week",
            title="Sales by week",
            marks=[
                Mark(day=week.start, value=float(week.sales.decimal), finished=week.finished)
                for week in weeks
            ],
            unit=weeks[0].sales.currency,
            definition=f"Totals of the orders from Monday to Sunday ({asked.zone}), after discounts, by the "
            "Monday. The week that is not over is dashed.",
            href=f"{HREF}sales-by-week",
        ),
    )


def _buyers_panel(weeks: Sequence[Week], asked: Asked) -> Panel:
    return Panel(
        figure=_week_figure(
            "Customers who bought", weeks, lambda week: week.buyers, lambda week: number(week.buyers)
        ),
        chart=trend(
            key="buyers-by-week",
            title="Customers who bought, by week",
            marks=[Mark(day=week.start, value=week.buyers, finished=week.finished) for week in weeks],
            unit="customers",
            definition="Different customers with at least one order from Monday to Sunday "
            f"({asked.zone}), by the Monday. The week that is not over is dashed.",
            href=f"{HREF}buyers-by-week",
        ),
    )


def _week_figure(
    label: str, weeks: Sequence[Week], count: Callable[[Week], int], words: Callable[[Week], str]
) -> Figure | None:
    """The last week that is over, against the one before it."""
    done = [week for week in weeks if week.finished]
    if not done:
        return None
    last = done[-1]
    before = count(done[-2]) if len(done) > 1 else 0
    end = last.start + timedelta(days=6)
    return _compared(
        f"{label}, {_from_to(last.start, end)}",
        words(last),
        now=count(last),
        before=before,
        what="the week before",
    )


def _from_to(start: date, end: date) -> str:
    first = f"{start.day}" if start.month == end.month else f"{start.day} {start:%b}"
    return f"{first}–{day(end)}"


def stages_chart(tx: Tx, asked: Asked) -> Chart:
    return approach_over_time(
        tx, str(asked.marks.approach), asked.zone, href=f"{HREF}{asked.marks.approach}-over-time"
    )


def _points_panel(tx: Tx, asked: Asked) -> Panel:
    key = str(asked.marks.programme)
    flows = loyalty.points_by_month(tx, key, asked.at)
    launched = next(line.launched_at for line in loyalty.programmes(tx) if line.key == key)
    whole = [flow for flow in flows if flow.start >= launched]
    shown = whole or flows[-1:]
    last = shown[-1]
    seen = [name for name, of in FLOWS.items() if name != "Spent" or any(of(flow) for flow in shown)]
    held = insights.outstanding(tx, key)
    month = local_day(last.start, asked.zone)
    return Panel(
        figure=Figure(
            label=f"Points issued in {month:%B %Y} so far",
            value=number(last.issued),
            note=f"{number(last.expired)} expired; {number(held.points if held else 0)} are outstanding",
        ),
        chart=trend(
            key="points-by-month",
            title="Points issued and expired, by month",
            marks=[
                Mark(
                    day=local_day(flow.start, asked.zone),
                    value=FLOWS[name](flow),
                    series=name,
                    finished=flow is not last,
                )
                for name in seen
                for flow in shown
            ],
            unit="points",
            definition=f"Points of {asked.marks.programme_name} booked in each month ({asked.zone}), net of "
            "reversals. The month that is not over is dashed; that in which the programme began is left out.",
            people=held.members if held else 0,
            href=f"{HREF}points-by-month",
        ),
        href=f"/loyalty/{key}",
    )


def _latest_measured(lines: Sequence[RunLine]) -> RunLine | None:
    return next((line for line in lines if line.comparison.interval_treated is not None), None)


def _lift_panel(line: RunLine) -> Panel:
    found, sums = line.comparison, line.comparison.sums
    arms = [
        Estimate(label=label, value=rate, low=band.low, high=band.high, people=people, control=control)
        for label, rate, band, people, control in (
            ("Treated", found.rate_treated, found.interval_treated, sums.treated, False),
            ("Held out", found.rate_held_out, found.interval_held_out, sums.held_out, True),
        )
        if rate is not None and band is not None
    ]
    return Panel(
        figure=_lift_figure(line),
        chart=comparison(
            key="campaign-lift",
            title=f"“{line.title}”: who {line.did}",
            arms=arms,
            unit="%",
            definition=f"Customers who {line.did} of their own moment, of all assigned to the arm whose "
            "window is over; the band is the 95 % score interval (Wilson).",
            href=f"{HREF}campaign-lift",
        ),
        text=found.verdict,
        href=f"/campaigns/{line.run.key}",
    )


def _lift_figure(line: RunLine) -> Figure | None:
    found = line.comparison
    if found.difference is None or found.interval is None:
        return None
    tones: Mapping[str, Tone] = {"more": "good", "fewer": "bad"}
    low, high = _points_of(found.interval.low), _points_of(found.interval.high)
    return Figure(
        label="Lift: treated minus held out",
        value=f"{_points_of(found.difference)} percentage points",
        change=f"95 % interval from {low} to {high}",
        tone=tones.get(found.outcome, "quiet"),
    )


def _points_of(share: float) -> str:
    return f"{share * 100:+.1f}".replace("-", "−")
