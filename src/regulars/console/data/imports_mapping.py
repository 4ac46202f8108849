"""Which column becomes what: the table of a file's columns, suggested, corrected, saved."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from regulars import access, imports
from regulars.console.console import pages
from regulars.console.data.imports import require
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.imports import NEEDED, PREFIX, TARGETS, TYPES, WHATS, Column, Import, MappingBody, What
from regulars.kernel import Finding, Invalid, parse_public_id

router = pages()
OWN = "own"  # Of a column that becomes a trait or property of any name.
# Fields that a whole file often has in common, so that no column says them.
COMMON: dict[What, tuple[str, ...]] = {
    "customers": (),
    "events": ("event",),
    "orders": ("currency", "store_id"),
    "products": ("currency",),
    "stores": ("country",),
    "consents": ("channel", "topic", "purpose", "basis", "wording_version"),
    "balances": ("programme",),
}
OWN_PREFIX: dict[What, str] = {"customers": "traits.", "events": "properties.", "orders": "properties."}
DATES = (
    ("", "as 2025-12-31"),
    ("%d.%m.%Y", "31.12.2025"),
    ("%d.%m.%Y %H:%M", "31.12.2025 18:30"),
    ("%d.%m.%Y %H:%M:%S", "31.12.2025 18:30:00"),
    ("%d/%m/%Y", "31/12/2025, day first"),
    ("%m/%d/%Y", "12/31/2025, month first"),
    ("%d/%m/%Y %H:%M", "31/12/2025 18:30"),
    ("%m/%d/%Y %H:%M", "12/31/2025 18:30"),
    ("%Y%m%d", "20251231"),
    ("unix", "1767225600, Unix seconds"),
    ("unix_ms", "1767225600000, Unix milliseconds"),
)
LOOKS = {
    "empty": "nothing in it",
    "text": "text",
    "number": "numbers",
    "boolean": "yes or no",
    "date": "days",
    "instant": "days and times",
    "json": "JSON",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRow:
    place: int
    column: Column
    look: str
    field: str  # The chosen target, OWN, or empty: left out.
    own: str
    type: str
    format: str
    separator: str
    suggested: bool
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingPage:
    one: Import
    what: What
    whats: tuple[tuple[str, str], ...]
    from_where: str
    rows: tuple[ColumnRow, ...]
    choices: tuple[tuple[str, str], ...]
    own_title: str
    types: tuple[tuple[str, str], ...]
    dates: tuple[tuple[str, str], ...]
    common: tuple[tuple[str, str, str, str], ...]  # Field, title, what it is for, value.
    needed: tuple[str, ...]
    title: str
    source: str
    zone: str
    decimal: str
    cut_over: str
    here_zone: str
    same: tuple[imports.Same, ...]
    findings: tuple[Finding, ...]


@router.get("/data/imports/{id}/mapping")
def mapping(visit: Visiting, id: str, what: str = "") -> Response:  # noqa: A002 - the address says so.
    require(visit)
    with visit.app.database.transaction() as tx:
        one = imports.get(tx, parse_public_id(PREFIX, id))
        if one.state not in ("uploaded", "checked") and one.position:
            return redirect(visit, f"/data/imports/{id}")
        asked = next((known for known in WHATS if known == what), None)
        found = imports.suggestion(tx, one, zone=visit.app.zone, what=asked)
        body = one.body if one.body is not None and asked in (None, one.what) else found.mapping
        if asked is None and one.body is None and _only_balances(visit):
            body = imports.suggestion(tx, one, zone=visit.app.zone, what="balances").mapping
        same = tuple(imports.same_content(tx, one))
    value = _page(visit, one, body, found.from_where, same)
    return page(visit, "data/imports/mapping.html", value)


def _only_balances(visit: Visit) -> bool:
    return access.allows(visit.actor, imports.permission(None)).outcome != "yes"


async def filled(request: Request) -> Mapping[str, str]:
    return {name: str(value) for name, value in (await request.form()).items()}


@router.post("/data/imports/{id}/mapping")
def save(visit: Visiting, id: str, form: Annotated[Mapping[str, str], Depends(filled)]) -> Response:  # noqa: A002
    require(visit)
    with visit.app.database.transaction() as tx:
        one = imports.get(tx, parse_public_id(PREFIX, id))
        same = tuple(imports.same_content(tx, one))
    plain = body_of(one, form)
    try:
        cut_over = _cut_over(form.get("cut_over", ""), visit.zone)
        with visit.app.database.transaction() as tx:
            imports.choose(tx, visit.actor, one.import_id, plain, cut_over=cut_over)
            imports.ask_check(tx, visit.actor, one.import_id, at=visit.app.now(tx))
    except Invalid as wrong:
        body = MappingBody(**{**plain, "headers": tuple(plain["headers"])})
        value = _page(visit, one, body, "", same, findings=wrong.findings, cut_over=form.get("cut_over", ""))
        return page(visit, "data/imports/mapping.html", value, status=422)
    return redirect(visit, f"/data/imports/{id}")


def body_of(one: Import, form: Mapping[str, str]) -> dict[str, Any]:
    """The mapping that the form says."""
    asked = form.get("what")
    what: What = next((known for known in WHATS if known == asked), "customers")
    plain: dict[str, Any] = {
        "title": form.get("title", "").strip()[:200] or one.name,
        "what": what,
        "columns": {},
        "constants": {},
        "types": {},
        "dates": {},
        "lists": {},
        "zone": form.get("zone", "UTC").strip() or "UTC",
        "decimal": "," if form.get("decimal") == "," else ".",
        "source": form.get("source", "").strip() or "import",
        "headers": list(one.columns.names[:300]),
    }
    for place, column in enumerate(one.columns.columns):
        _one_column(plain, form, place, column, OWN_PREFIX.get(what, ""))
    for name in COMMON[what]:
        value = form.get(f"always-{name}", "").strip()
        if value and name not in plain["columns"].values():
            plain["constants"][name] = value[:200]
    return plain


def _one_column(
    plain: dict[str, Any], form: Mapping[str, str], place: int, column: Column, prefix: str
) -> None:
    field = form.get(f"field-{place}", "")
    if field == OWN:
        own = form.get(f"own-{place}", "").strip()
        field = f"{prefix}{own}" if own and prefix else ""
    if not field:
        return
    plain["columns"][column.name] = field[:200]
    kind = form.get(f"type-{place}", "")
    if kind and kind in TYPES:
        plain["types"][column.name] = kind
    if form.get(f"format-{place}"):
        plain["dates"][column.name] = form[f"format-{place}"][:100]
    if form.get(f"separator-{place}"):
        plain["lists"][column.name] = form[f"separator-{place}"][:5]


def _cut_over(text: str, zone: ZoneInfo) -> datetime | None:
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=zone)
    except ValueError:
        message = "Give a day and time, or leave it empty for the moment the run begins."
        raise Invalid(message, [Finding(path="cut_over", code="imports.cut_over", message=message)]) from None


def _page(
    visit: Visit,
    one: Import,
    body: MappingBody,
    from_where: str,
    same: tuple[imports.Same, ...],
    *,
    findings: tuple[Finding, ...] = (),
    cut_over: str = "",
) -> MappingPage:
    what, names = body.what, one.columns.names
    wrong = {finding.path.removeprefix("columns."): finding.message for finding in findings}
    chosen = one.cut_over.astimezone(visit.zone).strftime("%Y-%m-%dT%H:%M") if one.cut_over else ""
    prefix = OWN_PREFIX.get(what, "")
    targets = {target.name: target for target in TARGETS[what]}
    own_title = {"traits.": "A trait of its own…", "properties.": "A property of its own…"}.get(prefix, "")
    return MappingPage(
        one=one,
        what=what,
        whats=tuple(WHATS.items()),
        from_where=from_where,
        rows=tuple(
            _row(place, column, body, set(targets), prefix, wrong)
            for place, column in enumerate(one.columns.columns)
        ),
        choices=(("", "Leave it out"), *((name, target.title) for name, target in targets.items())),
        own_title=own_title,
        types=(
            ("", "as it looks"),
            *(
                (kind, TYPES[kind])
                for kind in ("text", "number", "boolean", "date", "instant", "list", "json")
            ),
        ),
        dates=DATES,
        common=tuple(
            (name, targets[name].title, targets[name].text, body.constants.get(name, ""))
            for name in COMMON[what]
            if name not in body.columns.values()
        ),
        needed=tuple(group[0] for group in NEEDED[what] if len(group) == 1),
        title=body.title,
        source=body.source,
        zone=body.zone,
        decimal=body.decimal,
        cut_over=cut_over or chosen,
        here_zone=str(visit.zone),
        same=same,
        findings=tuple(each for each in findings if each.path.removeprefix("columns.") not in names),
    )


def _row(
    place: int, column: Column, body: MappingBody, known: set[str], prefix: str, wrong: Mapping[str, str]
) -> ColumnRow:
    field = body.columns.get(column.name, "")
    own = ""
    if field and field not in known:
        own = field.removeprefix(prefix)
        field = OWN
    return ColumnRow(
        place=place,
        column=column,
        look=LOOKS[column.guess],
        field=field,
        own=own,
        type=body.types.get(column.name, ""),
        format=body.dates.get(column.name, ""),
        separator=body.lists.get(column.name, ""),
        suggested=bool(field),
        error=wrong.get(column.name, ""),
    )
