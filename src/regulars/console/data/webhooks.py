"""Webhooks: the systems that are told what happens, how each does, and a new one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from regulars import access, definitions, webhooks
from regulars.console.console import pages
from regulars.console.data import places
from regulars.console.data.connections import slug
from regulars.console.data.snippets import Snippet
from regulars.console.data.webhook_health import HOURS, Health, health_of, standing_of
from regulars.console.data.webhook_snippets import verifying
from regulars.console.parts import Column, Tab, Tone
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.definitions import Requested
from regulars.kernel import Finding, Invalid
from regulars.webhooks import WEBHOOK, Endpoint, OpenCount

router = pages()
COLUMNS = (
    Column(title="Webhook"),
    Column(title="State"),
    Column(title="Last 48 hours"),
    Column(title="Waiting", numeric=True),
    Column(title="Failed for good", numeric=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    key: str
    title: str
    sentence: str
    word: str
    tone: Tone
    reason: str
    health: Health
    series: tuple[float, ...]
    waiting: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookList:
    tabs: tuple[Tab, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    may_draft: bool
    why_not: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookForm:
    title: str = ""
    url: str = ""
    events: str = ""
    sources: str = ""
    properties: str = ""
    contacts: bool = False
    problem: str = ""
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeSecret:
    key: str
    title: str
    url: str
    secret: str
    rotated: bool
    snippets: tuple[Snippet, ...]


@router.get("/data/webhooks")
def webhook_list(visit: Visiting) -> Response:
    access.require(visit.actor, "sources.view")
    draft = access.allows(visit.actor, "sources.draft", kind="webhook")
    now = visit.app.wall.now()
    with visit.app.database.transaction() as tx:
        hours = webhooks.hours(tx, now - timedelta(hours=HOURS))
        standing, counts = webhooks.endpoints(tx), webhooks.open_counts(tx)
        heads = definitions.heads(tx, kind=WEBHOOK.name, limit=200).items
        rows = tuple(
            _row(tx, head, health_of((h for h in hours if h.webhook_key == head.key), now), standing, counts)
            for head in heads
        )
    value = WebhookList(
        tabs=places.tabs("/data/webhooks"),
        columns=COLUMNS,
        rows=rows,
        may_draft=draft.outcome == "yes",
        why_not=draft.reason,
    )
    return page(visit, "data/webhooks/list.html", value)


def _row(
    tx: Tx,
    head: definitions.Head,
    health: Health,
    standing: Mapping[str, Endpoint],
    counts: Mapping[str, OpenCount],
) -> Row:
    live = definitions.live(tx, WEBHOOK, head.key)
    body = (live or definitions.get(tx, WEBHOOK, head.key)).body
    stands, count = standing.get(head.key), counts.get(head.key)
    word, tone = standing_of(body, live=live is not None, stands=stands)
    return Row(
        key=head.key,
        title=body.title,
        sentence=WEBHOOK.sentence(body),
        word=word,
        tone=tone,
        reason=(stands.reason or stands.problem) if stands and live else "",
        health=health,
        series=tuple(float(bar.delivered + bar.failed) for bar in health.bars),
        waiting=count.waiting if count else 0,
        failed=count.failed if count else 0,
    )


@router.get("/data/webhooks/new")
def new(visit: Visiting) -> Response:
    access.require(visit.actor, "sources.draft", kind="webhook")
    blank = WebhookForm(events="regulars.loyalty.*\nOrder Completed")
    return page(visit, "data/webhooks/new.html", blank)


@router.post("/data/webhooks")
def make(
    visit: Visiting,
    title: Annotated[str, Form()] = "",
    url: Annotated[str, Form()] = "",
    events: Annotated[str, Form()] = "",
    sources: Annotated[str, Form()] = "",
    properties: Annotated[str, Form()] = "",
    contacts: Annotated[str, Form()] = "",
) -> Response:
    """Draft, publish and make the secret in one step; above one's level the publishing becomes a request."""
    form = WebhookForm(
        title=title.strip(),
        url=url.strip(),
        events=events,
        sources=sources,
        properties=properties,
        contacts=bool(contacts),
    )
    may_secret = access.allows(visit.actor, "sources.secrets").outcome == "yes"
    secret = ""
    try:
        with visit.app.database.transaction() as tx:
            key, at = _free(tx, slug(form.title)), visit.app.now(tx)
            definitions.save_draft(tx, visit.actor, WEBHOOK, key, _body(form), at=at)
            done = definitions.publish(tx, visit.actor, WEBHOOK, key, at=at)
            if may_secret:
                secret = _secret(visit, tx, key, at)
    except Invalid as error:
        errors = {finding.path.split("[")[0]: finding.message for finding in error.findings}
        wrong = replace(form, problem=str(error), errors=errors)
        return page(visit, "data/webhooks/new.html", wrong, status=422)
    said = f"“{form.title}” is live; nothing is sent before somebody of engineering makes its secret."
    if isinstance(done, Requested):
        said = f"“{form.title}” is drafted and waits for approval: {done.reason}"
    if not secret:
        return redirect(visit, f"/data/webhooks/{key}", said, tone="waiting")
    return secret_page(visit, key, form.title, form.url, secret, rotated=False)


def _body(form: WebhookForm) -> dict[str, object]:
    body: dict[str, object] = {"title": form.title, "url": form.url, "events": _lines(form.events)}
    if form.sources.strip():
        body["sources"] = _lines(form.sources)
    if form.properties.strip():
        body["properties"] = _lines(form.properties)
    return body | ({"contacts": True} if form.contacts else {})


def _lines(text: str) -> list[str]:
    """One a line or parted by commas."""
    return [one.strip() for one in text.replace(",", "\n").splitlines() if one.strip()]


def _free(tx: Tx, wanted: str) -> str:
    if not wanted:
        told = "Give it a name with at least one letter or digit."
        raise Invalid(told, [Finding(path="title", code="webhooks.title", message=told)])
    names = [wanted, *(f"{wanted}-{n}" for n in range(2, 50))]
    return next(name for name in names if not definitions.versions(tx, WEBHOOK, name))


def _secret(visit: Visit, tx: Tx, key: str, at: datetime) -> str:
    now = visit.app.wall.now()
    return webhooks.new_secret(tx, visit.actor, visit.app.vault, key, at=at, now=now)


@router.post("/data/webhooks/{key}/secret")
def rotate(visit: Visiting, key: str) -> Response:
    """Make another secret; shown on the page that answers and nowhere else."""
    access.require(visit.actor, "sources.secrets")
    with visit.app.database.transaction() as tx:
        body = definitions.get(tx, WEBHOOK, key).body
        rotated = bool(webhooks.secrets_told(tx, key, visit.app.wall.now()))
        secret = _secret(visit, tx, key, visit.app.now(tx))
    return secret_page(visit, key, body.title, body.url, secret, rotated=rotated)


def secret_page(visit: Visit, key: str, title: str, url: str, secret: str, *, rotated: bool) -> Response:
    value = MadeSecret(key=key, title=title, url=url, secret=secret, rotated=rotated, snippets=verifying())
    response = page(visit, "data/webhooks/secret.html", value)
    response.headers["Cache-Control"] = "no-store"
    return response
