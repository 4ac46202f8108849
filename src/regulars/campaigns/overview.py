"""Every launched campaign with its comparison, in a few statements however many there are."""

from dataclasses import dataclass
from datetime import datetime

from regulars.campaigns.launching import CAMPAIGN
from regulars.campaigns.model import Run, did
from regulars.campaigns.results import ArmSums, sums_of
from regulars.campaigns.statements import SQL
from regulars.db import Tx, rows
from regulars.definitions import heads
from regulars.experiments import Comparison, compare

TITLES_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    run: Run
    title: str
    did: str  # As in "bought within 28 days".
    comparison: Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class _RunArm(ArmSums):
    run_id: int


def run_lines(tx: Tx, at: datetime) -> list[RunLine]:
    """All launched campaigns as of an instant, the latest first."""
    found = rows(tx, SQL.sums_of_all, _RunArm, at=at)
    arms: dict[tuple[int, str], ArmSums] = {(row.run_id, row.arm): row for row in found}
    named = heads(tx, kind=CAMPAIGN.name, state="all", limit=TITLES_MAX).items
    titles = {head.key: head.title for head in named}
    return [_line(run, arms, titles.get(run.key, run.key)) for run in rows(tx, SQL.runs, Run)]


def _line(run: Run, arms: dict[tuple[int, str], ArmSums], title: str) -> RunLine:
    treated = arms.get((run.run_id, "treated"), ArmSums(arm="treated"))
    held_out = arms.get((run.run_id, "held_out"), ArmSums(arm="held_out"))
    done = did(run.goal, run.window_days)
    return RunLine(
        run=run, title=title, did=done, comparison=compare(sums_of(run, treated, held_out), did=done)
    )
