"""The log's readers: how far each is, what it set aside, and pause and resume."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from regulars import access, log
from regulars.console.console import pages
from regulars.console.parts import Column, Figure
from regulars.console.rendering import render
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.kernel import NotFound
from regulars.wiring import READERS

router = pages()
COLUMNS = (
    Column(title="Reader"),
    Column(title="Position", numeric=True),
    Column(title="Behind", numeric=True),
    Column(title="Set aside", numeric=True),
    Column(title="At work", numeric=True),
    Column(title="State"),
    Column(title="Do", hidden_title=True),
)
SET_ASIDE_COLUMNS = (
    Column(title="Event"),
    Column(title="Reader"),
    Column(title="Why"),
    Column(title="Since"),
    Column(title="Do", hidden_title=True),
)
REJECT_COLUMNS = (Column(title="When"), Column(title="Where"), Column(title="Why"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    figures: tuple[Figure, ...]
    readers: tuple[log.ReaderStatus, ...]
    columns: tuple[Column, ...]
    set_aside: tuple[log.SetAside, ...]
    set_aside_columns: tuple[Column, ...]
    rejects: tuple[log.Reject, ...]
    reject_columns: tuple[Column, ...]
    may_manage: bool
    why_not: str


@router.get("/readers")
def readers(visit: Visiting) -> Response:
    access.require(visit.actor, "readers.view")
    return page(visit, "readers/readers.html", _value(visit))


@router.get("/readers/stream")
def stream(visit: Visiting) -> Response:
    """The moving part of the page."""
    access.require(visit.actor, "readers.view")

    def look() -> str:
        return render("readers/readers.html", frame=visit.frame, page=_value(visit), block="moving")

    return visit.console.streams.respond(look)


@router.post("/readers/{name}/pause")
def pause(visit: Visiting, name: str) -> Response:
    access.require(visit.actor, "readers.manage")
    with visit.app.database.transaction() as tx:
        log.pause(tx, name)
        visit.record(tx, "readers.pause", kind="reader", subject=name)
    return redirect(visit, "/readers", f"The reader {name} stands; those that follow it come to stand too.")


@router.post("/readers/{name}/resume")
def resume(visit: Visiting, name: str) -> Response:
    access.require(visit.actor, "readers.manage")
    with visit.app.database.transaction() as tx:
        log.resume(tx, name)
        visit.record(tx, "readers.resume", kind="reader", subject=name)
    return redirect(visit, "/readers", f"The reader {name} goes on from where it stood.")


@router.post("/readers/{name}/replay")
def replay(visit: Visiting, name: str, position: Annotated[int, Form()]) -> Response:
    """Apply one event that was set aside."""
    access.require(visit.actor, "readers.manage")
    reader = next((one for one in READERS if one.name == name), None)
    if reader is None:
        raise NotFound(f"There is no reader {name[:60]!r}; the page lists those there are.")
    with visit.app.database.transaction() as tx:
        log.replay(tx, reader, position, READERS)
        visit.record(tx, "readers.replay", kind="reader", subject=name, after={"position": position})
    return redirect(visit, "/readers", f"The event at position {position:,} is applied.")


@router.post("/readers/{name}/dismiss")
def dismiss(visit: Visiting, name: str, position: Annotated[int, Form()]) -> Response:
    access.require(visit.actor, "readers.manage")
    with visit.app.database.transaction() as tx:
        log.dismiss(tx, name, position)
        visit.record(tx, "readers.dismiss", kind="reader", subject=name, after={"position": position})
    return redirect(
        visit, "/readers", f"The event at position {position:,} will not be applied.", tone="quiet"
    )


def _value(visit: Visit) -> Readers:
    manage = access.allows(visit.actor, "readers.manage")
    with visit.app.database.transaction() as tx:
        sequencer = log.sequencer_status(tx)
        every = tuple(log.status(tx))
        aside = tuple(log.set_aside(tx))
        rejects = tuple(log.rejects(tx, limit=20))
    return Readers(
        figures=_figures(sequencer, every),
        readers=every,
        columns=COLUMNS,
        set_aside=aside,
        set_aside_columns=SET_ASIDE_COLUMNS,
        rejects=rejects,
        reject_columns=REJECT_COLUMNS,
        may_manage=manage.outcome == "yes",
        why_not=manage.reason,
    )


def _figures(sequencer: log.SequencerStatus, every: tuple[log.ReaderStatus, ...]) -> tuple[Figure, ...]:
    behind = max((one.lag_events for one in every), default=0)
    return (
        Figure(label="Events in the log", value=f"{sequencer.head:,}", note="since the beginning"),
        Figure(label="Waiting for a position", value=f"{sequencer.waiting:,}", note="in the inbox now"),
        Figure(label="Slowest reader", value=f"{behind:,}", note="events behind now"),
        Figure(
            label="Dropped as repeated",
            value=f"{sequencer.duplicates:,}",
            note=f"{sequencer.rejects:,} could not be stored",
        ),
    )
