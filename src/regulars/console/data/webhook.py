"""One webhook: how it does, its log, a test, sending again, and holding it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import Form
from starlette.responses import Response

from regulars import access, definitions, webhooks
from regulars.connections import SecretTold
from regulars.console.console import pages
from regulars.console.data.snippets import Snippet
from regulars.console.data.webhook_health import HOURS, Health, figures_of, health_of, spoken, standing_of
from regulars.console.data.webhook_snippets import verifying
from regulars.console.formats import count_of
from regulars.console.parts import Column, Figure, Tone
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.kernel import Invalid, public_id
from regulars.webhooks import WEBHOOK, DeliveryFilter, Endpoint, Sent, Trial, WebhookBody

router = pages()
COLUMNS = (
    Column(title="Written down"),
    Column(title="Event"),
    Column(title="State"),
    Column(title="Attempts", numeric=True),
)
STATES: dict[str, tuple[str, Tone]] = {
    "waiting": ("Waiting", "waiting"),
    "sending": ("Under way", "live"),
    "delivered": ("Arrived", "good"),
    "failed": ("Failed for good", "bad"),
    "cancelled": ("Cancelled", "quiet"),
}
LOG_ROWS = 25
SPANS = (("24", "the last 24 hours"), ("168", "the last 7 days"), ("720", "the last 30 days"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SentRow:
    sent: Sent
    href: str
    word: str
    tone: Tone
    again_at: datetime | None  # When it is tried again.


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    state: str
    q: str
    span: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookPage:
    key: str
    body: WebhookBody
    sentence: str
    word: str
    tone: Tone
    is_live: bool
    stands: Endpoint | None
    figures: tuple[Figure, ...]
    health: Health
    columns: tuple[Column, ...]
    rows: tuple[SentRow, ...]
    next_href: str
    export_href: str
    asked: Asked
    states: tuple[tuple[str, str], ...]
    spans: tuple[tuple[str, str], ...]
    secrets: tuple[SecretTold, ...]
    may_secret: bool
    why_not_secret: str
    may_run: bool
    why_not_run: str
    snippets: tuple[Snippet, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialPage:
    key: str
    title: str
    trial: Trial
    href: str


@router.get("/data/webhooks/{key}")
def webhook(
    visit: Visiting, key: str, state: str = "", q: str = "", span: str = "", cursor: str | None = None
) -> Response:
    access.require(visit.actor, "sources.view")
    asked = Asked(state=state if state in STATES else "", q=q.strip(), span=span if span.isdigit() else "")
    return page(visit, "data/webhooks/webhook.html", _page(visit, key, asked, cursor))


def _page(visit: Visit, key: str, asked: Asked, cursor: str | None = None, problem: str = "") -> WebhookPage:
    now = visit.app.wall.now()
    with visit.app.database.transaction() as tx:
        live = definitions.live(tx, WEBHOOK, key)
        body = (live or definitions.get(tx, WEBHOOK, key)).body
        stands = webhooks.endpoint(tx, key)
        health = health_of(webhooks.hours(tx, now - timedelta(hours=HOURS), key), now)
        count = webhooks.open_counts(tx).get(key)
        found = webhooks.deliveries(tx, key, chosen_by(asked, now), cursor=cursor, limit=LOG_ROWS)
        secrets = tuple(webhooks.secrets_told(tx, key, now))
    word, tone = standing_of(body, live=live is not None, stands=stands)
    secret, run = access.allows(visit.actor, "sources.secrets"), allowed(visit)
    query = {
        name: text for name, text in (("state", asked.state), ("q", asked.q), ("span", asked.span)) if text
    }
    here = f"/data/webhooks/{key}"
    return WebhookPage(
        key=key,
        body=body,
        sentence=WEBHOOK.sentence(body),
        word=word,
        tone=tone,
        is_live=live is not None,
        stands=stands,
        figures=figures_of(health, count, here),
        health=health,
        columns=COLUMNS,
        rows=_rows(found.items),
        next_href=f"{here}?{urlencode(query | {'cursor': found.next})}" if found.next else "",
        export_href=f"{here}/deliveries.csv?{urlencode(query)}",
        asked=asked,
        states=(("", "Every state"), *((name, word) for name, (word, _) in STATES.items())),
        spans=(("", "Of any time"), *((hours, f"Of {text}") for hours, text in SPANS)),
        secrets=secrets,
        may_secret=secret.outcome == "yes",
        why_not_secret=secret.reason,
        may_run=run.outcome == "yes",
        why_not_run=run.reason,
        snippets=verifying(),
        problem=problem,
    )


def allowed(visit: Visit) -> access.Decision:
    return access.allows(visit.actor, "sources.publish", kind="webhook")


def chosen_by(asked: Asked, now: datetime) -> DeliveryFilter:
    """What was typed is an event's name, or a webhook-id."""
    is_id = asked.q.startswith("msg_")
    return DeliveryFilter(
        state=asked.state or None,
        event=asked.q if asked.q and not is_id else None,
        message_id=asked.q if is_id else None,
        since=now - timedelta(hours=min(int(asked.span), 87_600)) if asked.span else None,
    )


def _rows(found: Sequence[Sent]) -> tuple[SentRow, ...]:
    return tuple(
        SentRow(
            sent=one,
            href=f"/data/webhooks/{quote(one.webhook_key)}/deliveries/{one.public_id}",
            word=STATES[one.state][0],
            tone=STATES[one.state][1],
            again_at=one.due_at if one.state == "waiting" and one.attempts else None,
        )
        for one in found
    )


@router.post("/data/webhooks/{key}/pause")
def pause(visit: Visiting, key: str) -> Response:
    with visit.app.database.transaction() as tx:
        webhooks.pause(tx, visit.actor, key, at=visit.app.now(tx), now=visit.app.wall.now())
    said = "It is paused: what happens is written down and waits."
    return redirect(visit, f"/data/webhooks/{key}", said, tone="waiting")


@router.post("/data/webhooks/{key}/resume")
def resume(visit: Visiting, key: str) -> Response:
    with visit.app.database.transaction() as tx:
        webhooks.resume(tx, visit.actor, key, at=visit.app.now(tx), now=visit.app.wall.now())
    return redirect(visit, f"/data/webhooks/{key}", "It goes on: what waits is sent now.")


@router.post("/data/webhooks/{key}/test")
def test(visit: Visiting, key: str) -> Response:
    """Ask at once, and show what was sent and answered."""
    access.require(visit.actor, "sources.publish", kind="webhook")
    app = visit.app
    with app.database.transaction() as tx:
        title, at = definitions.get(tx, WEBHOOK, key).body.title, app.now(tx)
    trial = webhooks.send_test(
        app.database, visit.actor, key, way=app.way, vault=app.vault, at=at, now=app.wall.now()
    )
    href = f"/data/webhooks/{key}/deliveries/{public_id('whd', trial.delivery_id)}"
    return page(visit, "data/webhooks/trial.html", TrialPage(key=key, title=title, trial=trial, href=href))


@router.post("/data/webhooks/{key}/replay")
def replay(
    visit: Visiting,
    key: str,
    failed_of: Annotated[str, Form()] = "",
    since: Annotated[str, Form()] = "",
    position: Annotated[str, Form()] = "",
) -> Response:
    """What failed in a time, or everything since an instant or a position."""
    try:
        with visit.app.database.transaction() as tx:
            said = _replayed(visit, tx, key, failed_of, since.strip(), position.strip())
    except Invalid as error:
        blank = Asked(state="", q="", span="")
        return page(
            visit, "data/webhooks/webhook.html", _page(visit, key, blank, problem=str(error)), status=422
        )
    return redirect(visit, f"/data/webhooks/{key}", said)


def _replayed(visit: Visit, tx: Tx, key: str, failed_of: str, since: str, position: str) -> str:
    at, now = visit.app.now(tx), visit.app.wall.now()
    if failed_of:
        start = now - timedelta(hours=int(failed_of) if failed_of in dict(SPANS) else 24)
        count = webhooks.replay_failed(tx, visit.actor, key, since=start, until=now, at=at, now=now)
        return f"{spoken(count)} that failed {'goes' if count == 1 else 'go'} out again."
    if position and not (position.isascii() and position.isdigit() and len(position) < 19):  # noqa: PLR2004
        raise Invalid(f"A position is a whole number; {position[:40]!r} was typed.")
    asked = webhooks.replay_since(
        tx,
        visit.actor,
        key,
        position=max(1, int(position)) if position else None,
        since=_instant(visit, since) if since else None,
        at=at,
        now=now,
    )
    many = count_of(asked.events, "event")
    older = " What is older stands in the lake alone and is not sent." if asked.older_asked else ""
    return f"A job goes through {many} from position {asked.first} on; Jobs shows how far it is.{older}"


def _instant(visit: Visit, text: str) -> datetime:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{text[:40]!r} is no instant; write it as 2026-03-01 09:00.") from None
    return read.replace(tzinfo=visit.zone) if read.tzinfo is None else read
