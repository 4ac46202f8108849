"""One trait's quality over time and by source, and the customers concerned, as a list and as a file."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from starlette.responses import Response

from regulars import access, customers
from regulars.console.chart_files import chart_file, plain_cell
from regulars.console.charts import Chart, Mark, trend
from regulars.console.console import pages
from regulars.console.formats import count_of, number, percent
from regulars.console.landmarks import chip, why_masked
from regulars.console.parts import Chip, Column, Figure, Tab
from regulars.console.visit import Visit, Visiting, page
from regulars.customers import FRESH_DAYS, Course, Customer, Measure, QualityFigure, RuleState
from regulars.db import Tx
from regulars.kernel import NotFound, local_day

router = pages()
SHOWN_DAYS = 365
SOURCES_MAX = 5  # Lines of a chart that can be told apart.
DAYS_MAX = 3650
MEASURES: dict[Measure, str] = {
    "completeness": "Have it",
    "validity": "Fits its type",
    "uniqueness": "Is theirs alone",
    "freshness": "Is fresh",
}
WANTING: dict[Measure, str] = {
    "completeness": "without {trait}",
    "validity": "whose {trait} does not fit its type",
    "uniqueness": "who share their {trait} with somebody",
    "freshness": "whose {trait} was last told more than {days:,} days ago",
}
DEFINITIONS: dict[Measure, str] = {
    "completeness": "Customers who have a value, of all customers; of a source, of those whom it tells of.",
    "validity": "Customers whose latest value fits the declared type, of all who were told one.",
    "uniqueness": "Customers whose value nobody else has, of all who have one.",
    "freshness": f"Customers whose value was told within {FRESH_DAYS} days, of all who have one.",
}
SOURCES = (
    Column(title="Source"),
    Column(title="Have it", numeric=True),
    Column(title="Without", numeric=True),
    Column(title="Do not fit", numeric=True),
    Column(title=f"Older than {FRESH_DAYS} days", numeric=True),
    Column(title="Last told", numeric=True),
)
PEOPLE = (Column(title="Customer"), Column(title="E-mail"), Column(title="Last seen", numeric=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    name: str
    figure: QualityFigure
    share: float | None
    missing: int
    old: int
    missing_href: str
    unfit_href: str
    old_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TraitPage:
    trait: str
    text: str
    figures: tuple[Figure, ...]
    tabs: tuple[Tab, ...]
    chart: Chart | None
    rows: tuple[SourceRow, ...]
    rules: tuple[RuleState, ...]
    columns: tuple[Column, ...] = SOURCES


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    chip: Chip
    email: str
    last_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernedPage:
    trait: str
    title: str
    rows: tuple[PersonRow, ...]
    next_href: str
    first_href: str
    why_masked: str
    export_href: str
    why_no_export: str
    columns: tuple[Column, ...] = PEOPLE


def trait_href(trait: str, path: str = "/customers/quality/trait", **more: object) -> str:
    kept = {"name": trait} | {name: value for name, value in more.items() if value}
    return f"{path}?{urlencode(kept)}"


def concerned_href(measure: Measure, trait: str, *, source: str = "", **more: object) -> str:
    return trait_href(trait, "/customers/quality/customers", measure=measure, source=source, **more)


def measure_of(text: str) -> Measure:
    return next((known for known in MEASURES if known == text), "completeness")


@router.get("/customers/quality/trait")
def one_trait(visit: Visiting, name: str, measure: str = "", format: str = "") -> Response:  # noqa: A002
    access.require(visit.actor, "customers.view")
    with visit.app.database.transaction() as tx:
        value = trait_page(tx, visit, name[:200], measure_of(measure))
    if format and value.chart is not None:
        return chart_file(value.chart, format)
    return page(visit, "customers/quality_trait.html", value)


def trait_page(tx: Tx, visit: Visit, trait: str, measure: Measure) -> TraitPage:
    today = local_day(visit.app.now(tx), visit.app.zone)
    newest = customers.quality_now(tx, trait)
    if not newest:
        raise NotFound(
            f"Of a trait {trait[:80]!r} no figures are kept: nobody was told it, or no day was counted yet."
        )
    courses = customers.quality_courses(tx, trait, since=today - timedelta(days=SHOWN_DAYS), until=today)
    whole = next((one for one in newest if not one.source), newest[0])
    return TraitPage(
        trait=trait,
        text=f"Who of {count_of(whole.everybody, 'customer')} has it, from where, and how that changed. "
        f"Counted for {whole.day:%-d %B %Y}.",
        figures=_figures(whole, trait),
        tabs=tuple(
            Tab(title=title, href=trait_href(trait, measure=key), active=key == measure)
            for key, title in MEASURES.items()
        ),
        chart=trait_chart(trait, measure, courses, today),
        rows=tuple(_row(one, trait) for one in newest if one.source),
        rules=tuple(rule for rule in customers.quality_rules(tx) if rule.body.trait == trait),
    )


def _figures(whole: QualityFigure, trait: str) -> tuple[Figure, ...]:
    told: dict[Measure, tuple[float | None, int]] = {
        "completeness": (whole.completeness, whole.of_whom - whole.customers),
        "validity": (whole.validity, whole.unfit),
        "uniqueness": (whole.uniqueness, whole.shared),
        "freshness": (whole.freshness, whole.customers - whole.fresh),
    }
    return tuple(
        Figure(
            label=MEASURES[measure],
            value=percent(share, 1) if share is not None else "–",
            note=f"{number(wanting)} do not" if wanting else "everybody",
            href=concerned_href(measure, trait, days=FRESH_DAYS if measure == "freshness" else 0)
            if wanting
            else "",
        )
        for measure, (share, wanting) in told.items()
    )


def _row(one: QualityFigure, trait: str) -> SourceRow:
    source = {"source": one.source}
    return SourceRow(
        name=one.source,
        figure=one,
        share=one.completeness,
        missing=max(0, one.of_whom - one.customers),
        old=one.customers - one.fresh,
        missing_href=concerned_href("completeness", trait, **source),
        unfit_href=concerned_href("validity", trait, **source),
        old_href=concerned_href("freshness", trait, days=FRESH_DAYS, **source),
    )


def trait_chart(trait: str, measure: Measure, courses: Sequence[Course], today: date) -> Chart | None:
    shown = [course for course in courses if len(courses) <= SOURCES_MAX or not course.source]
    marks = [mark for course in shown for mark in _marks(course, measure, today)]
    if not marks:
        return None
    return trend(
        key=f"quality-{measure}",
        title=f"{MEASURES[measure]}, over time",
        marks=marks,
        unit="%",
        definition=f"{DEFINITIONS[measure]} A day on which nothing was told stands as the one before.",
        href=trait_href(trait, measure=measure),
    )


def _marks(course: Course, measure: Measure, today: date) -> Iterator[Mark]:
    """Each counted day, the day before the next one where days lie between, and today."""
    if measure == "uniqueness" and course.source:
        return  # Whether somebody else has it does not depend on who told it.
    following = [*(one.day for one in course.days[1:]), today + timedelta(days=1)]
    for one, then in zip(course.days, following, strict=True):
        share = getattr(one, measure)
        if share is None:
            continue
        for day in sorted({one.day, max(one.day, then - timedelta(days=1))}):
            yield Mark(day=day, value=share, series=course.source or "All sources")


@router.get("/customers/quality/customers")
def concerned(
    visit: Visiting, name: str, measure: str = "", source: str = "", days: int = FRESH_DAYS, cursor: str = ""
) -> Response:
    access.require(visit.actor, "customers.view")
    asked, days = measure_of(measure), max(1, min(days, DAYS_MAX))
    with visit.app.database.transaction() as tx:
        found = customers.concerned(
            tx, asked, name[:200], source=source[:200], days=days, at=visit.app.now(tx), cursor=cursor or None
        )
        people = tuple(_people(visit, found.items))
    export = access.allows(visit.actor, "customers.export")
    first = concerned_href(asked, name, source=source, days=days)
    value = ConcernedPage(
        trait=name,
        title=_title(asked, name, source, days),
        rows=people,
        next_href=f"{first}&{urlencode({'cursor': found.next})}" if found.next else "",
        first_href=first if cursor else "",
        why_masked=why_masked(visit.actor),
        export_href=first.replace("/customers?", "/customers.csv?", 1) if export.outcome == "yes" else "",
        why_no_export="" if export.outcome == "yes" else export.reason,
    )
    return page(visit, "customers/quality_customers.html", value)


def _title(measure: Measure, trait: str, source: str, days: int) -> str:
    of_source = f", by what {source} tells" if source else ""
    return f"Customers {WANTING[measure].format(trait=trait, days=days)}{of_source}"


def _people(visit: Visit, found: Iterable[Customer]) -> Iterator[PersonRow]:
    hidden = bool(why_masked(visit.actor))
    for one in found:
        seen = customers.masked(one, may_see_contacts=not hidden)
        yield PersonRow(chip=chip(seen), email=seen.email or "", last_seen_at=seen.last_seen_at)


@router.get("/customers/quality/customers.csv")
def export(
    visit: Visiting, name: str, measure: str = "", source: str = "", days: int = FRESH_DAYS
) -> Response:
    """All of them, masked as they are on the page; audited."""
    access.require(visit.actor, "customers.export")
    asked, days = measure_of(measure), max(1, min(days, DAYS_MAX))
    hidden = bool(why_masked(visit.actor))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("id", "user_id", "name", "email", "phone", "last_seen_at"))
    lines = 0
    with visit.app.database.transaction() as tx:
        at = visit.app.now(tx)
        found = customers.every_concerned(tx, asked, name[:200], source=source[:200], days=days, at=at)
        for one in found:
            seen = customers.masked(one, may_see_contacts=not hidden)
            told = (seen.id, seen.user_id, seen.name, seen.email, seen.phone, seen.last_seen_at.isoformat())
            writer.writerow([plain_cell(cell) for cell in told])
            lines += 1
        access.recorded(
            tx, visit.actor, "customers.export", subject_kind="customers",
            subject=concerned_href(asked, name[:200], source=source[:200], days=days), before=None,
            after={"customers": lines, "contacts_masked": hidden}, at=at,
        )  # fmt: skip
    headers = {"Content-Disposition": 'attachment; filename="customers-concerned.csv"'}
    return Response(out.getvalue().encode(), media_type="text/csv; charset=utf-8", headers=headers)
