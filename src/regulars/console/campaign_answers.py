"""What came back of a campaign and what it brought: funnel, links, money; as figures, plot and file."""

import csv
import io
from dataclasses import dataclass

from starlette.responses import Response

from regulars import access, campaigns, definitions, responses
from regulars.campaigns import CAMPAIGN, Revenue
from regulars.console.chart_files import chart_file, plain_cell
from regulars.console.charts import Bar, Chart, ranking
from regulars.console.console import pages
from regulars.console.formats import count_of, money, number, percent
from regulars.console.parts import Column
from regulars.console.visit import Visit, Visiting, page
from regulars.kernel import Money, NotFound
from regulars.responses import Attribution, Figures, LinkFigures, Rate

router = pages()
CLICK_DAYS = 5
COLUMNS = (
    Column(title="What"),
    Column(title="People", numeric=True),
    Column(title="Rate", numeric=True),
    Column(title="95% interval", numeric=True),
    Column(title="What is counted"),
)
LINK_COLUMNS = (
    Column(title="Link"),
    Column(title="People", numeric=True),
    Column(title="Clicks", numeric=True),
    Column(title="By machines", numeric=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the funnel."""

    title: str
    people: int
    rate: str
    interval: str
    definition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersView:
    key: str
    title: str
    recording: bool
    steps: tuple[Step, ...]
    columns: tuple[Column, ...]
    machines: tuple[tuple[str, str], ...]
    links: tuple[LinkFigures, ...]
    link_columns: tuple[Column, ...]
    chart: Chart | None
    revenue: str  # What it brought beyond what would have been spent anyway, in a sentence.
    revenue_facts: tuple[tuple[str, str], ...]
    attributed: str
    attributed_means: str


@router.get("/campaigns/{key}/answers")
def answers(visit: Visiting, key: str) -> Response:
    """A part that comes after the page, and a page of its own without script."""
    access.require(visit.actor, "figures.view")
    return page(visit, "campaigns/answers.html", view_of(visit, key))


@router.get("/campaigns/{key}/answers/chart")
def chart(visit: Visiting, key: str, format: str = "csv") -> Response:  # noqa: A002
    access.require(visit.actor, "figures.view")
    found = view_of(visit, key)
    if found.chart is None:
        raise NotFound(f"Nothing of {found.title} has been sent yet, so there is no picture.")
    return chart_file(found.chart, format)


@router.get("/campaigns/{key}/results.csv")
def results_csv(visit: Visiting, key: str) -> Response:
    """Everything the results pages say, line by line, as a file."""
    access.require(visit.actor, "figures.view")
    with visit.app.database.transaction() as tx:
        found = campaigns.results(tx, key, visit.app.now(tx))
    told = view_of(visit, key)
    lines: list[tuple[object, ...]] = [("figure", "people", "rate", "interval or note")]
    lines += [("Audience", found.audience, "", ""), ("Treated", found.treated, "", "")]
    lines += [("Held out", found.held_out, "", "")]
    lines += [(step.title, step.people, step.rate, step.interval) for step in told.steps]
    lines += [(f"Skipped: {reason}", people, "", "") for reason, people in sorted(found.skipped.items())]
    lines += [(f"{arm} who {found.did}", many, "", "so far") for arm, many in found.converted_so_far.items()]
    lines += [("Verdict", "", "", found.verdict), ("Brought", "", "", told.revenue)]
    lines += [("Credited to clicks", "", "", told.attributed)]
    lines += [(f"Link {one.link}", one.people, "", f"{one.times} clicks") for one in told.links]
    out = io.StringIO()
    csv.writer(out).writerows([plain_cell(cell) for cell in line] for line in lines)
    disposition = {"Content-Disposition": f'attachment; filename="{key}-results.csv"'}
    return Response(out.getvalue().encode(), media_type="text/csv; charset=utf-8", headers=disposition)


def view_of(visit: Visit, key: str) -> AnswersView:
    with visit.app.database.transaction() as tx:
        at = visit.app.now(tx)
        run = campaigns.find(tx, key)
        body = definitions.get(tx, CAMPAIGN, key, run.version).body
        name = campaigns.source_of(run)
        found = responses.figures(tx, name)
        links = tuple(responses.by_link(tx, name))
        credited = responses.attributed(tx, name, click_days=body.attribution_days or CLICK_DAYS)
        brought = campaigns.revenue(tx, run, at)
    return AnswersView(
        key=key,
        title=body.title,
        recording=body.channel == "recording",
        steps=steps(found),
        columns=COLUMNS,
        machines=machines(found),
        links=links,
        link_columns=LINK_COLUMNS,
        chart=funnel(found, key) if found.sent else None,
        revenue=brought_words(brought),
        revenue_facts=revenue_facts(brought),
        attributed=credited_words(credited),
        attributed_means=credited.definition,
    )


def steps(found: Figures) -> tuple[Step, ...]:
    first = Step(
        title="Sent", people=found.sent, rate="", interval="", definition="Handed over to the channel."
    )
    return (first, *(step(one) for one in found.rates))


def step(rate: Rate) -> Step:
    return Step(
        title=rate.title,
        people=rate.count,
        rate=percent(rate.share) if rate.share is not None else "–",
        interval=f"{percent(rate.interval.low)} to {percent(rate.interval.high)}" if rate.interval else "–",
        definition=rate.definition,
    )


def machines(found: Figures) -> tuple[tuple[str, str], ...]:
    return (
        ("Opened by machines", count_of(found.machine_opened, "message")),
        ("Clicked by machines", count_of(found.machine_clicked, "message")),
        ("Could be counted", f"{number(found.counted)} of {number(found.sent)}, whose readers allow it"),
    )


def funnel(found: Figures, key: str) -> Chart:
    bars = (
        ("Sent", found.sent),
        ("Delivered", found.delivered),
        ("Opened", found.opened),
        ("Clicked", found.clicked),
        ("Bounced", found.bounced),
        ("Unsubscribed", found.unsubscribed),
        ("Complained", found.complained),
    )
    return ranking(
        key=f"{key}-funnel",
        title="People by what became of their message",
        bars=[Bar(label=label, value=float(many)) for label, many in bars],
        unit="people",
        definition="People, each counted once; what machines did stands apart and is in none of them.",
        people=found.sent,
        href=f"/campaigns/{key}/answers/chart",
    )


def brought_words(found: Revenue | None) -> str:
    """Incremental revenue, or that it is too early to say."""
    if found is None:
        return "Too early to say: nobody has bought anything in a window of this campaign yet."
    if found.more is None or found.low is None or found.high is None:
        least = min(found.treated.people, found.held_out.people)
        return (
            f"Too early to say: the smaller arm has {count_of(least, 'person', 'people')} counted, "
            "and below 100 the spending of a few decides."
        )
    between = f"between {signed(found.low)} and {signed(found.high)}, 95% sure"
    if found.sure:
        word = "more" if found.more.minor > 0 else "less"
        amount = money(Money(minor=abs(found.more.minor), currency=found.currency))
        return f"It brought {amount} {word} than without it: {between}."
    return f"No difference in money can be told: {between}."


def signed(amount: Money) -> str:
    sign = "−" if amount.minor < 0 else "+" if amount.minor > 0 else ""
    return f"{sign}{money(Money(minor=abs(amount.minor), currency=amount.currency))}"


def revenue_facts(found: Revenue | None) -> tuple[tuple[str, str], ...]:
    if found is None:
        return ()

    def said(arm: campaigns.Spent) -> str:
        mean = money(Money(minor=round(arm.mean), currency=found.currency))
        return f"{mean} a person, {count_of(arm.people, 'person', 'people')}, {count_of(arm.orders, 'order')}"

    return (("Spent by the treated", said(found.treated)), ("Spent by those held out", said(found.held_out)))


def credited_words(found: Attribution) -> str:
    if not found.credits:
        return "No order is credited to a click of it."
    sums = [f"{money(Money(minor=one.minor, currency=one.currency))}" for one in found.credits]
    return f"{' and '.join(sums)} in {count_of(found.orders, 'order')} credited to clicks."
