"""The sources of events: what came in from each, and what of it could not be used."""

from collections import Counter
from typing import Annotated

from pydantic import Field

from regulars import access, definitions, events, log
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.shapes import Instant, Out, Page, key_in_path
from regulars.events import SOURCE
from regulars.kernel import NotFound, day_bounds, local_day

router = resource("sources")
SourceInPath = Annotated[str, key_in_path("the source", "web-shop")]


class SourceKey(Out):
    id: str = Field(examples=["key_3f"])
    name: str = Field(examples=["Web shop"])
    last_used_at: Instant | None
    revoked_at: Instant | None


class Source(Out):
    key: str = Field(examples=["web-shop"])
    title: str = Field(examples=["Web shop"])
    declared: bool = Field(description="Whether a definition of it is live.")
    sentence: str = Field(description="What it takes, in words; empty when nothing is declared.")
    events_today: int = Field(description="Of the workspace's calendar day, by the business clock.")
    events: int = Field(description="Ever.")
    last_seen: Instant | None
    unplanned: int = Field(description="Events that came through although the plan finds fault with them.")
    rejects_open: int
    keys: tuple[SourceKey, ...]


@router.get("/sources", openapi_extra=permission("sources.view"))
def list_sources(call: Calling) -> Page[Source]:
    """Every source that is declared, that a key sends for, or that anything came from."""
    with call.enter() as entered:
        return Page(items=_sources(entered))


@router.get("/sources/{source}", openapi_extra=permission("sources.view"))
def get_source(call: Calling, source: SourceInPath) -> Source:
    """One, with what came in from it."""
    with call.enter() as entered:
        for found in _sources(entered):
            if found.key == source:
                return found
    raise NotFound(f"There is no source {source!r}; the list of sources has those there are.")


def _sources(entered: Entered) -> tuple[Source, ...]:
    tx, zone = entered.tx, entered.app.zone
    start, _ = day_bounds(local_day(entered.at, zone), zone)
    totals = {one.source: one for one in events.source_totals(tx, start)}
    live = {one.key: one for one in definitions.all_live(tx, SOURCE)}
    keys = _keys(entered)
    refused: Counter[str] = Counter()
    for count in log.reject_counts(tx, log.RejectFilter(state="open")):
        refused[count.source] += count.rejects
    return tuple(
        Source(
            key=key,
            title=live[key].title if key in live else key,
            declared=key in live,
            sentence=SOURCE.sentence(live[key].body) if key in live else "",
            events_today=totals[key].recent if key in totals else 0,
            events=totals[key].events if key in totals else 0,
            last_seen=totals[key].last_seen if key in totals else None,
            unplanned=totals[key].unplanned if key in totals else 0,
            rejects_open=refused[key],
            keys=tuple(keys.get(key, ())),
        )
        for key in sorted(live.keys() | totals.keys() | keys.keys() | refused.keys())
    )


def _keys(entered: Entered) -> dict[str, list[SourceKey]]:
    by_number = {one.key_id: one for one in access.keys(entered.tx)}
    found: dict[str, list[SourceKey]] = {}
    for number, source in events.assigned_keys(entered.tx).items():
        key = by_number[number]
        shown = SourceKey(
            id=key.public_id, name=key.name, last_used_at=key.last_used_at, revoked_at=key.revoked_at
        )
        found.setdefault(source, []).append(shown)
    return found
