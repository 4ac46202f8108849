"""Scheduled exports: made in one step, their runs, trying the place, and making one now."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import Form
from starlette.responses import Response

from regulars import access, connections, definitions, exports
from regulars.connections import SecretTold
from regulars.console.console import pages
from regulars.console.data.connections import slug
from regulars.console.data.exports import FORMAT_CHOICES, RUN_COLUMNS, Filled, RunRow, run_row
from regulars.console.parts import Column
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.definitions import Requested
from regulars.exports import ExportBody
from regulars.kernel import Finding, Invalid, RegularsError

router = pages()
NAMES = ("title", "listing", "place", "every", "format", "name", "host_key", "endpoint", "region")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanForm:
    typed: Mapping[str, str] = field(default_factory=dict)
    only_new: bool = False
    contacts: bool = False
    plain: bool = False
    listings: tuple[tuple[str, str], ...] = ()
    new_only: str = ""  # The listings that can tell what is new, in words.
    formats: tuple[tuple[str, str], ...] = FORMAT_CHOICES
    root: str = ""
    may_secret: bool = False
    problem: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPage:
    key: str
    body: ExportBody
    sentence: str
    is_live: bool
    place_kind: str  # folder, s3 or sftp.
    root: str
    next_due_at: datetime | None
    delivered_key: int | None
    secrets: tuple[SecretTold, ...]
    may_secret: bool
    may_run: bool
    rows: tuple[RunRow, ...]
    columns: tuple[Column, ...]
    next_href: str
    problem: str = ""


@router.get("/data/exports/scheduled/new")
def new(visit: Visiting, listing: str = "") -> Response:
    access.require(visit.actor, "definitions.draft", kind="export")
    typed = {"listing": listing, "every": "daily at 02:30", "name": "{key}-{date}", "region": "us-east-1"}
    return page(visit, "data/exports/plan_new.html", _form(visit, typed))


def _form(visit: Visit, typed: Mapping[str, str]) -> PlanForm:
    listings = visit.app.exports.listings
    return PlanForm(
        typed={name: typed.get(name, "") for name in (*NAMES, "columns", "filter")},
        only_new=bool(typed.get("only_new")),
        contacts=bool(typed.get("contacts")),
        plain=bool(typed.get("plain")),
        listings=tuple((one.name, one.title) for one in listings),
        new_only=", ".join(one.title.lower() for one in listings if one.top is not None),
        root=str(visit.app.settings.exports_root),
        may_secret=access.allows(visit.actor, "sources.secrets").outcome == "yes",
    )


@router.post("/data/exports/scheduled")
def make(visit: Visiting, form: Filled) -> Response:
    """Draft, publish and set the secret in one step; above one's level the publishing becomes a request."""
    given = {name: text.strip() for name, text in form}
    try:
        body = body_of(given)
        with visit.app.database.transaction() as tx:
            kind, at = visit.app.exports.kind, visit.app.now(tx)
            key = _free(tx, visit, slug(given.get("title", "")))
            definitions.save_draft(tx, visit.actor, kind, key, body, at=at)
            done = definitions.publish(tx, visit.actor, kind, key, at=at)
            if given.get("secret"):
                _set(visit, tx, key, given["secret"])
    except Invalid as error:
        errors = {finding.path: finding.message for finding in error.findings}
        wrong = replace(_form(visit, given), problem=str(error), errors=errors)
        return page(visit, "data/exports/plan_new.html", wrong, status=422)
    title = given["title"]
    if isinstance(done, Requested):
        said = f"“{title}” is drafted and waits for approval: {done.reason}"
        return redirect(visit, f"/data/exports/scheduled/{key}", said, tone="waiting")
    return redirect(visit, f"/data/exports/scheduled/{key}", f"“{title}” is live: {given.get('every')}.")


def body_of(given: Mapping[str, str]) -> dict[str, Any]:
    """The definition that a form says; raises Invalid for a filter that is not written as one."""
    body: dict[str, Any] = {name: given[name] for name in NAMES if given.get(name)}
    body["columns"] = [one.strip() for one in given.get("columns", "").split(",") if one.strip()]
    body["filter"] = dict(_pair(line) for line in given.get("filter", "").splitlines() if line.strip())
    body["only_new"] = bool(given.get("only_new"))
    body["guard"] = not given.get("plain")
    body["contacts"] = "shown" if given.get("contacts") else "masked"
    if not given.get("place", "").startswith("s3://"):
        body.pop("region", None)
    return body


def _pair(line: str) -> tuple[str, str]:
    name, sign, text = line.partition("=")
    if not sign or not name.strip():
        told = "Write a filter a line, as status=open."
        raise Invalid(told, [Finding(path="filter", code="exports.filter", message=told)])
    return name.strip(), text.strip()


def _free(tx: Tx, visit: Visit, wanted: str) -> str:
    if not wanted:
        told = "Give it a name with at least one letter or digit."
        raise Invalid(told, [Finding(path="title", code="exports.title", message=told)])
    names = [wanted, *(f"{wanted}-{n}" for n in range(2, 50))]
    return next(name for name in names if not definitions.versions(tx, visit.app.exports.kind, name))


@router.get("/data/exports/scheduled/{key}")
def plan(visit: Visiting, key: str, cursor: str | None = None) -> Response:
    access.require(visit.actor, "exports.view")
    return page(visit, "data/exports/plan.html", _page(visit, key, cursor))


def _page(visit: Visit, key: str, cursor: str | None = None, problem: str = "") -> PlanPage:
    desk = visit.app.exports
    with visit.app.database.transaction() as tx:
        live = definitions.live(tx, desk.kind, key)
        body = (live or definitions.get(tx, desk.kind, key)).body
        found = exports.runs(tx, export_key=key, cursor=cursor)
        rows = tuple(run_row(tx, visit, one) for one in found.items)
        schedule = exports.schedules(tx).get(key)
        secrets = tuple(connections.told_of(tx, exports.secret_name(key), visit.app.wall.now()))
    return PlanPage(
        key=key,
        body=body,
        sentence=desk.kind.sentence(body),
        is_live=live is not None,
        place_kind=exports.kind_of(body.place),
        root=str(visit.app.settings.exports_root),
        next_due_at=schedule.next_due_at if schedule and live else None,
        delivered_key=schedule.delivered_key if schedule else None,
        secrets=secrets,
        may_secret=access.allows(visit.actor, "sources.secrets").outcome == "yes",
        may_run=access.allows(visit.actor, "definitions.publish", kind="export").outcome == "yes",
        rows=rows,
        columns=RUN_COLUMNS,
        next_href=f"/data/exports/scheduled/{key}?cursor={found.next}" if found.next else "",
        problem=problem,
    )


@router.post("/data/exports/scheduled/{key}/run")
def run_now(visit: Visiting, key: str) -> Response:
    with visit.app.database.transaction() as tx:
        exports.run_now(tx, visit.app.exports, visit.actor, key)
    return redirect(visit, f"/data/exports/scheduled/{key}", "It is made and brought there now.")


@router.post("/data/exports/scheduled/{key}/try")
def try_place(visit: Visiting, key: str) -> Response:
    """Bring a small file there and take it away; what hinders it stands on the page."""
    access.require(visit.actor, "definitions.publish", kind="export")
    try:
        with visit.app.database.transaction() as tx:
            place = exports.place_of(tx, visit.app.exports, key)
        exports.try_place(visit.app.exports, key, place)
    except (RegularsError, OSError) as error:
        return page(visit, "data/exports/plan.html", _page(visit, key, problem=str(error)), status=422)
    said = "It works: a small file arrived there and was taken away again."
    return redirect(visit, f"/data/exports/scheduled/{key}", said)


@router.post("/data/exports/scheduled/{key}/secret")
def set_secret(visit: Visiting, key: str, secret: Annotated[str, Form()] = "") -> Response:
    try:
        with visit.app.database.transaction() as tx:
            definitions.get(tx, visit.app.exports.kind, key)
            _set(visit, tx, key, secret)
    except Invalid as error:
        return page(visit, "data/exports/plan.html", _page(visit, key, problem=str(error)), status=422)
    return redirect(visit, f"/data/exports/scheduled/{key}", "The secret is set; try the place with it.")


def _set(visit: Visit, tx: Tx, key: str, secret: str) -> None:
    kind = visit.app.exports.kind
    found = definitions.live(tx, kind, key) or definitions.get(tx, kind, key)
    connections.set_secret(
        tx,
        visit.actor,
        visit.app.vault,
        exports.secret_name(key),
        secret,
        at=visit.app.now(tx),
        now=visit.app.wall.now(),
        place=exports.keeper_of(found.body),
    )
