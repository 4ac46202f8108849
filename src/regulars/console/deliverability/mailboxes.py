"""Where bounces come back to: mailboxes with their state, and addresses that providers tell."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from regulars import access, connections, definitions, deliverability
from regulars.console.console import pages
from regulars.console.deliverability.places import tabs
from regulars.console.parts import Tab, Tone
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.deliverability import BOUNCE_MAILBOX, BOUNCE_WEBHOOK, BoxState
from regulars.kernel import Finding, Invalid, NotFound

router = pages()
HERE = "/deliverability/mailboxes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    key: str
    kind: str
    title: str
    sentence: str
    word: str
    tone: Tone
    live: bool
    secret: bool
    needs_secret: bool
    proof: str  # What the secret is.
    address: str = ""
    state: BoxState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailboxes:
    tabs: tuple[Tab, ...]
    boxes: tuple[Row, ...]
    hooks: tuple[Row, ...]
    outcomes: dict[str, int]
    may_secret: bool
    may_look: bool
    may_draft: bool
    why_not: str


@router.get("/deliverability/mailboxes")
def mailboxes(visit: Visiting) -> Response:
    access.require(visit.actor, "sources.view")
    draft = access.allows(visit.actor, "sources.draft", kind=BOUNCE_MAILBOX.name)
    with visit.app.database.transaction() as tx:
        value = Mailboxes(
            tabs=tabs(HERE),
            boxes=tuple(_boxes(tx, visit)),
            hooks=tuple(_hooks(tx, visit)),
            outcomes=deliverability.outcomes(tx),
            may_secret=access.allows(visit.actor, "sources.secrets").outcome == "yes",
            may_look=access.allows(visit.actor, "sources.publish", kind=BOUNCE_MAILBOX.name).outcome == "yes",
            may_draft=draft.outcome == "yes",
            why_not=draft.reason,
        )
    return page(visit, "deliverability/mailboxes.html", value)


def _boxes(tx: Tx, visit: Visit) -> list[Row]:
    states, now, found = deliverability.box_states(tx), visit.app.wall.now(), []
    for head in definitions.heads(tx, kind=BOUNCE_MAILBOX.name, limit=200).items:
        live = definitions.live(tx, BOUNCE_MAILBOX, head.key)
        body = (live or definitions.get(tx, BOUNCE_MAILBOX, head.key)).body
        name = deliverability.secret_of_mailbox(head.key)
        set_ = bool(connections.opened(tx, visit.app.vault, name, now, place=body.place))
        state = states.get(head.key)
        word, tone = _standing(live=live is not None, secret=set_, problem=state.problem if state else None)
        found.append(
            Row(
                key=head.key,
                kind=BOUNCE_MAILBOX.name,
                title=body.title,
                sentence=BOUNCE_MAILBOX.sentence(body),
                word=word,
                tone=tone,
                live=live is not None,
                secret=set_,
                needs_secret=True,
                proof="Its password",
                state=state,
            )
        )
    return found


def _hooks(tx: Tx, visit: Visit) -> list[Row]:
    now, found = visit.app.wall.now(), []
    for head in definitions.heads(tx, kind=BOUNCE_WEBHOOK.name, limit=200).items:
        live = definitions.live(tx, BOUNCE_WEBHOOK, head.key)
        body = (live or definitions.get(tx, BOUNCE_WEBHOOK, head.key)).body
        needs = body.shape != "ses"
        set_ = bool(connections.told_of(tx, deliverability.secret_of_webhook(head.key), now))
        word, tone = _standing(live=live is not None, secret=set_ or not needs, problem=None)
        found.append(
            Row(
                key=head.key,
                kind=BOUNCE_WEBHOOK.name,
                title=body.title,
                sentence=BOUNCE_WEBHOOK.sentence(body),
                word=word,
                tone=tone,
                live=live is not None,
                secret=set_,
                needs_secret=needs,
                proof=deliverability.PROOFS[body.shape],
                address=f"{visit.app.settings.address}/v1/bounces/{head.key}",
            )
        )
    return found


def _standing(*, live: bool, secret: bool, problem: str | None) -> tuple[str, Tone]:
    if not live:
        return "Draft", "quiet"
    if not secret:
        return "Without its secret", "bad"
    return ("In trouble", "bad") if problem else ("Live", "live")


@router.post("/deliverability/mailboxes/{key}/look")
def look(visit: Visiting, key: str) -> Response:
    access.require(visit.actor, "sources.publish", kind=BOUNCE_MAILBOX.name)
    with visit.app.database.transaction() as tx:
        deliverability.look_into_now(tx, key, visit.app.wall.now())
        visit.record(tx, "deliverability.mailbox_look", kind=BOUNCE_MAILBOX.name, subject=key)
    return redirect(visit, HERE, "It is looked into within seconds.")


@router.post("/deliverability/{kind}/{key}/secret")
def set_secret(visit: Visiting, kind: str, key: str, secret: Annotated[str, Form()] = "") -> Response:
    try:
        with visit.app.database.transaction() as tx:
            keep_secret(tx, visit, kind, key, secret)
    except Invalid as error:
        return redirect(visit, HERE, str(error), tone="bad")
    return redirect(visit, HERE, "It is sealed, and never shown again.")


def keep_secret(tx: Tx, visit: Visit, kind: str, key: str, secret: str) -> None:
    """Of a mailbox it is for its own server alone."""
    place = ""
    if kind == BOUNCE_MAILBOX.name:
        live = definitions.live(tx, BOUNCE_MAILBOX, key) or definitions.get(tx, BOUNCE_MAILBOX, key)
        name, place = deliverability.secret_of_mailbox(key), live.body.place
    elif kind == BOUNCE_WEBHOOK.name:
        definitions.get(tx, BOUNCE_WEBHOOK, key)
        name = deliverability.secret_of_webhook(key)
    else:
        raise NotFound("There is no such thing with a secret.")
    if not secret.strip():
        raise Invalid(
            "Write the secret.", [Finding(path="secret", code="deliverability.secret", message="Write it.")]
        )
    connections.set_secret(
        tx, visit.actor, visit.app.vault, name, secret,
        at=visit.app.now(tx), now=visit.app.wall.now(), place=place,
    )  # fmt: skip
