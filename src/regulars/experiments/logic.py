"""What the room keeps: the arm of each person, and labelled comparisons."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from regulars.customers import Moved
from regulars.db import Query, Statements, Tx, rows, run, value
from regulars.experiments.assignment import Arm, arms_of
from regulars.experiments.verdict import Comparison, Sums, compare


class Sql(Statements, file="queries.sql"):
    assign_new: Query
    arms_of_customers: Query
    save_readout: Query
    readouts: Query
    contaminated: Query
    follow: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Readout:
    """A comparison kept under a label, such as that of a data set with a planted effect."""

    label: str
    note: str  # Says what the data are, so that nobody takes them for one's own customers.
    did: str  # As in "bought within 28 days".
    saved_at: datetime
    comparison: Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class _Assigned:
    customer_id: int
    arm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Readout:
    label: str
    note: str
    did: str
    assigned_treated: int
    assigned_held_out: int
    held_out_share: int
    treated: int
    held_out: int
    converted_treated: int
    converted_held_out: int
    contaminated: int
    saved_at: datetime


def assign(
    tx: Tx, experiment: str, customer_ids: Sequence[int], *, salt: str, arms: Sequence[Arm], at: datetime
) -> dict[int, str]:
    """Return everybody's arm; who has one keeps it, even if the shares have changed since.

    A person of several profiles has the earliest of their arms.
    """
    drawn = arms_of(salt, customer_ids, arms)
    run(tx, SQL.assign_new, experiment=experiment, customer_ids=list(customer_ids), arms=drawn, at=at)
    found = rows(tx, SQL.arms_of_customers, _Assigned, experiment=experiment, customer_ids=list(customer_ids))
    return {row.customer_id: row.arm for row in found}


def contaminated(tx: Tx, experiment: str) -> int:
    """Return how many people have profiles in different arms, merged after they had been assigned."""
    return int(value(tx, SQL.contaminated, experiment=experiment))


def follow(tx: Tx, moved: Sequence[Moved]) -> None:
    """Profiles were merged or split: each keeps its assignment, and the person has the earliest of them."""
    run(tx, SQL.follow, atoms=[one.atom_id for one in moved], afters=[one.after for one in moved])


def save_readout(
    tx: Tx, label: str, note: str, sums: Sums, *, at: datetime, did: str = "did it"
) -> Comparison:
    """Keep a comparison under its label; saved again under the same label, it replaces the former."""
    run(tx, SQL.save_readout, label=label, note=note, did=did, at=at, **asdict(sums))
    return compare(sums, did=did)


def readouts(tx: Tx) -> tuple[Readout, ...]:
    """Return all kept comparisons by label, their figures computed anew from the sums."""
    return tuple(
        Readout(
            label=row.label,
            note=row.note,
            did=row.did,
            saved_at=row.saved_at,
            comparison=_comparison(row),
        )
        for row in rows(tx, SQL.readouts, _Readout)
    )


def _comparison(row: _Readout) -> Comparison:
    sums = Sums(
        assigned_treated=row.assigned_treated,
        assigned_held_out=row.assigned_held_out,
        held_out_share=row.held_out_share,
        treated=row.treated,
        held_out=row.held_out,
        converted_treated=row.converted_treated,
        converted_held_out=row.converted_held_out,
        contaminated=row.contaminated,
    )
    return compare(sums, did=row.did)
