"""Loyalty: the programmes, how one goes, its members and its rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from regulars import access, loyalty
from regulars.app import App
from regulars.console.chart_files import chart_file
from regulars.console.charts import Chart
from regulars.console.console import pages
from regulars.console.formats import number
from regulars.console.frame import Found
from regulars.console.loyalty_figures import (
    figures,
    life,
    points_chart,
    redemption,
    soundness,
)
from regulars.console.loyalty_places import loyalty_places
from regulars.console.parts import Column, Figure, Tab, Tone
from regulars.console.visit import Visit, Visiting, page
from regulars.db import Tx
from regulars.definitions import Head, draft, heads, live
from regulars.kernel import Finding, Money, fold
from regulars.loyalty import PROGRAMME, TierMove, TierSet

router = pages()
STATES: dict[str, tuple[str, Tone]] = {
    "running": ("Live", "good"),
    "paused": ("Paused", "waiting"),
    "closed": ("Closed", "quiet"),
    "coming": ("Begins later", "waiting"),
    "ended": ("Ended", "quiet"),
}
TIER_COLUMNS = (
    Column(title="Tier"),
    Column(title="From", numeric=True),
    Column(title="Members", numeric=True),
    Column(title="Share", numeric=True),
    Column(title="Rose to it", numeric=True),
    Column(title="Fell to it", numeric=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeList:
    places: tuple[Tab, ...]
    lines: tuple[loyalty.ProgrammeLine, ...]
    drafts: tuple[Head, ...]  # Of what is not live yet, and of what is.
    may_draft: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Top:
    """What each of a programme's pages begins with."""

    key: str
    name: str
    state: tuple[str, Tone]
    version: int
    since: datetime | None
    text: str
    tabs: tuple[Tab, ...]
    drafted: bool  # Somebody is writing another version.
    may_draft: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TierRow:
    number: int
    name: str
    threshold: str
    members: int
    share: float
    risen: int  # In the last 90 days.
    fallen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TierTable:
    key: str
    title: str
    text: str
    rows: tuple[TierRow, ...]
    more: str  # What the address of its members asks besides the tier.


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammePage:
    top: Top
    figures: tuple[Figure, ...]
    tier_columns: tuple[Column, ...]
    tiers: tuple[TierTable, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthPart:
    top: Top
    figures: tuple[Figure, ...]
    chart: Chart


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    top: Top
    findings: tuple[Finding, ...]
    trial: loyalty.TrialBalance


@router.get("/loyalty")
def programme_list(visit: Visiting) -> Response:
    access.require(visit.actor, "loyalty.view")
    with visit.app.database.transaction() as tx:
        value = ProgrammeList(
            places=loyalty_places("programmes", tx),
            lines=tuple(loyalty.programmes(tx)),
            drafts=heads(tx, kind=PROGRAMME.name, state="draft").items,
            may_draft=may_draft(visit),
        )
    return page(visit, "loyalty/list.html", value)


@router.get("/loyalty/{key}")
def programme(visit: Visiting, key: str) -> Response:
    access.require(visit.actor, "loyalty.view")
    with visit.app.database.transaction() as tx:
        at = visit.app.now(tx)
        body = loyalty.definition(tx, key)
        holdings = loyalty.holdings(tx, key, at)
        value = ProgrammePage(
            top=top(tx, visit, key, ""),
            figures=figures(holdings, body.currencies[0], f"/loyalty/{key}/members"),
            tier_columns=TIER_COLUMNS,
            tiers=tuple(tier_table(tx, key, one, holdings.members, at) for one in body.tier_sets),
            sentences=tuple(loyalty.sentences(body)),
        )
    return page(visit, "loyalty/programme.html", value)


@router.get("/loyalty/{key}/health")
def health(visit: Visiting, key: str) -> Response:
    access.require(visit.actor, "loyalty.view")
    with visit.app.database.transaction() as tx:
        at = visit.app.now(tx)
        holdings = loyalty.holdings(tx, key, at)
        trial = loyalty.trial_balance(tx, key)
        found = loyalty.health(tx, key, at)
        flows = loyalty.points_by_month(tx, key, at)
        active = loyalty.active_members(tx, key, at)
        body = loyalty.definition(tx, key)
        value = HealthPart(
            top=top(tx, visit, key, ""),
            figures=(
                *life(active, holdings.members),
                *redemption(found, trial, holdings.members),
                soundness(trial),
            ),
            chart=points_chart(key, flows, body, at, holdings.members),
        )
    return page(visit, "loyalty/health.html", value)


@router.get("/loyalty/{key}/points")
def points_file(visit: Visiting, key: str, format: str = "csv") -> Response:  # noqa: A002 - the name in the address.
    access.require(visit.actor, "loyalty.view")
    with visit.app.database.transaction() as tx:
        at = visit.app.now(tx)
        flows = loyalty.points_by_month(tx, key, at)
        members = loyalty.holdings(tx, key, at).members
        return chart_file(points_chart(key, flows, loyalty.definition(tx, key), at, members), format)


@router.get("/loyalty/{key}/check")
def check(visit: Visiting, key: str) -> Response:
    """The proof of the whole ledger, worked out on demand."""
    access.require(visit.actor, "loyalty.view")
    with visit.app.database.transaction() as tx:
        findings = tuple(loyalty.check_ledger(tx))
        value = Checked(top=top(tx, visit, key, ""), findings=findings, trial=loyalty.trial_balance(tx, key))
    return page(visit, "loyalty/check.html", value)


def may_draft(visit: Visit) -> bool:
    return access.allows(visit.actor, "definitions.draft", kind=PROGRAMME.name).outcome == "yes"


def top(tx: Tx, visit: Visit, key: str, tab: str) -> Top:
    found, body = live(tx, PROGRAMME, key), loyalty.definition(tx, key)
    parts = {
        "": "How it goes",
        "members": "Members",
        "metrics": "Metrics",
        "rules": "Rules and versions",
        "tester": "Tester",
    }
    return Top(
        key=key,
        name=body.name,
        state=STATES[loyalty.programme_run(tx, key).state(visit.app.now(tx))],
        version=found.version if found else 0,
        since=found.published_at if found else None,
        text=loyalty.sentences(body)[0] if body.earning else "",
        tabs=tuple(
            Tab(title=title, href=f"/loyalty/{key}{'/' if part else ''}{part}", active=part == tab)
            for part, title in parts.items()
        ),
        drafted=draft(tx, PROGRAMME, key) is not None,
        may_draft=may_draft(visit),
    )


def tier_table(tx: Tx, key: str, tier_set: TierSet, members_count: int, at: datetime) -> TierTable:
    moved = loyalty.tier_moves(tx, key, at, tier_set.key)
    first = loyalty.definition(tx, key).tier_set
    return TierTable(
        key=tier_set.key,
        more="" if first and first.key == tier_set.key else f"&tiers={tier_set.key}",
        title=tier_set.name or "Tiers",
        text=f"By {counted_in_words(tier_set)}; who rose and fell, in the last 90 days.",
        rows=tuple(
            tier_row(tier, members_count, moved, tier_set) for tier in loyalty.tiers(tx, key, tier_set.key)
        ),
    )


def counted_in_words(tier_set: TierSet) -> str:
    """As in "points collected in the last 182 days"."""
    what = {
        "collected": "points collected",
        "spend": f"money spent, in {tier_set.money}",
        "orders": "orders",
        "events": f"“{tier_set.event}”",
        "balance": "the points held",
        "invitation": "invitation",
    }[tier_set.counts]
    if tier_set.counts in ("balance", "invitation"):
        return what
    if tier_set.window == "rolling":
        return f"{what} in the last {tier_set.window_days} days"
    return f"{what} in spans of {tier_set.window_months} months"


def tier_row(
    tier: loyalty.TierCount, members_count: int, moved: Sequence[TierMove], tier_set: TierSet
) -> TierRow:
    here = [move for move in moved if move.tier_after == tier.number]
    return TierRow(
        number=tier.number,
        name=tier.name,
        threshold=(
            Money(tier.threshold, tier_set.money).format()
            if tier_set.counts == "spend"
            else number(tier.threshold)
        ),
        members=tier.members,
        share=tier.members / members_count if members_count else 0.0,
        risen=sum(move.members for move in here if move.tier_before < tier.number),
        fallen=sum(move.members for move in here if move.tier_before > tier.number),
    )


def find(app: App, actor: access.Actor, asked: str) -> list[Found]:
    """Programmes for the palette."""
    if access.allows(actor, "loyalty.view").outcome != "yes":
        return []
    with app.database.transaction() as tx:
        lines = loyalty.programmes(tx)
    found = [
        Found(title=line.name, href=f"/loyalty/{line.key}", kind="Programme", icon="award")
        for line in lines
        if fold(asked) in fold(f"{line.name} ledger members")
    ]
    begin = Found(title="New programme", href="/loyalty/programmes/new", kind="Begin", icon="plus")
    may = access.allows(actor, "definitions.draft", kind=PROGRAMME.name).outcome == "yes"
    return [*found, begin] if may and fold(asked) in "new programme" else found
