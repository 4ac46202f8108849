"""The kind `retention`: how long each kind of data is kept; what is not named is kept for ever."""

from datetime import datetime
from typing import Final

import msgspec

from regulars.access import Actor
from regulars.db import Tx
from regulars.definitions import Definition, Kind, Lookup, Preview, live
from regulars.kernel import Conflict, Finding
from regulars.privacy.keeping import KEPT, overdue

KEY: Final = "retention"  # There is one policy; a second would give a second answer.
DAYS_MIN, DAYS_MAX = 1, 36_500


class RetentionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many days each kind of data is kept."""

    title: str
    days: dict[str, int] = {}


NOTHING_SET = RetentionBody(title="Everything is kept")
STARTING_RETENTION = RetentionBody(
    title="How long we keep data",
    days={"messages": 365, "form_answers": 180, "former_traits": 730, "audit_values": 1_095},
)


def retention(tx: Tx) -> RetentionBody:
    """The live policy, or the one that keeps everything."""
    found = live(tx, RETENTION, KEY)
    return found.body if found else NOTHING_SET


def sentence(body: RetentionBody) -> str:
    said = [f"{KEPT[kind].title.lower()} {days:,} days" for kind, days in body.days.items() if kind in KEPT]
    return (
        f"Kept are {', '.join(said)}; everything else for ever." if said else "Everything is kept for ever."
    )


def _validate(body: RetentionBody, _lookup: Lookup) -> list[Finding]:
    found = []
    for kind, days in body.days.items():
        if kind not in KEPT:
            told = f"{kind!r} is no kind of data; there are {', '.join(KEPT)}."
            found.append(Finding(path=f"days.{kind}", code="retention.unknown", message=told))
        elif not DAYS_MIN <= days <= DAYS_MAX:
            told = f"{days:,} days are asked for; it can be {DAYS_MIN} to {DAYS_MAX:,}."
            found.append(Finding(path=f"days.{kind}", code="retention.days", message=told))
    return found


def _preview(tx: Tx, new: Definition[RetentionBody], at: datetime) -> Preview:
    gone = {kind: overdue(tx, kind, days, at) for kind, days in new.body.days.items() if kind in KEPT}
    facts = tuple((KEPT[kind].title, f"{rows:,} would go tonight") for kind, rows in gone.items())
    return Preview(headline=sentence(new.body), facts=facts, reversible=not any(gone.values()))


def _launch(tx: Tx, new: Definition[RetentionBody], _actor: Actor, at: datetime) -> str:
    if new.key != KEY:
        raise Conflict(f"There is one retention policy, under the key {KEY!r}; publish this one there.")
    gone = sum(overdue(tx, kind, days, at) for kind, days in new.body.days.items() if kind in KEPT)
    return f"It holds from tonight on: {gone:,} rows go then." if gone else "It holds from tonight on."


RETENTION = Kind(
    name="retention",
    title="Retention policy",
    plural="Retention policies",
    body=RetentionBody,
    sentence=sentence,
    validate=_validate,
    preview=_preview,
    launch=_launch,
)
