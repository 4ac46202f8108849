"""The numbers of a programme: each with its formula, over a span and against the span before."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from starlette.responses import Response

from regulars import access, loyalty, rewards
from regulars.console.chart_files import chart_file
from regulars.console.charts import Bar, Chart, ranking
from regulars.console.console import pages
from regulars.console.formats import number, percent
from regulars.console.heat_charts import heat
from regulars.console.loyalty import Top
from regulars.console.loyalty import top as top_of
from regulars.console.loyalty_figures import amount
from regulars.console.programmes.metric_words import COST_PER_POINT, METRICS, MONEY, NEW_MEMBERS, Words
from regulars.console.visit import Visit, Visiting, page
from regulars.db import Tx
from regulars.kernel import Money, NotFound, day_bounds, local_day, minor_digits
from regulars.loyalty import Currency, Metrics, Programme, Roll, Share, TierMigration

router = pages()
SPANS = {"91": "Last 13 weeks", "182": "Last 26 weeks", "364": "Last 52 weeks", "728": "Last 104 weeks"}
USUAL = "364"
JOINED, LEFT = "joined since", "left since"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One number with what it is made of."""

    title: str
    value: str
    made_of: str  # As in "120 of 400".
    before: str  # Against the span before.
    definition: str
    formula: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsPage:
    top: Top
    spans: tuple[tuple[str, str], ...]
    span: str
    coins: tuple[tuple[str, str], ...]
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NumbersPart:
    top: Top
    first: date
    last: date
    lines: tuple[Line, ...]
    roll: tuple[tuple[str, str], ...]
    even: bool
    charts: tuple[Chart, ...]


@router.get("/loyalty/{key}/metrics")
def metrics(visit: Visiting, key: str, span: str = USUAL, currency: str = "") -> Response:
    access.require(visit.actor, "loyalty.view")
    with visit.app.database.transaction() as tx:
        body = loyalty.definition(tx, key)
        value = MetricsPage(
            top=top_of(tx, visit, key, "metrics"),
            spans=tuple(SPANS.items()),
            span=span if span in SPANS else USUAL,
            coins=tuple((one.code, one.name.capitalize()) for one in body.currencies),
            currency=(body.currency(currency) or body.currencies[0]).code,
        )
    return page(visit, "loyalty/metrics.html", value)


@router.get("/loyalty/{key}/metrics/numbers")
def numbers(visit: Visiting, key: str, span: str = USUAL, currency: str = "") -> Response:
    """Worked out after the page."""
    access.require(visit.actor, "loyalty.view")
    with visit.app.database.transaction() as tx:
        value = numbers_part(tx, visit, key, span if span in SPANS else USUAL, currency)
    return page(visit, "loyalty/numbers.html", value)


@router.get("/loyalty/{key}/metrics/chart")
def metric_chart(
    visit: Visiting,
    key: str,
    picture: str,
    span: str = USUAL,
    currency: str = "",
    format: str = "csv",  # noqa: A002
) -> Response:
    access.require(visit.actor, "loyalty.view")
    with visit.app.database.transaction() as tx:
        value = numbers_part(tx, visit, key, span if span in SPANS else USUAL, currency)
    found = next((one for one in value.charts if one.key == picture), None)
    if found is None:
        raise NotFound(f"There is no picture {picture[:60]!r} on this page.")
    return chart_file(found, format)


def numbers_part(tx: Tx, visit: Visit, key: str, span: str, currency: str) -> NumbersPart:
    body, at = loyalty.definition(tx, key), visit.app.now(tx)
    coin = body.currency(currency) or body.currencies[0]
    today, days = local_day(at, body.zone), int(span)
    start = day_bounds(today - timedelta(days=days - 1), body.zone)[0]
    earlier = day_bounds(today - timedelta(days=2 * days - 1), body.zone)[0]
    now = _measured(tx, key, start, at, at, coin)
    before = _measured(tx, key, earlier, start, at, coin)
    query = f"span={span}&currency={coin.code}"
    href = f"/loyalty/{key}/metrics/chart?{query}&picture="
    return NumbersPart(
        top=top_of(tx, visit, key, "metrics"),
        first=local_day(start, body.zone),
        last=today,
        lines=tuple(_lines(now, before)),
        roll=_roll(now.roll, coin),
        even=now.roll.even,
        charts=tuple(_charts(now, body, coin, href)),
    )


def _measured(tx: Tx, key: str, start: datetime, stop: datetime, at: datetime, coin: Currency) -> Metrics:
    cost = rewards.reward_cost(tx, key, start, stop)
    return loyalty.programme_metrics(
        tx, key, start=start, stop=stop, at=at, currency=coin.code, reward_cost=cost
    )


def _lines(now: Metrics, before: Metrics) -> Iterator[Line]:
    yield Line(
        title=NEW_MEMBERS.title,
        value=number(now.new_members),
        made_of="joined in the span",
        before=f"{number(before.new_members)} in the span before",
        definition=NEW_MEMBERS.definition,
        formula=NEW_MEMBERS.formula,
    )
    for name, words in METRICS.items():
        share, earlier = getattr(now, name), getattr(before, name)
        if share is not None:
            yield _share(words, share, earlier, now.money)
    if now.cost_per_point is not None and now.money:
        yield Line(
            title=COST_PER_POINT.title,
            value=f"{now.cost_per_point / 10 ** minor_digits(now.money):.4f} {now.money}",
            made_of="of rewards redeemed",
            before="",
            definition=COST_PER_POINT.definition,
            formula=COST_PER_POINT.formula,
        )


def _share(words: Words, share: Share, earlier: Share | None, money: str | None) -> Line:
    ratio, then = share.ratio, earlier.ratio if earlier else None
    moved = ""
    if ratio is not None and then is not None:
        moved = f"{(ratio - then) * 100:+.1f} percentage points on the span before"
    return Line(
        title=words.title,
        value="Too early to say" if ratio is None else percent(ratio),
        made_of=_parts(words, share, money),
        before=moved,
        definition=words.definition,
        formula=words.formula,
    )


def _parts(words: Words, share: Share, money: str | None) -> str:
    if words.unit == MONEY and money:
        return f"{Money(share.part, money).format()} of {Money(share.whole, money).format()}"
    return f"{number(share.part)} of {number(share.whole)} {words.unit}"


def _roll(roll: Roll, coin: Currency) -> tuple[tuple[str, str], ...]:
    named = (
        ("At the beginning", roll.opening, ""),
        ("Earned", roll.earned, "+"),
        ("Given or taken by hand", roll.adjusted, "+"),
        ("Redeemed", roll.redeemed, "−"),
        ("Expired", roll.expired, "−"),
        ("Taken back by returns", roll.reversed, "−"),
        ("Of partners", roll.other, "+"),
        ("At the end", roll.closing, "="),
    )
    return tuple(
        (label, f"{sign} {amount(units, coin)}".strip())
        for label, units, sign in named
        if units or sign in ("", "=")
    )


def _charts(now: Metrics, body: Programme, coin: Currency, href: str) -> Iterator[Chart]:
    if now.expiring:
        yield ranking(
            key="expiring",
            title=f"{coin.name.capitalize()} that expire, by month",
            bars=[Bar(label=one.month, value=one.points / 10**coin.scale) for one in now.expiring],
            unit=coin.name,
            definition="What members hold now, by the local month of the last day it can be spent.",
            href=f"{href}expiring",
        )
    for moved in now.migrations:
        if moved.matrix:
            yield _migration(moved, body, href)


def _migration(moved: TierMigration, body: Programme, href: str) -> Chart:
    names = [*moved.names, LEFT]
    title = next((one.name for one in body.tier_sets if one.key == moved.tier_set and one.name), "Tiers")

    def named(place: int | None, otherwise: str) -> str:
        return otherwise if place is None else moved.names[min(place, len(moved.names)) - 1]

    return heat(
        key=f"migration-{moved.tier_set}",
        title=f"{title}: from the tier at the beginning to the tier at the end",
        down=[*moved.names, JOINED],
        across=names,
        values={(named(one.before, JOINED), named(one.after, LEFT)): one.members for one in moved.matrix},
        corner="Before",
        unit="members",
        of_row=True,
        definition="Members by their tier at the beginning (row) and at the end (column) of the span.",
        people=sum(one.members for one in moved.matrix),
        href=f"{href}migration-{moved.tier_set}",
    )
