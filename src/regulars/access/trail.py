"""One line into the audit for every change and decision."""

from collections.abc import Mapping
from datetime import datetime

from regulars import audit
from regulars.access.actor import Actor
from regulars.db import Tx


def recorded(
    tx: Tx,
    actor: Actor,
    action: str,
    *,
    subject_kind: str,
    subject: str,
    before: Mapping[str, object] | None,
    after: Mapping[str, object] | None,
    at: datetime,
    scope: str | None = None,
    reason: str | None = None,
) -> int:
    """Write the audit entry of what an actor did, in the transaction of the deed."""
    return audit.record(
        tx,
        actor_id=actor.person_id,
        actor_name=actor.name,
        via=actor.via,
        action=action,
        subject_kind=subject_kind,
        subject=subject,
        before=before,
        after=after,
        at=at,
        scope=scope,
        reason=reason,
    )
