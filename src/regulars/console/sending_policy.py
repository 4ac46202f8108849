"""The sending policy: what holds for every message, in a sentence and rows, and what it kept back lately."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Form
from starlette.responses import Response

from regulars import access, customers, definitions, messaging
from regulars.console.console import pages
from regulars.console.parts import Column, Figure
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.kernel import Finding, Invalid, Stale
from regulars.messaging import POLICY_KEY, SENDING_POLICY, SendingPolicy

router = pages()
HERE = "/settings/sending"
DEFINITION = f"/definitions/{SENDING_POLICY.name}/{POLICY_KEY}"
LOOKED_BACK = timedelta(days=30)
BLANK_ROWS = 2
PERS = (
    ("day", "a calendar day"),
    ("week", "a calendar week"),
    ("month", "a calendar month"),
    ("hours", "in so many hours"),
)
CHANNELS = (
    ("", "any that disturbs"),
    ("email", "e-mail"),
    ("sms", "text message"),
    ("push", "push message"),
    ("inbox", "card in the inbox"),
    ("webhook", "webhook"),
)
THEN = (("hold", "waits until they end"), ("skip", "is not sent"))
PAST = (("tomorrow", "the same hour tomorrow"), ("now", "at once"))
CAP_COLUMNS = (
    Column(title="At most", numeric=True),
    Column(title="In"),
    Column(title="By"),
    Column(title="About"),
)
QUIET_COLUMNS = (
    Column(title="From"),
    Column(title="To"),
    Column(title="By"),
    Column(title="What is due then"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPage:
    sentence: str
    policy: SendingPolicy
    live: bool
    draft: bool
    figures: tuple[Figure, ...]
    rest: tuple[tuple[str, str], ...]
    caps: tuple[tuple[str, str, str, str], ...]
    quiet: tuple[tuple[str, str, str, str], ...]
    may_draft: bool
    definition: str = DEFINITION
    cap_columns: tuple[Column, ...] = CAP_COLUMNS
    quiet_columns: tuple[Column, ...] = QUIET_COLUMNS


@dataclass(frozen=True, slots=True, kw_only=True)
class CapRow:
    n: str = ""
    per: str = "week"
    hours: str = ""
    channel: str = ""
    topic: str = ""  # Empty: any; "-": what has none.


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietRow:
    starts: str = ""
    ends: str = ""
    then: str = "hold"
    channel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The form's fields, as they were typed."""

    title: str = ""
    caps: tuple[CapRow, ...] = ()
    quiet: tuple[QuietRow, ...] = ()
    competing_hours: str = "0"
    past_hour: str = "tomorrow"
    holdout_percent: str = "0"
    holdout_salt: str = ""
    test_addresses: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyForm:
    typed: Typed
    etag: str
    topics: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...] = ()
    errors: dict[str, str] = field(default_factory=dict)
    stale: str = ""
    pers: tuple[tuple[str, str], ...] = PERS
    channels: tuple[tuple[str, str], ...] = CHANNELS
    then: tuple[tuple[str, str], ...] = THEN
    past: tuple[tuple[str, str], ...] = PAST


@router.get(HERE)
def policy(visit: Visiting) -> Response:
    """What holds now."""
    access.require(visit.actor, "definitions.view")
    with visit.app.database.transaction() as tx:
        found = definitions.live(tx, SENDING_POLICY, POLICY_KEY)
        body = messaging.sending_policy(tx)
        draft = definitions.draft(tx, SENDING_POLICY, POLICY_KEY) is not None
        kept = messaging.kept_back(tx, visit.app.now(tx) - LOOKED_BACK)
    value = PolicyPage(
        sentence=SENDING_POLICY.sentence(body),
        policy=body,
        live=found is not None,
        draft=draft,
        figures=_figures(kept),
        rest=_rest(body),
        caps=tuple(_cap_row(cap) for cap in body.caps),
        quiet=tuple(_quiet_row(quiet) for quiet in body.quiet_hours),
        may_draft=_may_draft(visit),
    )
    return page(visit, "settings/sending.html", value)


def _may_draft(visit: Visit) -> bool:
    decision = access.allows(visit.actor, "definitions.draft", kind=SENDING_POLICY.name)
    return decision.outcome in ("yes", "assisted")


def _figures(kept: dict[str, int]) -> tuple[Figure, ...]:
    shown = (
        ("Heard often enough", "capped", "messages a cap kept back"),
        ("Outranked", "outranked", "messages another went before"),
        ("At quiet hours", "quiet_hours", "kept back or waiting"),
        ("Held out of all marketing", "global_holdout", "messages, for comparison"),
    )
    return tuple(
        Figure(label=label, value=f"{kept.get(reason, 0):,}", note=f"{note}, last 30 days")
        for label, reason, note in shown
    )


def _rest(body: SendingPolicy) -> tuple[tuple[str, str], ...]:
    hours, past = body.competing_hours, dict(PAST)[body.past_hour]
    return (
        (
            "Messages that compete",
            f"of several within {hours} hours only the highest priority goes" if hours else "all of them go",
        ),
        (
            "Held out of all marketing",
            f"{body.holdout_percent:g}% of customers, drawn by “{body.holdout_salt}”"
            if body.holdout_share
            else "nobody",
        ),
        ("Local time that has passed", past),
        ("A zone nobody knows", "as the workspace’s"),
        ("Test messages go", ", ".join(body.test_addresses) or "wherever a colleague says"),
        ("Exempt", "what somebody ordered or asked for; each such sender is in the audit"),
    )


def _cap_row(cap: messaging.Cap) -> tuple[str, str, str, str]:
    span = f"{cap.hours} hours" if cap.per == "hours" else dict(PERS)[cap.per]
    about = "anything" if cap.topic is None else cap.topic or "what has no topic"
    return f"{cap.n:,}", span, dict(CHANNELS)[cap.channel], about


def _quiet_row(quiet: messaging.QuietHours) -> tuple[str, str, str, str]:
    by = ", ".join(dict(CHANNELS)[one] for one in quiet.channels) or dict(CHANNELS)[""]
    return quiet.starts, quiet.ends, by, "waits until they end" if quiet.then == "hold" else "is not sent"


@router.get(f"{HERE}/edit")
def edit(visit: Visiting) -> Response:
    access.require(visit.actor, "definitions.draft", kind=SENDING_POLICY.name)
    with visit.app.database.transaction() as tx:
        found = definitions.draft(tx, SENDING_POLICY, POLICY_KEY) or definitions.live(
            tx, SENDING_POLICY, POLICY_KEY
        )
        body = found.body if found else messaging.STARTING_POLICY
        value = _form(tx, typed_of(body), etag=found.etag if found else "")
    return page(visit, "settings/sending_form.html", value)


@router.post(f"{HERE}/edit")
def save(
    visit: Visiting,
    title: Annotated[str, Form()] = "",
    cap_n: Annotated[list[str] | None, Form()] = None,
    cap_per: Annotated[list[str] | None, Form()] = None,
    cap_hours: Annotated[list[str] | None, Form()] = None,
    cap_channel: Annotated[list[str] | None, Form()] = None,
    cap_topic: Annotated[list[str] | None, Form()] = None,
    quiet_starts: Annotated[list[str] | None, Form()] = None,
    quiet_ends: Annotated[list[str] | None, Form()] = None,
    quiet_then: Annotated[list[str] | None, Form()] = None,
    quiet_channel: Annotated[list[str] | None, Form()] = None,
    competing_hours: Annotated[str, Form()] = "0",
    past_hour: Annotated[str, Form()] = "tomorrow",
    holdout_percent: Annotated[str, Form()] = "0",
    holdout_salt: Annotated[str, Form()] = "",
    test_addresses: Annotated[str, Form()] = "",
    etag: Annotated[str, Form()] = "",
) -> Response:
    """Save the draft; nothing holds before it is published."""
    caps = zip(cap_n or (), cap_per or (), cap_hours or (), cap_channel or (), cap_topic or (), strict=False)
    quiets = zip(quiet_starts or (), quiet_ends or (), quiet_then or (), quiet_channel or (), strict=False)
    typed = Typed(
        title=title,
        caps=tuple(CapRow(n=n, per=p, hours=h, channel=c, topic=t) for n, p, h, c, t in caps if n.strip()),
        quiet=tuple(
            QuietRow(starts=s, ends=e, then=t, channel=c) for s, e, t, c in quiets if s.strip() or e.strip()
        ),
        competing_hours=competing_hours,
        past_hour=past_hour,
        holdout_percent=holdout_percent,
        holdout_salt=holdout_salt,
        test_addresses=test_addresses,
    )
    try:
        with visit.app.database.transaction() as tx:
            at, body = visit.app.now(tx), body_of(typed)
            definitions.save_draft(
                tx, visit.actor, SENDING_POLICY, POLICY_KEY, body, at=at, etag=etag or None
            )
    except Invalid as wrong:
        return _again(visit, typed, etag, wrong.findings)
    except Stale as stale:
        return _again(visit, typed, etag, (), stale=str(stale))
    return redirect(visit, DEFINITION, "The draft is saved. It holds once it is published.")


def _again(visit: Visit, typed: Typed, etag: str, findings: tuple[Finding, ...], stale: str = "") -> Response:
    """The form as it was typed, with what is wrong; after somebody else saved, built on theirs."""
    with visit.app.database.transaction() as tx:
        if stale:
            etag = definitions.get(tx, SENDING_POLICY, POLICY_KEY).etag
        errors = {one.path: one.message for one in findings}
        value = _form(tx, typed, etag=etag, findings=findings, errors=errors, stale=stale)
    return page(visit, "settings/sending_form.html", value, status=409 if stale else 422)


def _form(tx: Tx, typed: Typed, *, etag: str, **said: Any) -> PolicyForm:
    topics = (
        ("", "anything"),
        ("-", "what has no topic"),
        *((one.key, one.title) for one in customers.consent_policy(tx).topics),
    )
    blank = BLANK_ROWS
    shown = replace(
        typed, caps=(*typed.caps, *[CapRow()] * blank), quiet=(*typed.quiet, *[QuietRow()] * blank)
    )
    return PolicyForm(typed=shown, etag=etag, topics=topics, **said)


def typed_of(body: SendingPolicy) -> Typed:
    return Typed(
        title=body.title,
        caps=tuple(
            CapRow(
                n=str(cap.n),
                per=cap.per,
                hours=str(cap.hours or ""),
                channel=cap.channel,
                topic="" if cap.topic is None else cap.topic or "-",
            )
            for cap in body.caps
        ),
        quiet=tuple(
            QuietRow(starts=one.starts, ends=one.ends, then=one.then, channel=" ".join(one.channels))
            for one in body.quiet_hours
        ),
        competing_hours=str(body.competing_hours),
        past_hour=body.past_hour,
        holdout_percent=f"{body.holdout_percent:g}",
        holdout_salt=body.holdout_salt,
        test_addresses="\n".join(body.test_addresses),
    )


def body_of(typed: Typed) -> dict[str, Any]:
    """The body as data; raises Invalid with each number that cannot be read."""
    found: list[Finding] = []
    body: dict[str, Any] = {
        "title": typed.title.strip(),
        "caps": [_cap_of(row, place, found) for place, row in enumerate(typed.caps)],
        "quiet_hours": [
            {
                "starts": row.starts.strip(),
                "ends": row.ends.strip(),
                "then": row.then,
                "channels": row.channel.split(),
            }
            for row in typed.quiet
        ],
        "competing_hours": _number(typed.competing_hours, "competing_hours", found),
        "past_hour": typed.past_hour,
        "holdout_percent": _share(typed.holdout_percent, found),
        "holdout_salt": typed.holdout_salt.strip(),
        "test_addresses": typed.test_addresses.split(),
    }
    if found:
        raise Invalid(found[0].message, found)
    return body


def _cap_of(row: CapRow, place: int, found: list[Finding]) -> dict[str, Any]:
    return {
        "n": _number(row.n, f"caps.{place}.n", found),
        "per": row.per,
        "hours": _number(row.hours or "0", f"caps.{place}.hours", found),
        "channel": row.channel,
        "topic": None if not row.topic else "" if row.topic == "-" else row.topic,
    }


def _number(typed: str, path: str, found: list[Finding]) -> int:
    try:
        return int(typed.strip() or "0")
    except ValueError:
        told = f"{typed[:20]!r} is no whole number; write one as 3."
        found.append(Finding(path=path, code="messaging.policy", message=told))
        return 0


def _share(typed: str, found: list[Finding]) -> float:
    try:
        return float(typed.replace("%", "").strip() or "0")
    except ValueError:
        told = f"{typed[:20]!r} is no share; write one from 0 to 20, as 5."
        found.append(Finding(path="holdout_percent", code="messaging.policy", message=told))
        return 0.0
