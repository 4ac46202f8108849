"""Every night: scores, then what asks them, then the figures of approaches."""

from datetime import datetime, timedelta

from regulars import access, definitions, log
from regulars.db import Tx, value
from regulars.segments.approach_figures import count_approaches
from regulars.segments.approach_past import SQL
from regulars.segments.recomputing import sources_changed
from regulars.segments.score_source import NAME
from regulars.segments.scores import forget_past, score
from regulars.segments.scoring import SCORING

SIMULATED_EVERY = timedelta(days=91)


def score_everybody(tx: Tx, at: datetime) -> None:
    """Scores everybody by every live scoring, and asks everybody what asks for scores; old scores go."""
    live = definitions.all_live(tx, SCORING)
    for found in live:
        score(tx, found.key, found.body, at)
    forget_past(tx, at)
    if live:
        sources_changed(tx, {NAME}, at, {found.name for found in live})


def count_nightly(tx: Tx, at: datetime) -> None:
    """The figures anew, but not each night where a year passes in a minute."""
    last = value(tx, SQL.last_counted)
    if log.clock(tx).mode == "standing" and last is not None and at - last < SIMULATED_EVERY:
        return
    count_figures(tx, at)


def count_figures(tx: Tx, at: datetime) -> None:
    count_approaches(tx, at, zone=access.zone(tx))
