"""Spans of time in a programme's sentences."""

from regulars.console.programmes import words
from regulars.console.programmes.blanks import Blank
from regulars.console.programmes.pen import Pen
from regulars.console.segments.tree import Path


def period(pen: Pen, path: Path) -> tuple[str | Blank, ...]:
    return (
        pen.whole((*path, "count"), "How long"),
        pen.choice((*path, "unit"), "Unit", words.UNITS, "days"),
        pen.choice((*path, "round_to"), "Rounded", words.ROUND_TO, "none"),
    )
