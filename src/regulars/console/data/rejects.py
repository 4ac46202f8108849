"""Rejects: what could not be used, by reason; tried again together, and saved as a file."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, cast, get_args
from urllib.parse import urlencode

from fastapi import Form
from starlette.responses import Response, StreamingResponse

from regulars import access, customers, events, jobs, log
from regulars.console.console import pages
from regulars.console.data import places
from regulars.console.data.shielding import shown
from regulars.console.formats import count_of
from regulars.console.parts import Column, Tab, Tone
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.kernel import decode_cursor, encode_cursor, public_id
from regulars.log import Reject, RejectCount, RejectFilter, RejectState
from regulars.wiring import REPLAY, REPLAYS

router = pages()
PAGE_SIZE = 30
AT_ONCE_MAX = 200  # More are a job with its progress.
EXPORTED_MAX = 100_000
EXPORT_CHUNK = 500
STATES: dict[str, tuple[str, Tone]] = {
    "open": ("Open", "bad"),
    "mended": ("Mended", "good"),
    "replayed": ("Replayed", "good"),
    "expired": ("Expired", "quiet"),
    "dismissed": ("Dismissed", "quiet"),
}
COLUMNS = (
    Column(title="Refused"),
    Column(title="Why"),
    Column(title="Source"),
    Column(title="Times", numeric=True),
    Column(title="State"),
)
REASON_COLUMNS = (
    Column(title="Reason"),
    Column(title="Source"),
    Column(title="Rejects", numeric=True),
    Column(title="Last"),
    Column(title="Do", hidden_title=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectRow:
    href: str
    at: datetime
    reason: str
    code: str
    path: str
    source: str
    stage: str
    times: int
    word: str
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectList:
    tabs: tuple[Tab, ...]
    asked: dict[str, str]
    states: tuple[tuple[str, str], ...]
    sources: tuple[tuple[str, str], ...]
    codes: tuple[tuple[str, str], ...]
    counts: tuple[RejectCount, ...]
    count_columns: tuple[Column, ...]
    columns: tuple[Column, ...]
    rows: tuple[RejectRow, ...]
    found: int
    may_mend: bool
    why_not: str
    next_href: str
    first_href: str
    export_href: str


@router.get("/data/rejects")
def reject_list(
    visit: Visiting, state: str = "open", source: str = "", code: str = "", cursor: str | None = None
) -> Response:
    access.require(visit.actor, "sources.view")
    chosen = chosen_by(state, source, code)
    before = cast("tuple[int]", decode_cursor(cursor, (int,)))[0] if cursor else None
    sees = access.allows(visit.actor, "customers.view_contacts").outcome == "yes"
    with visit.app.database.transaction() as tx:
        found = log.rejects(tx, chosen, before=before, limit=PAGE_SIZE + 1)
        counts = tuple(log.reject_counts(tx, RejectFilter(state=chosen.state)))
    mend = access.allows(visit.actor, "rejects.mend")
    asked = {"state": chosen.state or "all", "source": source, "code": code}
    narrowed = [one for one in counts if source in ("", one.source) and code in ("", one.code)]
    value = RejectList(
        tabs=places.tabs("/data/rejects"),
        asked=asked,
        states=(*((key, word) for key, (word, _) in STATES.items()), ("all", "Every state")),
        sources=_choices("Every source", {one.source for one in counts} | ({source} - {""})),
        codes=_choices("Every reason", {one.code for one in counts} | ({code} - {""})),
        counts=tuple(narrowed[:12]),
        count_columns=REASON_COLUMNS,
        columns=COLUMNS,
        rows=tuple(_row(one, sees_contacts=sees) for one in found[:PAGE_SIZE]),
        found=sum(one.rejects for one in narrowed),
        may_mend=mend.outcome == "yes",
        why_not=mend.reason,
        next_href=_href(asked, encode_cursor(found[PAGE_SIZE - 1].reject_id))
        if len(found) > PAGE_SIZE
        else "",
        first_href=_href(asked, None) if cursor else "",
        export_href=_href(asked, None, "/data/rejects/export.jsonl"),
    )
    return page(visit, "data/rejects.html", value)


def chosen_by(state: str, source: str, code: str) -> RejectFilter:
    known = cast(RejectState, state) if state in get_args(RejectState) else None
    return RejectFilter(state=known, source=source or None, code=code or None)


def _choices(every: str, found: set[str]) -> tuple[tuple[str, str], ...]:
    return (("", every), *((one, one) for one in sorted(found)))


def _row(one: Reject, *, sees_contacts: bool) -> RejectRow:
    word, tone = STATES[one.state]
    return RejectRow(
        href=f"/data/rejects/{public_id('rej', one.reject_id)}",
        at=one.last_at,
        reason=one.reason if sees_contacts else customers.conceal_text(one.reason),
        code=one.code,
        path=one.path,
        source=one.source,
        stage=one.stage,
        times=one.times,
        word=word,
        tone=tone,
    )


def _href(asked: dict[str, str], cursor: str | None, to: str = "/data/rejects") -> str:
    kept = {name: text for name, text in asked.items() if text}
    return f"{to}?{urlencode(kept | ({'cursor': cursor} if cursor else {}))}"


@router.post("/data/rejects/replay")
def replay_all(
    visit: Visiting,
    source: Annotated[str, Form()] = "",
    code: Annotated[str, Form()] = "",
    stage: Annotated[str, Form()] = "",
) -> Response:
    """Try everything of a reason again: some at once, many as a job."""
    access.require(visit.actor, "rejects.mend")
    chosen = RejectFilter(source=source or None, code=code or None, stage=stage or None)
    told = {"source": chosen.source, "code": chosen.code, "stage": chosen.stage}
    with visit.app.database.transaction() as tx:
        held = log.open_set(tx, chosen).rejects
        visit.record(tx, "rejects.replay", kind="reject", subject="many", after={**told, "rejects": held})
        if held > AT_ONCE_MAX:
            args = {**told, "by": visit.actor.name}
            job = jobs.get(tx, jobs.defer(tx, REPLAY, args, requested_by=visit.actor.name))
            return redirect(visit, f"/jobs/{job.public_id}", f"{count_of(held, 'reject')} are tried again.")
    came = events.replay_all(visit.app.database, chosen, REPLAYS, by=visit.actor.name)
    back = _href({"state": "open", "source": source, "code": code if came.refused else ""}, None)
    said = f"{count_of(came.replayed, 'reject')} went into the log."
    if came.refused:
        said += f" {count_of(came.refused, 'reject')} were refused again, with the newest reason."
    return redirect(visit, back, said, tone="good" if not came.refused else "waiting")


@router.get("/data/rejects/export.jsonl")
def export(visit: Visiting, state: str = "open", source: str = "", code: str = "") -> Response:
    """One reject a line, with its payload; contact details masked for who may not see them."""
    access.require(visit.actor, "sources.view")
    chosen = chosen_by(state, source, code)
    with visit.app.database.transaction() as tx:
        visit.record(tx, "rejects.export", kind="reject", subject="many", after={"state": state})
    headers = {"Content-Disposition": 'attachment; filename="rejects.jsonl"', "Cache-Control": "no-store"}
    return StreamingResponse(_lines(visit, chosen), media_type="application/x-ndjson", headers=headers)


def _lines(visit: Visit, chosen: RejectFilter) -> Iterator[str]:
    sees = access.allows(visit.actor, "customers.view_contacts").outcome == "yes"
    before: int | None = None
    for _ in range(EXPORTED_MAX // EXPORT_CHUNK):
        with visit.app.database.transaction() as tx:
            found = log.rejects(tx, chosen, before=before, limit=EXPORT_CHUNK)
            whole = [log.reject(tx, one.reject_id) for one in found]
        yield from (_line(one, sees_contacts=sees) for one in whole)
        if len(found) < EXPORT_CHUNK:
            return
        before = found[-1].reject_id


def _line(one: Reject, *, sees_contacts: bool) -> str:
    told = asdict(one) | {"reject_id": public_id("rej", one.reject_id)}
    if not sees_contacts:
        told["reason"] = customers.conceal_text(one.reason)
        if one.payload is not None:
            told["payload"] = shown(one.payload, path="", sees_contacts=False).text
    return json.dumps(told, default=str, ensure_ascii=False) + "\n"
