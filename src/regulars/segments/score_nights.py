"""Every night: scores, then what asks them, then the figures of approaches."""

from datetime import datetime

from regulars import access, definitions
from regulars.db import Tx
from regulars.segments.approach_figures import count_approaches
from regulars.segments.recomputing import changed
from regulars.segments.scores import score
from regulars.segments.scoring import SCORING


def score_everybody(tx: Tx, at: datetime) -> None:
    """Scores everybody by every live scoring, and asks everybody what asks for scores."""
    live = definitions.all_live(tx, SCORING)
    for found in live:
        score(tx, found.key, found.body, at)
    if live:
        changed(tx, {found.name for found in live}, at)


def count_figures(tx: Tx, at: datetime) -> None:
    count_approaches(tx, at, zone=access.zone(tx))
