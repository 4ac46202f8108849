"""Campaigns: the list, and one campaign with who, what and what it changed."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from starlette.responses import Response

from regulars import access, campaigns, definitions
from regulars.app import App
from regulars.campaigns import CAMPAIGN, Campaign, Results, Run
from regulars.console.campaign_figures import (
    STATES,
    CampaignRow,
    Invented,
    Skipped,
    figures,
    invented,
    row_of,
    setup_facts,
    skipped,
)
from regulars.console.campaign_monitor import MonitorView, view_of
from regulars.console.campaign_retrying import Failed, failed_of
from regulars.console.chart_files import chart_file
from regulars.console.comparisons import ComparisonView, charts, replay_words, view
from regulars.console.console import pages
from regulars.console.frame import Found
from regulars.console.parts import Column, Figure, Tab, Tone
from regulars.console.visit import Visiting, page
from regulars.db import Tx
from regulars.definitions import Definition, Preview
from regulars.kernel import Finding, NotFound, fold

router = pages()
COLUMNS = (
    Column(title="Campaign"),
    Column(title="State"),
    Column(title="Audience", numeric=True),
    Column(title="What it changed"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignList:
    asked: str
    rows: tuple[CampaignRow, ...]
    columns: tuple[Column, ...]
    next_href: str
    first_href: str
    may_draft: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Top:
    """What each of a campaign's pages begins with."""

    key: str
    title: str
    purpose: str
    state: str
    tone: Tone
    tabs: tuple[Tab, ...]
    launched: bool
    draft: bool  # A draft stands beside the launched version, or alone.
    request: str  # The request for its launch that waits for a yes; empty: none does.
    may_draft: bool
    recording: bool
    sent: bool  # Somebody got it, so that it can be sent again to who did not answer.


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignPage:
    top: Top
    sentence: str
    results: Results | None
    figures: tuple[Figure, ...]
    view: ComparisonView | None
    skipped: tuple[Skipped, ...]
    replay: tuple[str, str] | None
    invented: tuple[Invented, ...]
    preview: Preview | None  # Of a draft that was never launched.
    findings: tuple[Finding, ...]
    failed: Failed | None
    monitor: MonitorView | None  # While it waits, sends or is paused.


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupPage:
    top: Top
    sentence: str
    facts: tuple[tuple[str, str], ...]
    versions: tuple[Definition[Campaign], ...]


@router.get("/campaigns")
def campaign_list(visit: Visiting, q: str = "", cursor: str | None = None) -> Response:
    access.require(visit.actor, "definitions.view")
    with visit.app.database.transaction() as tx:
        at = visit.app.now(tx)
        found = definitions.heads(tx, kind=CAMPAIGN.name, search=q or None, cursor=cursor)
        lines = {line.run.key: line for line in reversed(campaigns.run_lines(tx, at))}
        asked = requests(tx)
    kept = {"q": q} if q else {}
    value = CampaignList(
        asked=q,
        rows=tuple(row_of(head, lines.get(head.key), asked=head.key in asked) for head in found.items),
        columns=COLUMNS,
        next_href=f"/campaigns?{urlencode({**kept, 'cursor': found.next})}" if found.next else "",
        first_href=f"/campaigns?{urlencode(kept)}" if cursor else "",
        may_draft=may_draft(visit.actor),
    )
    return page(visit, "campaigns/list.html", value)


@router.get("/campaigns/{key}")
def campaign(visit: Visiting, key: str) -> Response:
    access.require(visit.actor, "definitions.view")
    with visit.app.database.transaction() as tx:
        value = campaign_page(tx, visit.actor, key, visit.app.now(tx))
    return page(visit, "campaigns/campaign.html", value)


@router.get("/campaigns/{key}/chart")
def chart(visit: Visiting, key: str, picture: str = "rates", format: str = "csv") -> Response:  # noqa: A002
    access.require(visit.actor, "figures.view")
    with visit.app.database.transaction() as tx:
        found = campaigns.results(tx, key, visit.app.now(tx))
    drawn = {one.key: one for one in charts(found.comparison, key=key, did=found.did)}
    if f"{key}-{picture}" not in drawn:
        raise NotFound(f"There is no picture {picture[:40]!r} of {found.title} yet.")
    return chart_file(drawn[f"{key}-{picture}"], format)


@router.get("/campaigns/{key}/setup")
def setup(visit: Visiting, key: str) -> Response:
    access.require(visit.actor, "definitions.view")
    with visit.app.database.transaction() as tx:
        found = definitions.get(tx, CAMPAIGN, key)
        value = SetupPage(
            top=top(tx, visit.actor, key, "setup"),
            sentence=campaigns.sentence(found.body),
            facts=setup_facts(found.body),
            versions=tuple(definitions.versions(tx, CAMPAIGN, key)),
        )
    return page(visit, "campaigns/setup.html", value)


def campaign_page(tx: Tx, actor: access.Actor, key: str, at: datetime) -> CampaignPage:
    head = top(tx, actor, key, "")
    found = campaigns.results(tx, key, at) if head.launched else None
    defined = definitions.get(tx, CAMPAIGN, key, found.run.version if found else None)
    waiting = found is None and defined.state == "draft"
    return CampaignPage(
        top=head,
        sentence=campaigns.sentence(defined.body),
        results=found,
        figures=figures(found, key, at) if found else (),
        view=view(found.comparison, key=key, did=found.did, href=f"/campaigns/{key}") if found else None,
        skipped=skipped(found) if found else (),
        replay=replay_words(found.replay) if found and found.replay else None,
        invented=invented(tx) if found else (),
        preview=definitions.preview(tx, CAMPAIGN, defined, at) if waiting else None,
        findings=tuple(definitions.validate(tx, CAMPAIGN, defined)) if waiting else (),
        failed=failed_of(tx, actor, key) if found and found.failed else None,
        monitor=view_of(tx, actor, key, defined.title, at) if found and watched(found.run) else None,
    )


def watched(run: Run) -> bool:
    return run.state in ("scheduled", "sending") or (run.state == "stopped" and run.cancelled_at is not None)


def top(tx: Tx, actor: access.Actor, key: str, tab: str) -> Top:
    defined = definitions.get(tx, CAMPAIGN, key)
    run = found_run(tx, key)
    draft = definitions.draft(tx, CAMPAIGN, key) is not None
    state: str = run.state if run else defined.state
    if run and run.paused_at is not None:
        state = "paused"
    elif run and run.cancelled_at is not None and run.state != "measured":
        state = "stopped"
    request = requests(tx).get(key, "") if draft else ""
    if request:
        state = "asked"
    word, tone = STATES.get(state, (state.capitalize(), "quiet"))
    parts = (("", "How it goes"), ("/people", "People and messages"), ("/setup", "Set-up and versions"))
    return Top(
        key=key,
        title=defined.title,
        purpose=defined.body.purpose,
        state=word,
        tone=tone,
        tabs=tuple(
            Tab(title=title, href=f"/campaigns/{key}{part}", active=part.strip("/") == tab)
            for part, title in parts
            if run or part != "/people"
        ),
        launched=run is not None,
        draft=draft,
        request=request,
        may_draft=may_draft(actor),
        recording=defined.body.channel == "recording",
        sent=run is not None and run.state in ("sending", "sent", "measured"),
    )


def found_run(tx: Tx, key: str) -> Run | None:
    try:
        return campaigns.find(tx, key)
    except NotFound:
        return None


def requests(tx: Tx) -> dict[str, str]:
    """Of each campaign whose launch waits for somebody's yes: the request."""
    waiting = access.approvals(tx, state="pending", subject_kind=CAMPAIGN.name, limit=200)
    return {one.subject: one.public_id for one in waiting.items}


def may_draft(actor: access.Actor) -> bool:
    return access.allows(actor, "definitions.draft", kind=CAMPAIGN.name).outcome == "yes"


def find(app: App, actor: access.Actor, asked: str) -> list[Found]:
    """Campaigns for the palette, and the step to a new one."""
    if access.allows(actor, "definitions.view").outcome != "yes":
        return []
    with app.database.transaction() as tx:
        heads = definitions.heads(tx, kind=CAMPAIGN.name, search=asked, limit=5).items
    found = [
        Found(title=head.title, href=f"/campaigns/{head.key}", kind="Campaign", icon="speakerphone")
        for head in heads
    ]
    if may_draft(actor) and fold(asked) in "new campaign":
        found.append(Found(title="New campaign", href="/campaigns/new", kind="Do", icon="plus"))
    return found
