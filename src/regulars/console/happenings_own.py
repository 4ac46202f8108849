"""Sentences of what the product itself did with a profile: merges, splits, points that moved, forms."""

from collections.abc import Callable, Mapping

from regulars.console.formats import count_of
from regulars.console.happening import Happening, Known
from regulars.log import Event

DECIDED = {True: "A person decided it.", False: "A rule of the workspace's identity definition found it."}


def _merged(event: Event, _known: Known) -> Happening:
    told = event.properties
    records = int(told.get("records", 1))
    return Happening(
        at=event.occurred_at,
        title=f"Another profile became part of this one, with {count_of(records, 'record')}",
        text=f"It was {told.get('from', 'unknown')}.",
        icon="users",
        why=DECIDED[bool(told.get("by_hand"))],
    )


def _split(event: Event, _known: Known) -> Happening:
    told = event.properties
    return Happening(
        at=event.occurred_at,
        title="Parted from another profile",
        text=f"It was part of {told['from']}." if told.get("from") else "",
        icon="users",
        why=DECIDED[bool(told.get("by_hand"))],
    )


def _points_moved(event: Event, _known: Known) -> Happening:
    told = event.properties
    points, owed = int(told.get("points", 0)), int(told.get("owed", 0))
    with_debt = f", and {count_of(owed, 'point')} owed" if owed else ""
    how = "came with a profile that was merged" if told.get("because") == "merge" else "moved by a split"
    return Happening(
        at=event.occurred_at,
        title=f"{count_of(points, 'point')} {how}{with_debt}",
        text=f"Programme {told.get('programme', '')}. The ledger keeps when they were earned and expire.",
        icon="coins",
    )


def _points_changed(event: Event, _known: Known) -> Happening:
    told = event.properties
    what = {"spend": "Spent", "adjust": "By hand:", "reversal": "Reversed:"}.get(
        str(told.get("kind")), "Moved"
    )
    return Happening(
        at=event.occurred_at,
        title=f"{what} {count_of(int(told.get('points', 0)), 'point')}",
        text=f"Programme {told.get('programme', '')}, transfer {told.get('transfer', '')} of the ledger.",
        icon="coins",
    )


def _converted(event: Event, _known: Known) -> Happening:
    told = event.properties
    held = " They were held out: they did it without the message." if told.get("arm") == "held_out" else ""
    return Happening(
        at=event.occurred_at,
        title=f"Did what the campaign {told.get('campaign', '')} was for",
        text=f"It is measured by “{told.get('goal', '')}”.{held}",
        icon="target",
        tone="good",
        href=f"/campaigns/{told.get('campaign', '')}",
    )


def _form(event: Event, _known: Known) -> Happening:
    done = event.name.endswith(".confirmed")
    form = str(event.properties.get("form", ""))
    return Happening(
        at=event.occurred_at,
        title=f"{'Confirmed the address in' if done else 'Answered'} the form {form}",
        text="The answers count from here." if done else "Nothing is taken over before it is confirmed.",
        icon="clipboard-list",
        tone="good" if done else "quiet",
        href=f"/data/forms/{form}",
    )


OWN: Mapping[str, Callable[[Event, Known], Happening]] = {
    "regulars.customers.merged": _merged,
    "regulars.customers.split": _split,
    "regulars.loyalty.points_moved": _points_moved,
    "regulars.loyalty.points_changed": _points_changed,
    "regulars.campaigns.converted": _converted,
    "regulars.forms.submitted": _form,
    "regulars.forms.confirmed": _form,
}
