"""One import: what a dry run found, how far the run is, what came of it; moving while it moves."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.responses import Response

from regulars import imports, jobs
from regulars.console.console import pages
from regulars.console.data.imports import STATES, require
from regulars.console.formats import count_of, money, number
from regulars.console.parts import Column, Figure, Tone
from regulars.console.rendering import render
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.imports import PREFIX, WHATS, BadKind, Import
from regulars.kernel import Money, parse_public_id

router = pages()
KIND_COLUMNS = (
    Column(title="Column"),
    Column(title="What is wrong"),
    Column(title="Rows", numeric=True),
    Column(title="For example"),
)
SUM_COLUMNS = (Column(title="Day"), Column(title="Orders", numeric=True), Column(title="Total", numeric=True))
CHECKING: tuple[str, Tone] = ("Checking", "live")
MOVING = ("waiting", "running")
DAYS_SHOWN = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    title: str
    done: bool
    now: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPage:
    one: Import
    what: str
    word: str
    tone: Tone
    steps: tuple[Step, ...]
    job: jobs.Job | None
    note: str
    moving: bool
    checking: bool
    figures: tuple[Figure, ...]
    kinds: tuple[BadKind, ...]
    kind_columns: tuple[Column, ...]
    sums: tuple[tuple[str, int, str], ...]
    sum_columns: tuple[Column, ...]
    sums_more: int
    same: tuple[imports.Same, ...]
    found: dict[str, Any] | None
    mapped: tuple[tuple[str, str], ...]


@router.get("/data/imports/{id}")
def one_import(visit: Visiting, id: str) -> Response:  # noqa: A002 - the address says so.
    require(visit)
    value = _value(visit, id)
    if value.one.mapping is None:
        return redirect(visit, f"/data/imports/{id}/mapping")
    return page(visit, "data/imports/import.html", value)


@router.get("/data/imports/{id}/stream")
def stream(visit: Visiting, id: str) -> Response:  # noqa: A002
    """The moving part, until nothing moves any more."""
    require(visit)
    ended: list[bool] = []

    def look() -> str | None:
        if ended:
            return None
        value = _value(visit, id)
        if not value.moving:
            ended.append(True)
        return render("data/imports/import.html", frame=visit.frame, page=value, block="moving")

    return visit.console.streams.respond(look, every_s=1)


@router.post("/data/imports/{id}/check")
def check(visit: Visiting, id: str) -> Response:  # noqa: A002
    with visit.app.database.transaction() as tx:
        imports.ask_check(tx, visit.actor, parse_public_id(PREFIX, id), at=visit.app.now(tx))
    return redirect(visit, f"/data/imports/{id}")


@router.post("/data/imports/{id}/run")
def run(visit: Visiting, id: str) -> Response:  # noqa: A002
    with visit.app.database.transaction() as tx:
        imports.ask_run(tx, visit.actor, parse_public_id(PREFIX, id), at=visit.app.now(tx))
    return redirect(visit, f"/data/imports/{id}")


@router.post("/data/imports/{id}/cancel")
def cancel(visit: Visiting, id: str) -> Response:  # noqa: A002
    with visit.app.database.transaction() as tx:
        imports.cancel(tx, visit.actor, parse_public_id(PREFIX, id), at=visit.app.now(tx))
    said = "It stops at its next part. What is in stays in, and it can go on later."
    return redirect(visit, f"/data/imports/{id}", said, tone="quiet")


def _value(visit: Visit, public: str) -> ImportPage:
    with visit.app.database.transaction() as tx:
        one = imports.get(tx, parse_public_id(PREFIX, public))
        job = jobs.get(tx, one.job_id) if one.job_id else None
        kinds = tuple(imports.bad_kinds(tx, one.import_id)) if one.bad or one.state == "failed" else ()
        same = tuple(imports.same_content(tx, one))
    checking = job is not None and job.name == imports.CHECK and job.state in MOVING
    word, tone = CHECKING if checking else STATES[one.state]
    found = one.findings
    return ImportPage(
        one=one,
        what=WHATS.get(one.what or "customers", ""),
        word=word,
        tone=tone,
        steps=steps_of(one, checking=checking),
        job=job,
        note=_note(job),
        moving=checking or one.state in MOVING,
        checking=checking,
        figures=_result(one) if one.position or one.state in ("done", "failed") else _foreseen(found),
        kinds=kinds,
        kind_columns=KIND_COLUMNS,
        sums=_sums(found),
        sum_columns=SUM_COLUMNS,
        sums_more=max(0, len(found["sums"]) - DAYS_SHOWN) + found["sums_left_out"] if found else 0,
        same=same,
        found=found,
        mapped=tuple((column, field) for column, field in (one.mapping or {}).get("columns", {}).items()),
    )


def steps_of(one: Import, *, checking: bool = False) -> tuple[Step, ...]:
    place = {"uploaded": 1, "checked": 3, "waiting": 3, "running": 3, "failed": 3, "cancelled": 3, "done": 5}[
        one.state
    ]
    if one.state == "uploaded" and (one.mapping is not None or checking):
        place = 2
    titles = ("File", "Columns", "Dry run", "Run", "Result")
    return tuple(
        Step(title=title, done=number < place, now=number == min(place, 4))
        for number, title in enumerate(titles)
    )


def _note(job: jobs.Job | None) -> str:
    if job is None:
        return ""
    told = [job.message] if job.message else []
    if job.state == "running" and job.rate:
        told.append(f"{number(job.rate, 0)} rows a second")
    if job.left is not None:
        told.append(f"{_span(job.left)} left")
    return ", ".join(told) or ("Waits for a worker" if job.state == "waiting" else "")


def _span(left: timedelta) -> str:
    minutes, seconds = divmod(round(left.total_seconds()), 60)
    return count_of(minutes, "minute") if minutes else count_of(seconds, "second")


def _foreseen(found: dict[str, Any] | None) -> tuple[Figure, ...]:
    if found is None:
        return ()
    new = found["things"] - found["known"]
    history = (
        "all of it history: nothing fires"
        if found["history"] == found["units"]
        else f"{number(found['units'] - found['history'])} after the cut-over, as news"
    )
    return (
        Figure(label="Rows that can be "
                     "used", value=number(found["good"]), note=f"of {number(found['rows'])}"),
        Figure(
            label="Bad rows", value=number(found["bad"]), note="kept, to be "
                                                               "mended" if found["bad"] else "none",
            tone="bad" if found["bad"] else "good",
        ),
        Figure(label=f"New {found['thing']}", value=number(new), note=f"{number(found['known'])} are known "
                                                                      "already"),
        Figure(label="To be written", value=number(found["units"]), note=history),
    )  # fmt: skip


def _result(one: Import) -> tuple[Figure, ...]:
    seconds = (
        (one.finished_at - one.started_at).total_seconds() if one.finished_at and one.started_at else None
    )
    took = f"in {_span(timedelta(seconds=seconds))}" if seconds is not None else ""
    return (
        Figure(label="Taken in", value=number(one.accepted), note=f"of {number(one.rows)} rows"),
        Figure(
            label="Bad rows", value=number(one.bad), note="open, to be "
                                                          "mended" if one.bad else "everything could be used",
            href=f"/data/imports/{one.id}/bad-rows" if one.bad else "",
        ),
        Figure(label="Rows a second", value=number(one.rate, 0) if one.rate else "–", note=took),
    )  # fmt: skip


def _sums(found: dict[str, Any] | None) -> tuple[tuple[str, int, str], ...]:
    if not found:
        return ()
    return tuple(
        (one["day"], one["orders"], money(Money.parse(one["total"], one["currency"])))
        for one in found["sums"][:DAYS_SHOWN]
    )
