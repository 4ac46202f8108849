"""Retention as it stands, with what goes next, and the record of processing."""

from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import HTMLResponse, JSONResponse, Response

from regulars import access, privacy
from regulars.console.charts import Bar, Chart, ranking
from regulars.console.console import pages
from regulars.console.parts import Column, Figure, Tab
from regulars.console.privacy.places import tabs
from regulars.console.visit import Visiting, page

router = pages()
KEPT_COLUMNS = (
    Column(title="Data"),
    Column(title="Kept for"),
    Column(title="There now", numeric=True),
    Column(title="Oldest"),
    Column(title="Goes next"),
)
ACTIVITY_COLUMNS = tuple(
    Column(title=title)
    for title in ("What", "What for", "Basis", "How long", "Who sees it", "Stays after an erasure")
)
PARTY_COLUMNS = tuple(Column(title=title) for title in ("Way", "Name", "Where", "What"))
SET, NEW = f"/definitions/retention/{privacy.RETENTION_KEY}", "/definitions/new?kind=retention"
LOOKED_BACK = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPage:
    tabs: tuple[Tab, ...]
    sentence: str
    title: str
    kinds: tuple[privacy.Standing, ...]
    figures: tuple[Figure, ...]
    chart: Chart | None
    set_href: str
    may_set: bool
    columns: tuple[Column, ...] = KEPT_COLUMNS


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPage:
    tabs: tuple[Tab, ...]
    record: privacy.Record
    columns: tuple[Column, ...] = ACTIVITY_COLUMNS
    party_columns: tuple[Column, ...] = PARTY_COLUMNS


@router.get("/privacy/retention")
def retention(visit: Visiting) -> Response:
    access.require(visit.actor, "privacy.view")
    with visit.app.database.transaction() as tx:
        policy, at = privacy.retention(tx), visit.app.now(tx)
        standing = tuple(privacy.standings(tx, policy.days, at))
        taken = privacy.removed_since(tx, (at - LOOKED_BACK).date())
    value = RetentionPage(
        tabs=tabs("/privacy/retention"),
        sentence=privacy.RETENTION.sentence(policy),
        title=policy.title,
        kinds=standing,
        figures=_figures(standing, sum(one.removed for one in taken)),
        chart=_chart(standing),
        set_href=f"/definitions/retention/{privacy.RETENTION_KEY}"
        if policy.days
        else "/definitions/new?kind=retention",
        may_set=access.allows(visit.actor, "policies.draft").outcome == "yes",
    )
    return page(visit, "privacy/retention.html", value)


def _figures(standing: tuple[privacy.Standing, ...], taken: int) -> tuple[Figure, ...]:
    tonight = sum(one.due for one in standing)
    return (
        Figure(label="Go tonight", value=f"{tonight:,}", note="rows past their period"),
        Figure(label="Go after that", value=f"{sum(one.soon for one in standing):,}", note="within 30 days"),
        Figure(label="Went", value=f"{taken:,}", note="in the last 90 days"),
    )


def _chart(standing: tuple[privacy.Standing, ...]) -> Chart | None:
    bars = [Bar(label=one.title, value=one.due + one.soon) for one in standing if one.days is not None]
    if not any(bar.value for bar in bars):
        return None
    return ranking(
        key="goes-next",
        title="What goes within 30 days",
        bars=bars,
        unit="rows",
        definition="Rows whose period ends by then, those that go tonight among them.",
    )


@router.get("/privacy/record")
def record(visit: Visiting, format: str = "") -> Response:  # noqa: A002 - the name in the address.
    access.require(visit.actor, "privacy.view")
    with visit.app.database.transaction() as tx:
        found = visit.app.processing(tx)
    name = f"record-of-processing-{found.made_at:%Y-%m-%d}"
    if format == "csv":
        saved = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
        return Response(privacy.as_csv(found), media_type="text/csv; charset=utf-8", headers=saved)
    if format == "json":
        saved = {"Content-Disposition": f'attachment; filename="{name}.json"'}
        told = privacy.as_plain(found)
        return JSONResponse({**told, "made_at": found.made_at.isoformat()}, headers=saved)
    if format == "html":
        saved = {"Content-Disposition": f'attachment; filename="{name}.html"'}
        return HTMLResponse(privacy.as_html(found), headers=saved)
    return page(visit, "privacy/record.html", RecordPage(tabs=tabs("/privacy/record"), record=found))
