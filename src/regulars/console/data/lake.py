"""The lake: what of the history is where, what is wrong, and bringing it up to date."""

from dataclasses import dataclass

from starlette.responses import Response

from regulars import access, analytics, jobs
from regulars.analytics import LakeStatus
from regulars.console.console import pages
from regulars.console.data.places import tabs
from regulars.console.formats import count_of
from regulars.console.parts import Column, Figure, Tab
from regulars.console.segments.stages import Part
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.kernel import RegularsError, public_id
from regulars.wiring import EXPORT_LAKE

router = pages()
COLUMNS = (
    Column(title="Table"),
    Column(title="Rows in the lake", numeric=True),
    Column(title="Files", numeric=True),
    Column(title="Waiting"),
    Column(title="Last written"),
    Column(title="State"),
)
PIECE_COLUMNS = (
    Column(title="Positions"),
    Column(title="Left PostgreSQL", numeric=True),
    Column(title="Stayed", numeric=True),
    Column(title="When"),
)
UNITS = ("B", "kB", "MB", "GB", "TB")
RUNNING = ("waiting", "running")


@dataclass(frozen=True, slots=True, kw_only=True)
class LakePage:
    tabs: tuple[Tab, ...]
    status: LakeStatus
    figures: tuple[Figure, ...]
    where: tuple[Part, ...]
    sizes: dict[str, str]  # Of each table's files, in words.
    stays: str  # For how long events stay in PostgreSQL.
    job: str | None  # Of the export that waits or runs.
    may_manage: bool
    why_not: str
    columns: tuple[Column, ...] = COLUMNS
    piece_columns: tuple[Column, ...] = PIECE_COLUMNS


@router.get("/data/lake")
def lake(visit: Visiting) -> Response:
    access.require(visit.actor, "lake.view")
    return page(visit, "data/lake/lake.html", _value(visit))


@router.post("/data/lake/export")
def export(visit: Visiting) -> Response:
    access.require(visit.actor, "lake.manage")
    with visit.app.database.transaction() as tx:
        if _job(visit) is None:
            jobs.defer(tx, EXPORT_LAKE, {}, requested_by=visit.actor.name)
            visit.record(tx, "lake.export", kind="lake", subject="lake")
    return redirect(visit, "/data/lake", "The lake is brought up to date.", tone="live")


@router.post("/data/lake/check")
def check(visit: Visiting) -> Response:
    """Look at every file now."""
    access.require(visit.actor, "lake.manage")
    try:
        wrong = analytics.check(visit.app.lake)
    except RegularsError as cause:
        return redirect(visit, "/data/lake", str(cause), tone="bad")
    if wrong:
        return redirect(visit, "/data/lake", f"Something is wrong: {len(wrong)} of the tables.", tone="bad")
    return redirect(visit, "/data/lake", "Every file is there and whole, of the version that is known.")


def _value(visit: Visit) -> LakePage:
    manage = access.allows(visit.actor, "lake.manage")
    with visit.app.database.transaction() as tx:
        status = analytics.lake_status(visit.app.lake, tx)
    return LakePage(
        tabs=tabs("/data/lake"),
        status=status,
        figures=_figures(status),
        where=_where(status),
        sizes={one.name: size(one.bytes) for one in status.tables},
        stays=_stays(status),
        job=_job(visit),
        may_manage=manage.outcome == "yes",
        why_not=manage.reason,
    )


def _job(visit: Visit) -> str | None:
    with visit.app.database.transaction() as tx:
        last = jobs.jobs(tx, name=EXPORT_LAKE, limit=1).items
    return public_id("job", last[0].id) if last and last[0].state in RUNNING else None


def _figures(status: LakeStatus) -> tuple[Figure, ...]:
    files = sum(one.files for one in status.tables)
    whole = sum(one.bytes for one in status.tables)
    return (
        Figure(label="Events", value=f"{status.head:,}", note="since the beginning"),
        Figure(label="In the lake", value=f"{status.watermark:,}", note="events, up to the last export"),
        Figure(label="Waiting", value=f"{status.waiting:,}", note="events not exported yet"),
        Figure(label="Lake", value=size(whole), note=f"in {count_of(files, 'file')}, all tables"),
        Figure(
            label="Log in PostgreSQL",
            value=size(status.postgresql_bytes),
            note=f"in {count_of(status.pieces, 'piece')}, with indexes",
        ),
    )


def _where(status: LakeStatus) -> tuple[Part, ...]:
    """Every event as a part of one bar: by where it can be read."""
    gone = sum(one.dropped for one in status.thinned)
    counts = (
        ("lake", "In the lake only", gone, 0),
        ("both", "In the lake and in PostgreSQL", max(0, status.watermark - gone), 1),
        ("postgresql", "In PostgreSQL only, waiting", status.waiting, 4),
    )
    every = sum(count for _, _, count, _ in counts) or 1
    made, start = [], 0.0
    for key, title, count, hue in counts:
        share = count / every
        made.append(Part(key=key, stage=key, title=title, members=count, share=share, start=start, hue=hue))
        start += 100 * share
    return tuple(made)


def _stays(status: LakeStatus) -> str:
    if status.keep_days is None:
        return "Every event stays in PostgreSQL too; REGULARS_LAKE_KEEP_DAYS lets old ones leave it."
    return (
        f"Events stay in PostgreSQL for {status.keep_days:,} days; older ones leave it once both hold "
        "the same and nothing needs them."
    )


def size(count: float) -> str:
    for unit in UNITS[:-1]:
        if count < 1000:  # noqa: PLR2004 - the step from unit to unit.
            return f"{count:,.0f} {unit}" if unit == "B" else f"{count:,.1f} {unit}"
        count /= 1000
    return f"{count:,.1f} {UNITS[-1]}"
