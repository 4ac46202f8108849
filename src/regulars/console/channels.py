"""Channels: what carries messages, how each provider does, its secret, and a test."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from regulars import access, channels, connections, definitions
from regulars.app import App
from regulars.channels import ATOMIC, CHANNEL, MEDIA, ChannelBody, DomainTally, Health, Problem, Trial
from regulars.connections import ProviderSecret
from regulars.console.console import pages
from regulars.console.parts import Column, Tone
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.kernel import CallerError, Finding, Invalid

router = pages()
LIST_COLUMNS = (
    Column(title="Channel"),
    Column(title="Carries"),
    Column(title="State"),
    Column(title="Sent", numeric=True),
    Column(title="Not taken", numeric=True),
)
DOMAIN_COLUMNS = (
    Column(title="Domain"),
    Column(title="Sent", numeric=True),
    Column(title="Refused", numeric=True),
    Column(title="Put off", numeric=True),
    Column(title="In doubt", numeric=True),
)
DAYS = 7
DRAFT: tuple[str, Tone] = ("Draft", "waiting")
WORDS: dict[str, tuple[str, Tone]] = {
    "unasked": ("Not asked yet", "quiet"),
    "well": ("Does well", "good"),
    "failing": ("Fails", "bad"),
    "left alone": ("Left alone", "bad"),
    "on trial": ("On trial", "waiting"),
}
OUTCOMES: dict[str, tuple[str, Tone]] = {
    "down": ("Down", "bad"),
    "failed": ("Refused", "bad"),
    "deferred": ("Put off", "waiting"),
    "in_doubt": ("In doubt", "bad"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRow:
    key: str
    title: str
    sentence: str
    medium: str
    word: str
    tone: Tone
    sent: int
    amiss: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyMade:
    key: str
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelList:
    columns: tuple[Column, ...]
    rows: tuple[ChannelRow, ...]
    ready: tuple[ReadyMade, ...]
    may_draft: bool
    why_not: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRow:
    name: str
    type: str
    by: str  # The type in words.
    place: str
    word: str
    tone: Tone
    stands: Health | None
    is_left: bool
    secret: ProviderSecret
    callback: str  # Where its texts and their outcomes are told.


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemRow:
    problem: Problem
    word: str
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPage:
    key: str
    body: ChannelBody
    carries: str
    sentence: str
    is_live: bool
    is_draft: bool
    sends: bool  # Whether anything leaves: the inbox and recording keep.
    providers: tuple[ProviderRow, ...]
    choices: tuple[tuple[str, str], ...]
    address: str  # Ours.
    problems: tuple[ProblemRow, ...]
    domain_columns: tuple[Column, ...]
    domains: tuple[DomainTally, ...]
    browsers: int | None
    unsigned: tuple[str, ...]
    rates: tuple[tuple[str, str], ...]
    script: str
    may_test: bool
    why_not_test: str
    may_secret: bool
    why_not_secret: str
    may_draft: bool
    demonstration: bool
    problem: str = ""
    trial: Trial | None = None
    tone: Tone = "quiet"
    shown: str = ""  # A secret made here, this once.


@router.get("/channels")
def channel_list(visit: Visiting) -> Response:
    access.require(visit.actor, "definitions.view")
    draft = access.allows(visit.actor, "channels.draft", kind="channel")
    with visit.app.database.transaction() as tx:
        heads = definitions.heads(tx, kind=CHANNEL.name, limit=200).items
        rows = tuple(_row(visit, tx, head.key) for head in heads)
    ready = tuple(
        ReadyMade(key=key, title=body.title, text=CHANNEL.sentence(body))
        for key, body in channels.READY_MADE.items()
    )
    value = ChannelList(
        columns=LIST_COLUMNS,
        rows=rows,
        ready=ready,
        may_draft=draft.outcome == "yes",
        why_not=draft.reason,
    )
    return page(visit, "channels/list.html", value)


def _row(visit: Visit, tx: Tx, key: str) -> ChannelRow:
    live = definitions.live(tx, CHANNEL, key)
    body = (live or definitions.get(tx, CHANNEL, key)).body
    standing = channels.health(tx, key)
    now = visit.app.wall.now()
    states = [channels.state_of(standing.get(one.name), now) for one in body.providers]
    word, tone = _worst(states) if live else DRAFT
    return ChannelRow(
        key=key,
        title=body.title,
        sentence=CHANNEL.sentence(body),
        medium=MEDIA[body.medium],
        word=word,
        tone=tone,
        sent=sum(one.sent for one in standing.values()),
        amiss=sum(one.failed + one.deferred + one.in_doubt for one in standing.values()),
    )


def _worst(states: list[str]) -> tuple[str, Tone]:
    """One that does well is enough to carry; whoever is left alone is said nevertheless."""
    if "left alone" in states and "well" in states:
        return "By the next provider", "waiting"
    order = ("left alone", "failing", "on trial", "well", "unasked")
    return WORDS[next(state for state in order if state in states)]


@router.get("/channels/{key}")
def channel(visit: Visiting, key: str) -> Response:
    access.require(visit.actor, "definitions.view")
    return page(visit, "channels/channel.html", _page(visit, key))


def _page(visit: Visit, key: str) -> ChannelPage:
    app, now = visit.app, visit.app.wall.now()
    with app.database.transaction() as tx:
        live, draft = definitions.live(tx, CHANNEL, key), definitions.draft(tx, CHANNEL, key)
        body = (draft or live or definitions.get(tx, CHANNEL, key)).body
        standing = channels.health(tx, key)
        secrets = {one.provider: one for one in connections.channel_secrets(tx, key, body, now)}
        problems = channels.problems(tx, key)
        domains = channels.domains(tx, key, since=(now - timedelta(days=DAYS)).date())
        browsers = channels.count_subscriptions(tx, key) if body.medium == "push" else None
        unsigned = connections.missing_keys(tx, body, now)
        demonstration = channels.is_demonstration(tx)
    test, secret = access.allows(visit.actor, "channels.test"), access.allows(visit.actor, "sources.secrets")
    return ChannelPage(
        key=key,
        body=body,
        carries=MEDIA[body.medium],
        sentence=CHANNEL.sentence(body),
        is_live=live is not None,
        is_draft=draft is not None,
        sends=not any(isinstance(one, ATOMIC) for one in body.providers),
        providers=tuple(
            _provider(app, key, one, standing.get(one.name), secrets[one.name]) for one in body.providers
        ),
        choices=tuple((one.name, one.name) for one in body.providers),
        address=app.settings.address,
        problems=tuple(_problem(one) for one in problems),
        domain_columns=DOMAIN_COLUMNS,
        domains=tuple(domains) if body.medium == "email" else (),
        browsers=browsers,
        unsigned=tuple(unsigned),
        rates=_rates(body),
        script=_script(app, key, body),
        may_test=test.outcome == "yes",
        why_not_test=test.reason,
        may_secret=secret.outcome == "yes",
        why_not_secret=secret.reason,
        may_draft=access.allows(visit.actor, "channels.draft", kind="channel").outcome == "yes",
        demonstration=demonstration,
    )


def _provider(
    app: App, key: str, one: channels.Provider, stands: Health | None, secret: ProviderSecret
) -> ProviderRow:
    state = channels.state_of(stands, app.wall.now())
    word, tone = WORDS[state]
    texts = isinstance(one, channels.Twilio)
    return ProviderRow(
        name=one.name,
        type=str(type(one).__struct_config__.tag),
        by=channels.TYPES.get(type(one), "our own inbox"),
        place=channels.place_of(one),
        word=word,
        tone=tone,
        stands=stands,
        is_left=state in ("left alone", "on trial"),
        secret=secret,
        callback=f"{app.settings.address}/ch/{key}/texts/{one.name}" if texts else "",
    )


def _problem(one: Problem) -> ProblemRow:
    word, tone = OUTCOMES.get(one.outcome, (one.outcome, "quiet"))
    return ProblemRow(problem=one, word=word, tone=tone)


def _rates(body: ChannelBody) -> tuple[tuple[str, str], ...]:
    found = [("All together", f"{body.per_second:g} a second" if body.per_second else "as fast as it goes")]
    found += [
        ("each other domain" if name == "*" else name, f"{rate:g} a second")
        for name, rate in body.domains.items()
    ]
    found += [(one.name, f"{one.per_second:g} a second") for one in body.providers if one.per_second]
    return tuple(found)


def _script(app: App, key: str, body: ChannelBody) -> str:
    line = f'<script src="{app.settings.address}/ch/messages.js"></script>\n'
    if body.medium == "inbox":
        place = 'document.querySelector("#messages")'
        return f'{line}<script>regularsInbox("{key}", token).show({place});</script>'
    if body.medium == "push":
        return f'{line}<script>regularsNotifications("{key}", token, "/worker.js");</script>'
    return ""


@router.post("/channels/{key}/test")
def send_test(
    visit: Visiting, key: str, provider: Annotated[str, Form()] = "", address: Annotated[str, Form()] = ""
) -> Response:
    """Send it now; what the provider said stands on the page that answers."""
    access.require(visit.actor, "channels.test")
    try:
        if not address.strip():
            told = "Write where the test goes."
            raise Invalid(told, [Finding(path="address", code="channels.address", message=told)])
        trial = visit.app.try_channel(visit.actor, key, provider=provider, address=address)
    except CallerError as wrong:
        refused = replace(_page(visit, key), problem=str(wrong))
        return page(visit, "channels/channel.html", refused, status=422)
    tone: Tone = "good" if trial.receipt.outcome == "sent" else "bad"
    return page(visit, "channels/channel.html", replace(_page(visit, key), trial=trial, tone=tone))


@router.post("/channels/{key}/providers/{provider}/secret")
def set_secret(visit: Visiting, key: str, provider: str, secret: Annotated[str, Form()] = "") -> Response:
    """Set or make it; what is made here is shown on the page that answers and nowhere else."""
    access.require(visit.actor, "sources.secrets")
    try:
        with visit.app.database.transaction() as tx:
            shown = connections.set_channel_secret(
                tx,
                visit.actor,
                visit.app.vault,
                key,
                provider,
                secret,
                at=visit.app.now(tx),
                now=visit.app.wall.now(),
            )
    except Invalid as wrong:
        return page(
            visit, "channels/channel.html", replace(_page(visit, key), problem=str(wrong)), status=422
        )
    if not shown:
        return redirect(visit, f"/channels/{key}", f"The secret of “{provider}” is set.")
    response = page(visit, "channels/channel.html", replace(_page(visit, key), shown=shown))
    response.headers["Cache-Control"] = "no-store"
    return response


@router.post("/channels/{key}/providers/{provider}/forget")
def forget_secret(visit: Visiting, key: str, provider: str) -> Response:
    access.require(visit.actor, "sources.secrets")
    with visit.app.database.transaction() as tx:
        connections.forget_channel_secret(tx, visit.actor, key, provider, at=visit.app.now(tx))
    return redirect(visit, f"/channels/{key}", f"The secret of “{provider}” is forgotten.", tone="waiting")


@router.post("/channels/{key}/providers/{provider}/ask-again")
def ask_again(visit: Visiting, key: str, provider: str) -> Response:
    access.require(visit.actor, "channels.test")
    with visit.app.database.transaction() as tx:
        channels.have_asked_again(tx, visit.actor, key, provider, at=visit.app.now(tx))
    return redirect(visit, f"/channels/{key}", f"“{provider}” is asked again from now on.")
