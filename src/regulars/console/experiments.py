"""Experiments: every comparison in one list, those of campaigns and those kept under a label."""

from dataclasses import dataclass

from starlette.responses import Response

from regulars import access, campaigns, experiments
from regulars.console.campaign_figures import Invented, invented
from regulars.console.comparisons import TONES
from regulars.console.console import pages
from regulars.console.formats import number, percent
from regulars.console.parts import Column, Tone
from regulars.console.visit import Visiting, page
from regulars.experiments import Comparison, points

router = pages()
COLUMNS = (
    Column(title="Experiment"),
    Column(title="Verdict"),
    Column(title="Treated", numeric=True),
    Column(title="Held out", numeric=True),
    Column(title="Difference, points", numeric=True),
    Column(title="Could be found", numeric=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentRow:
    href: str
    title: str
    note: str
    invented: bool
    word: str
    tone: Tone
    treated: str
    treated_rate: str
    held_out: str
    held_out_rate: str
    difference: str
    interval: str
    detectable: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentList:
    columns: tuple[Column, ...]
    rows: tuple[ExperimentRow, ...]
    invented: tuple[Invented, ...]


@router.get("/experiments")
def experiment_list(visit: Visiting) -> Response:
    access.require(visit.actor, "figures.view")
    with visit.app.database.transaction() as tx:
        lines = campaigns.run_lines(tx, visit.app.now(tx))
        kept = experiments.readouts(tx)
        value = ExperimentList(
            columns=COLUMNS,
            rows=(
                *(
                    row_of(f"/campaigns/{one.run.key}", f"Campaign “{one.title}”", one.did, one.comparison)
                    for one in lines
                ),
                *(
                    row_of(f"#invented-{n}", one.label, one.did, one.comparison, made_up=True)
                    for n, one in enumerate(kept)
                ),
            ),
            invented=invented(tx),
        )
    return page(visit, "experiments/list.html", value)


def row_of(href: str, title: str, note: str, found: Comparison, *, made_up: bool = False) -> ExperimentRow:
    word, tone = TONES[found.outcome]
    s = found.sums
    done = found.outcome in ("no_difference", "more", "fewer")
    shown = done and found.difference is not None and found.interval is not None
    difference, interval = found.difference, found.interval
    return ExperimentRow(
        href=href,
        title=title,
        note=f"Who {note}",
        invented=made_up,
        word=word,
        tone=tone,
        treated=number(s.assigned_treated),
        treated_rate=percent(found.rate_treated) if done else "",
        held_out=number(s.assigned_held_out),
        held_out_rate=percent(found.rate_held_out) if done else "",
        difference=points(difference) if shown and difference is not None else "–",
        interval=f"{points(interval.low)} to {points(interval.high)}" if shown and interval else "",
        detectable=f"{found.detectable * 100:.1f} points" if found.detectable is not None else "nothing",
    )
