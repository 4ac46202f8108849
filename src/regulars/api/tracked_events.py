"""What really arrives: events with their properties, types and volumes, beside the tracking plan."""

from collections import defaultdict
from collections.abc import Sequence

from pydantic import Field

from regulars import events
from regulars.api.calling import Calling, permission, resource
from regulars.api.shapes import Instant, Line, Out, Page

router = resource("tracked events")


class SeenType(Out):
    source: str = Field(examples=["web-shop"])
    type: str = Field(description="Of JSON.", examples=["number"])
    events: int
    first_seen: Instant
    last_seen: Instant


class SeenProperty(Out):
    name: str = Field(examples=["total"])
    planned: str | None = Field(description="The type in the plan, if it is there.", examples=["money"])
    required: bool
    seen: tuple[SeenType, ...]
    contradiction: str = Field(description="In words; empty when there is none.")


class SeenEvent(Out):
    name: str = Field(examples=["Order Completed"])
    planned: bool
    sources: tuple[str, ...]
    events: int
    unplanned: int = Field(description="Kept although the plan finds fault with them.")
    first_seen: Instant | None
    last_seen: Instant | None
    properties: tuple[SeenProperty, ...]


@router.get("/tracked-events", openapi_extra=permission("sources.view"))
def list_tracked_events(
    call: Calling, source: Line | None = None, name: Line | None = None
) -> Page[SeenEvent]:
    """Planned and discovered events side by side; only the top level of properties is looked at."""
    with call.enter() as entered:
        found = events.discovered(entered.tx, source=source, name=name)
        planned = events.plan(entered.tx)
    wrong = {(one.name, one.property): one.reason for one in events.contradictions(found, planned)}
    seen: dict[str, list[events.Discovered]] = defaultdict(list)
    for one in found:
        seen[one.name].append(one)
    names = seen.keys() | (planned.events.keys() if source is None else set())
    chosen = sorted(one for one in names if name in (None, one))
    return Page(items=tuple(_event(one, seen[one], planned.events.get(one), wrong) for one in chosen))


def _event(
    name: str,
    seen: Sequence[events.Discovered],
    planned: events.TrackedEvent | None,
    wrong: dict[tuple[str, str], str],
) -> SeenEvent:
    whole = [one for one in seen if not one.property]
    declared = planned.properties if planned else {}
    names = sorted({one.property for one in seen if one.property} | declared.keys())
    return SeenEvent(
        name=name,
        planned=planned is not None,
        sources=tuple(sorted({one.source for one in seen})),
        events=sum(one.volume for one in whole),
        unplanned=sum(one.unplanned for one in whole),
        first_seen=min((one.first_seen for one in whole), default=None),
        last_seen=max((one.last_seen for one in whole), default=None),
        properties=tuple(
            SeenProperty(
                name=prop,
                planned=declared[prop].type if prop in declared else None,
                required=prop in declared and declared[prop].required,
                seen=tuple(_type(one) for one in seen if one.property == prop),
                contradiction=wrong.get((name, prop), ""),
            )
            for prop in names
        ),
    )


def _type(one: events.Discovered) -> SeenType:
    return SeenType(
        source=one.source,
        type=one.json_type,
        events=one.volume,
        first_seen=one.first_seen,
        last_seen=one.last_seen,
    )
