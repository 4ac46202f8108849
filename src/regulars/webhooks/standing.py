"""How a webhook stands, and a person who pauses it or lets it go on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from regulars import access, definitions
from regulars.access import Actor
from regulars.db import Tx, maybe, rows, run
from regulars.kernel import Conflict
from regulars.webhooks.kind import WEBHOOK
from regulars.webhooks.statements import ENDPOINTS

Standing = Literal["active", "paused", "failing", "gone"]


class StandsSoAlready(Conflict):
    code = "webhooks.stands_so_already"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    webhook_key: str
    state: Standing  # Paused by a person; failing or gone: stopped by itself.
    reason: str
    changed_at: datetime | None
    changed_by: str | None
    failing_since: datetime | None  # Since when nothing got through.
    rest_until: datetime | None
    problem: str  # Why nothing can be sent now, as a missing secret.


def endpoints(tx: Tx) -> dict[str, Endpoint]:
    return {one.webhook_key: one for one in rows(tx, ENDPOINTS.endpoints, Endpoint, webhook_key=None)}


def endpoint(tx: Tx, key: str) -> Endpoint | None:
    """None before it was ever live."""
    return maybe(tx, ENDPOINTS.endpoints, Endpoint, webhook_key=key)


def pause(tx: Tx, actor: Actor, key: str, *, at: datetime, now: datetime) -> None:
    """What comes is written down and waits."""
    _change(tx, actor, key, "paused", at=at, now=now)


def resume(tx: Tx, actor: Actor, key: str, *, at: datetime, now: datetime) -> None:
    """What waits goes out; also after it was stopped by itself."""
    _change(tx, actor, key, "active", at=at, now=now)


def _change(tx: Tx, actor: Actor, key: str, state: Standing, *, at: datetime, now: datetime) -> None:
    access.require(actor, "sources.publish", kind=WEBHOOK.name)
    found = definitions.get(tx, WEBHOOK, key)
    before = endpoint(tx, key)
    reason = f"{actor.name} paused it." if state == "paused" else ""
    if not run(
        tx, ENDPOINTS.change_state, webhook_key=key, state=state, reason=reason, now=now, by=actor.name
    ):
        told = "paused" if state == "paused" else "going on"
        never = "It never was live; publish it first." if before is None else f"It is {told} already."
        raise StandsSoAlready(f"“{found.title}” stays as it is. {never}")
    access.recorded(
        tx,
        actor,
        "webhooks.pause" if state == "paused" else "webhooks.resume",
        subject_kind="webhook",
        subject=key,
        before={"state": before.state if before else None},
        after={"state": state},
        at=at,
    )
