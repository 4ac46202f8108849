"""Connections: the shops and tills that send webhooks, what came of it, and making one in a step."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from regulars import access, connections, definitions
from regulars.connections import CONNECTION, SHAPE_TITLES, ConnectionBody, DeliveryTold, SecretTold, Tally
from regulars.console.console import pages
from regulars.console.data import places
from regulars.console.formats import number
from regulars.console.parts import Column, Figure, Tab, Tone
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.definitions import Requested
from regulars.kernel import Finding, Invalid, NotFound, fold

router = pages()
COLUMNS = (
    Column(title="Connection"),
    Column(title="State"),
    Column(title="Taken", numeric=True),
    Column(title="Rejected", numeric=True),
    Column(title="Refused", numeric=True),
    Column(title="Last delivery"),
)
DELIVERY_COLUMNS = (
    Column(title="Received"),
    Column(title="Topic"),
    Column(title="What became of it"),
    Column(title="Events", numeric=True),
)
TOPIC_COLUMNS = (Column(title="Topic"), Column(title="How often", numeric=True), Column(title="Last"))
SHAPES = (("shopify", "Shopify"), ("woocommerce", "WooCommerce"))
OUTCOMES: dict[str, tuple[str, Tone]] = {
    "taken": ("Taken", "good"),
    "again": ("Sent again, counted once", "quiet"),
    "ignored": ("Ignored", "quiet"),
    "rejected": ("Rejected", "waiting"),
    "refused": ("Refused", "bad"),
}
GUIDES = {
    "shopify": (
        "In Shopify: Settings, Notifications, Webhooks. Make one for each topic with this address and the "
        "format JSON. The signing secret stands below the list there."
    ),
    "woocommerce": (
        "In WooCommerce: Settings, Advanced, Webhooks. Make one for each topic with this address as delivery "
        "URL, and choose a long secret for all of them."
    ),
    "mapping": "Let the other system POST its JSON to this address, signed as the definition says.",
}
DELIVERIES_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    key: str
    title: str
    sentence: str
    state: str
    tone: Tone
    taken: int
    rejected: int
    refused: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionList:
    tabs: tuple[Tab, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    may_draft: bool
    why_not: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewForm:
    title: str = ""
    shape: str = "shopify"
    source: str = ""
    problem: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    shapes: tuple[tuple[str, str], ...] = SHAPES
    may_secret: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    delivery: DeliveryTold
    word: str
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionPage:
    key: str
    body: ConnectionBody
    shape: str
    sentence: str
    is_live: bool
    has_draft: bool
    address: str
    guide: str
    secrets: tuple[SecretTold, ...]
    may_secret: bool
    why_not_secret: str
    may_draft: bool
    figures: tuple[Figure, ...]
    columns: tuple[Column, ...]
    deliveries: tuple[DeliveryRow, ...]
    topic_columns: tuple[Column, ...]
    ignored: tuple[Tally, ...]
    rejects_href: str
    problem: str = ""


@router.get("/data/connections")
def connection_list(visit: Visiting) -> Response:
    access.require(visit.actor, "sources.view")
    draft = access.allows(visit.actor, "sources.draft", kind="connection")
    with visit.app.database.transaction() as tx:
        found = definitions.heads(tx, kind=CONNECTION.name, limit=200).items
        told = connections.tallies(tx)
        rows = tuple(_row(tx, head, told) for head in found)
    value = ConnectionList(
        tabs=places.tabs("/data/connections"),
        columns=COLUMNS,
        rows=rows,
        may_draft=draft.outcome == "yes",
        why_not=draft.reason,
    )
    return page(visit, "data/connections/list.html", value)


def _row(tx: Tx, head: definitions.Head, told: Sequence[Tally]) -> Row:
    body = definitions.get(tx, CONNECTION, head.key).body
    own = [one for one in told if one.connection_key == head.key]
    return Row(
        key=head.key,
        title=body.title,
        sentence=CONNECTION.sentence(body),
        state="Live" if head.live else "Draft",
        tone="live" if head.live else "quiet",
        taken=_count(own, "taken"),
        rejected=_count(own, "rejected"),
        refused=_count(own, "refused"),
        last_at=max((one.last_at for one in own if one.outcome != "refused"), default=None),
    )


def _count(told: Sequence[Tally], *outcomes: str) -> int:
    return sum(one.count for one in told if one.outcome in outcomes)


@router.get("/data/connections/new")
def new(visit: Visiting, shape: str = "shopify") -> Response:
    access.require(visit.actor, "sources.draft", kind="connection")
    known = shape if shape in dict(SHAPES) else "shopify"
    return page(visit, "data/connections/new.html", _blank(visit, shape=known))


def _blank(visit: Visit, **typed: str) -> NewForm:
    may = access.allows(visit.actor, "sources.secrets").outcome == "yes"
    return replace(NewForm(may_secret=may), **typed)  # type: ignore[arg-type]


@router.post("/data/connections")
def make(
    visit: Visiting,
    title: Annotated[str, Form()] = "",
    shape: Annotated[str, Form()] = "",
    source: Annotated[str, Form()] = "",
    secret: Annotated[str, Form()] = "",
) -> Response:
    """Draft, publish and set the secret in one step; above one's level the publishing becomes a request."""
    typed = _blank(visit, title=title, shape=shape, source=source)
    body = {"title": title.strip(), "shape": shape, "source": source.strip() or slug(title)}
    try:
        with visit.app.database.transaction() as tx:
            key = _free(tx, slug(title))
            at = visit.app.now(tx)
            definitions.save_draft(tx, visit.actor, CONNECTION, key, body, at=at)
            done = definitions.publish(tx, visit.actor, CONNECTION, key, at=at)
            if secret.strip():
                _set(visit, tx, key, secret)
    except Invalid as error:
        errors = {finding.path: finding.message for finding in error.findings}
        wrong = replace(typed, problem=str(error), errors=errors)
        return page(visit, "data/connections/new.html", wrong, status=422)
    if isinstance(done, Requested):
        said = f"“{title}” is drafted and waits for approval: {done.reason}"
        return redirect(visit, f"/data/connections/{key}", said, tone="waiting")
    return redirect(visit, f"/data/connections/{key}", f"“{title}” is live. Now let the shop send to it.")


def slug(title: str) -> str:
    """A key made of a title."""
    return re.sub(r"[^a-z0-9]+", "-", fold(title)).strip("-")[:50].strip("-")


def _free(tx: Tx, wanted: str) -> str:
    """The key, or the key with a number when it is taken."""
    if not wanted:
        told = "Give it a name with at least one letter or digit."
        raise Invalid(told, [Finding(path="title", code="connections.title", message=told)])
    names = [wanted, *(f"{wanted}-{n}" for n in range(2, 50))]
    return next(name for name in names if not definitions.versions(tx, CONNECTION, name))


@router.get("/data/connections/{key}")
def connection(visit: Visiting, key: str) -> Response:
    access.require(visit.actor, "sources.view")
    return page(visit, "data/connections/connection.html", _page(visit, key))


def _page(visit: Visit, key: str, problem: str = "") -> ConnectionPage:
    secret = access.allows(visit.actor, "sources.secrets")
    draft = access.allows(visit.actor, "sources.draft", kind="connection")
    with visit.app.database.transaction() as tx:
        live = definitions.live(tx, CONNECTION, key)
        drafted = definitions.draft(tx, CONNECTION, key)
        body = (live or definitions.get(tx, CONNECTION, key)).body
        told = connections.tallies(tx, key)
        last = connections.deliveries(tx, key, limit=DELIVERIES_SHOWN)
        secrets = tuple(connections.told_of(tx, f"connection/{key}", visit.app.wall.now()))
    return ConnectionPage(
        key=key,
        body=body,
        shape=SHAPE_TITLES[body.shape],
        sentence=CONNECTION.sentence(body),
        is_live=live is not None,
        has_draft=drafted is not None,
        address=f"{visit.app.settings.address}/v1/webhooks/{key}",
        guide=GUIDES[body.shape],
        secrets=secrets,
        may_secret=secret.outcome == "yes",
        why_not_secret=secret.reason,
        may_draft=draft.outcome == "yes",
        figures=_figures(told),
        columns=DELIVERY_COLUMNS,
        deliveries=tuple(_delivery(one) for one in last),
        topic_columns=TOPIC_COLUMNS,
        ignored=tuple(one for one in told if one.outcome == "ignored"),
        rejects_href=f"/data/rejects?source={body.source}&stage={connections.STAGE}",
        problem=problem,
    )


def _delivery(one: DeliveryTold) -> DeliveryRow:
    word, tone = OUTCOMES[one.outcome]
    return DeliveryRow(delivery=one, word=word, tone=tone)


def _figures(told: Sequence[Tally]) -> tuple[Figure, ...]:
    rejected, refused = _count(told, "rejected"), _count(told, "refused")
    return (
        Figure(label="Taken", value=number(_count(told, "taken")), note="deliveries, ever"),
        Figure(label="Sent again", value=number(_count(told, "again")), note="counted once"),
        Figure(label="Rejected", value=number(rejected), note="kept, to be mended"),
        Figure(label="Ignored", value=number(_count(told, "ignored")), note="no rule for them"),
        Figure(label="Refused", value=number(refused), note="signature or secret wrong"),
    )


@router.post("/data/connections/{key}/secret")
def set_secret(visit: Visiting, key: str, secret: Annotated[str, Form()] = "") -> Response:
    try:
        with visit.app.database.transaction() as tx:
            definitions.get(tx, CONNECTION, key)
            _set(visit, tx, key, secret)
    except Invalid as error:
        value = _page(visit, key, str(error))
        return page(visit, "data/connections/connection.html", value, status=422)
    said = "The secret is set. A former one counts for another 24 hours."
    return redirect(visit, f"/data/connections/{key}", said)


def _set(visit: Visit, tx: Tx, key: str, secret: str) -> None:
    connections.set_secret(
        tx,
        visit.actor,
        visit.app.vault,
        f"connection/{key}",
        secret,
        at=visit.app.now(tx),
        now=visit.app.wall.now(),
    )


@router.post("/data/connections/{key}/secret/forget")
def forget_secret(visit: Visiting, key: str, confirm: Annotated[str, Form()] = "") -> Response:
    with visit.app.database.transaction() as tx:
        title = definitions.get(tx, CONNECTION, key).body.title
        if confirm.strip() != title.strip():
            raise Invalid(f"To forget its secrets, type exactly {title}; {confirm[:60]!r} was typed.")
        connections.forget_secret(tx, visit.actor, f"connection/{key}", at=visit.app.now(tx))
    said = "All its secrets are forgotten: what is sent now is refused until a new one is set."
    return redirect(visit, f"/data/connections/{key}", said, tone="waiting")


def known_body(tx: Tx, key: str) -> ConnectionBody:
    """The draft's rules if there is a draft, else those that are live."""
    found = definitions.draft(tx, CONNECTION, key) or definitions.live(tx, CONNECTION, key)
    if found is None:
        raise NotFound(f"There is no connection {key[:80]!r}.")
    return found.body
