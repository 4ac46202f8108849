"""What the demonstration came to, as one JSON object."""

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from regulars import campaigns, experiments, loyalty, segments
from regulars.app import App
from regulars.db import Tx, maybe, one
from regulars.demo.company import PROGRAMME_KEY
from regulars.demo.planted import NOTE
from regulars.demo.source import SOURCE
from regulars.demo.state import SQL, Progress
from regulars.experiments import Comparison
from regulars.kernel import NotFound

PLANTED_LABEL = "Planted effect"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    households: int
    baskets: int
    lines: int
    sales_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    events: int
    tracked_events: int
    mailings: int
    redemptions: int


def keep_planted(app: App, planted: Comparison) -> None:
    """Show the planted result, labelled, beside the grocer's."""
    with app.database.transaction() as tx:
        experiments.save_readout(
            tx, PLANTED_LABEL, NOTE, planted.sums, at=app.now(tx), did="bought within 28 days"
        )


def report(app: App) -> dict[str, Any]:
    """Every figure read from the database as it stands."""
    with app.database.transaction() as tx:
        now = app.now(tx)
        sums = one(tx, SQL.sums, Sums)
        overview = loyalty.programme_overview(tx, PROGRAMME_KEY, now)
        results = _results(tx, now)
        planted = next(r for r in experiments.readouts(tx) if r.label == PLANTED_LABEL).comparison
        progress = maybe(tx, SQL.progress, Progress)
        return {
            "households": sums.households,
            "baskets": sums.baskets,
            "lines": sums.lines,
            "sales": float(Decimal(sums.sales_minor).scaleb(-2)),
            **asdict(one(tx, SQL.counts, Counts, source=SOURCE)),
            "points_issued": overview.issued,
            "points_active": overview.active,
            "points_expired": overview.expired,
            "trial_balance": loyalty.trial_balance(tx, PROGRAMME_KEY).total,
            "ledger_findings": len(loyalty.check_ledger(tx)),
            "tiers": {tier.name: tier.members for tier in overview.tiers},
            "segments": {s.key: s.members for s in segments.sizes(tx) if s.approach is None or s.names_stage},
            **(_campaign(results) if results else {}),
            "planted_low": planted.interval.low if planted.interval else None,
            "planted_high": planted.interval.high if planted.interval else None,
            "seconds": progress.seconds if progress else {},
        }


def _results(tx: Tx, now: datetime) -> campaigns.Results | None:
    """Nothing before the campaign has gone out."""
    try:
        return campaigns.results(tx, campaigns.WIN_BACK_KEY, now)
    except NotFound:
        return None


def _campaign(results: campaigns.Results) -> dict[str, Any]:
    """The lift is the difference of the conversion rates, treated minus held out, with its score interval."""
    compared = results.comparison
    return {
        "treated": results.treated,
        "held_out": results.held_out,
        "conversions": results.converted_so_far,
        "lift": compared.difference,
        "lift_low": compared.interval.low if compared.interval else None,
        "lift_high": compared.interval.high if compared.interval else None,
        "detectable": compared.detectable,
        "aa_rejection_rate": results.replay.rejection_rate if results.replay else None,
    }
