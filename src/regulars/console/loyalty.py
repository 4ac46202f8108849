"""Loyalty: the programmes, how one goes, its members and its rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from starlette.responses import Response

from regulars import access, customers, loyalty
from regulars.app import App
from regulars.console.chart_files import chart_file
from regulars.console.charts import Chart
from regulars.console.console import pages
from regulars.console.formats import number
from regulars.console.frame import Found
from regulars.console.loyalty_figures import (
    chip_of,
    figures,
    held,
    life,
    points_chart,
    redemption,
    soundness,
)
from regulars.console.loyalty_places import loyalty_places
from regulars.console.parts import Chip, Column, Figure, Tab, Tone
from regulars.console.visit import Visit, Visiting, page
from regulars.db import Tx
from regulars.definitions import Head, draft, heads, live
from regulars.kernel import Finding, Points, fold
from regulars.loyalty import PROGRAMME, TierMove

router = pages()
STATES: dict[str, tuple[str, Tone]] = {
    "running": ("Live", "good"),
    "paused": ("Paused", "waiting"),
    "closed": ("Closed", "quiet"),
    "coming": ("Begins later", "waiting"),
    "ended": ("Ended", "quiet"),
}
MEMBER_COLUMNS = (
    Column(title="Member"),
    Column(title="Tier"),
    Column(title="Points", numeric=True),
    Column(title="Joined"),
    Column(title="Last moved"),
)
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
class ProgrammePage:
    top: Top
    figures: tuple[Figure, ...]
    tier_columns: tuple[Column, ...]
    tiers: tuple[TierRow, ...]
    window: str
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


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    chip: Chip
    tier: str
    points: Points
    joined_at: datetime
    moved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberList:
    top: Top
    asked: str
    tier: str
    tiers: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    rows: tuple[MemberRow, ...]
    next_href: str
    first_href: str


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
        moved = loyalty.tier_moves(tx, key, at)
        value = ProgrammePage(
            top=top(tx, visit, key, ""),
            figures=figures(holdings, body.currencies[0], f"/loyalty/{key}/members"),
            tier_columns=TIER_COLUMNS,
            tiers=tuple(tier_row(tier, holdings.members, moved) for tier in loyalty.tiers(tx, key)),
            window=f"{body.tier_set.window_days} days" if body.tier_set else "",
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


@router.get("/loyalty/{key}/members")
def members(visit: Visiting, key: str, q: str = "", tier: str = "", cursor: str | None = None) -> Response:
    access.require(visit.actor, "loyalty.view")
    with visit.app.database.transaction() as tx:
        return page(visit, "loyalty/members.html", member_list(tx, visit, key, q, tier, cursor))


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


def tier_row(tier: loyalty.TierCount, members_count: int, moved: Sequence[TierMove]) -> TierRow:
    here = [move for move in moved if move.tier_after == tier.number]
    return TierRow(
        number=tier.number,
        name=tier.name,
        threshold=number(tier.threshold),
        members=tier.members,
        share=tier.members / members_count if members_count else 0.0,
        risen=sum(move.members for move in here if move.tier_before < tier.number),
        fallen=sum(move.members for move in here if move.tier_before > tier.number),
    )


def member_list(tx: Tx, visit: Visit, key: str, q: str, tier: str, cursor: str | None) -> MemberList:
    body = loyalty.definition(tx, key)
    names = [one.name for one in body.tier_set.tiers] if body.tier_set else []
    ids = [hit.customer_id for hit in customers.search(tx, q, limit=200).items] if q.strip() else None
    number_of = int(tier) if tier.isdigit() else None
    found = loyalty.roster(tx, key, tier=number_of, customer_ids=ids, cursor=cursor)
    people = customers.by_ids(tx, [line.customer_id for line in found.items])
    kept = {"q": q, "tier": tier}
    here = f"/loyalty/{key}/members"
    return MemberList(
        top=top(tx, visit, key, "members"),
        asked=q,
        tier=tier,
        tiers=(("", "All tiers"), *((str(n), name) for n, name in enumerate(names, 1))),
        columns=MEMBER_COLUMNS,
        rows=tuple(
            MemberRow(
                chip=chip_of(people.get(line.customer_id), line.customer_id, here),
                tier=names[line.tier_number - 1] if line.tier_number else "",
                points=held(line.active, body.currencies[0]),
                joined_at=line.joined_at,
                moved_at=line.last_posted_at,
            )
            for line in found.items
        ),
        next_href=f"{here}?{urlencode({**kept, 'cursor': found.next})}" if found.next else "",
        first_href=f"{here}?{urlencode(kept)}" if cursor else "",
    )


def find(app: App, actor: access.Actor, asked: str) -> list[Found]:
    """Programmes for the palette."""
    if access.allows(actor, "loyalty.view").outcome != "yes":
        return []
    with app.database.transaction() as tx:
        lines = loyalty.programmes(tx)
    return [
        Found(title=line.name, href=f"/loyalty/{line.key}", kind="Programme", icon="award")
        for line in lines
        if fold(asked) in fold(f"{line.name} ledger members")
    ]
