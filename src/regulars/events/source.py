"""The kind `source`: who sends events, and what is taken from it."""

from datetime import timedelta
from typing import Annotated

import msgspec

from regulars.db import Tx
from regulars.definitions import Kind, Lookup, live
from regulars.events.plan import plan
from regulars.events.reception import DEFAULT, FUTURE, LATE, Policy, Unplanned
from regulars.kernel import Finding

LATE_DAYS_MAX = 36_525
FUTURE_MINUTES_MAX = 10_080
HANDLING = {"keep": "kept", "warn": "kept with a warning", "refuse": "refused"}


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A shop, a till, an app: whatever sends events."""

    title: str
    note: str = ""
    # What happens to events that the tracking plan does not know, or that do not fit it.
    unplanned: Unplanned = "keep"
    # How far before and after its arrival an event may have occurred.
    late_days: Annotated[int, msgspec.Meta(ge=0, le=LATE_DAYS_MAX)] = LATE.days
    future_minutes: Annotated[int, msgspec.Meta(ge=0, le=FUTURE_MINUTES_MAX)] = int(
        FUTURE / timedelta(minutes=1)
    )
    # Its keys stand only on servers: it may change the catalogue, prove addresses, import history.
    server: bool = False


def sentence(body: Source) -> str:
    return (
        f"Takes events up to {body.late_days} days back and {body.future_minutes} minutes ahead; "
        f"what the tracking plan does not know is {HANDLING[body.unplanned]}"
        + ("; its keys stand only on servers" if body.server else "")
    )


def validate(body: Source, _lookup: Lookup) -> list[Finding]:
    if body.title.strip():
        return []
    return [Finding(path="title", code="events.no_title", message="Give the source a title.")]


SOURCE = Kind(
    name="source", title="Source", plural="Sources", body=Source, sentence=sentence, validate=validate
)


def policy_of(tx: Tx, source: str) -> Policy:
    """What a source's live definition declares; the defaults for one that nobody defined."""
    found = live(tx, SOURCE, source)
    if found is None:
        return DEFAULT
    return Policy(
        late=timedelta(days=found.body.late_days),
        future=timedelta(minutes=found.body.future_minutes),
        unplanned=found.body.unplanned,
        check=None if found.body.unplanned == "keep" else plan(tx).check,
        server=found.body.server,
    )
