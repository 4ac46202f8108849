"""What a campaign did: everybody by arm and outcome, the comparison, and each message."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from regulars import messaging
from regulars.campaigns.launching import CAMPAIGN, find, source_of
from regulars.campaigns.model import Results, Run, did
from regulars.campaigns.statements import SQL
from regulars.db import Tx, rows
from regulars.definitions import get
from regulars.experiments import Sums, compare
from regulars.kernel import Page
from regulars.messaging import Send, SentMessage, Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmSums:
    arm: str
    assigned: int = 0
    matured: int = 0
    converted: int = 0
    converted_so_far: int = 0
    contaminated: int = 0
    last_window_ends_at: datetime | None = None


def runs(tx: Tx) -> list[Run]:
    """Return all launched campaigns, the latest first."""
    return rows(tx, SQL.runs, Run)


def results(tx: Tx, key: str, at: datetime, version: int | None = None) -> Results:
    """Return the figures as of an instant, of the newest launched version when none is named."""
    found = find(tx, key, version)
    body = get(tx, CAMPAIGN, key, found.version).body
    # A window that closed after the last count is not complete: what was done at its end is not in yet.
    counted = min(at, found.measured_at) if found.measured_at else None
    arms = {row.arm: row for row in rows(tx, SQL.sums, ArmSums, run_id=found.run_id, at=counted)}
    treated = arms.get("treated", ArmSums(arm="treated"))
    held_out = arms.get("held_out", ArmSums(arm="held_out"))
    tally = messaging.tally(tx, source_of(found))
    states = Counter({state: _people(tally, state) for state in {row.state for row in tally}})
    waiting = states["queued"] + states["claimed"] + states["handed"]
    ends = [arm.last_window_ends_at for arm in (treated, held_out) if arm.last_window_ends_at is not None]
    done = did(found.goal, found.window_days)
    return Results(
        run=found,
        title=body.title,
        purpose=body.purpose,
        did=done,
        audience=treated.assigned + held_out.assigned,
        treated=treated.assigned,
        held_out=held_out.assigned,
        sent=states["sent"],
        held_out_moments=states["held_out"],
        waiting=waiting,
        failed=states["failed"],
        in_doubt=states["in_doubt"],
        skipped=_skipped(tally),
        converted_so_far={arm.arm: arm.converted_so_far for arm in (treated, held_out)},
        matures_at=max(ends) if ends and not waiting else None,
        comparison=compare(sums_of(found, treated, held_out), did=done),
        replay=found.replay,
    )


def sums_of(found: Run, treated: ArmSums, held_out: ArmSums) -> Sums:
    return Sums(
        assigned_treated=treated.assigned,
        assigned_held_out=held_out.assigned,
        held_out_share=found.held_out_share,
        treated=treated.matured,
        held_out=held_out.matured,
        converted_treated=treated.converted,
        converted_held_out=held_out.converted,
        contaminated=treated.contaminated + held_out.contaminated,
    )


def _people(tally: list[Tally], state: str) -> int:
    return sum(row.people for row in tally if row.state == state)


def _skipped(tally: list[Tally]) -> dict[str, int]:
    reasons: Counter[str] = Counter()
    for row in tally:
        if row.state == "skipped":
            reasons[row.reason or ""] += row.people
    return dict(reasons)


def messages(
    tx: Tx, key: str, cursor: str | None = None, *, state: str | None = None, limit: int = 50
) -> Page[Send]:
    """Return what became of each person of the newest launched version, a page at a time."""
    return messaging.messages(tx, source_of(find(tx, key)), state=state, cursor=cursor, limit=limit)


def message(tx: Tx, message_id: str) -> SentMessage:
    return messaging.message(tx, message_id)


def why_not(tx: Tx, key: str, customer_id: int) -> str:
    """Answer in one sentence why this person did or did not get the campaign's message."""
    return messaging.why_not(tx, source_of(find(tx, key)), customer_id)
