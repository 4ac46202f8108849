"""The kinds of rows: what the menu calls each, and with what a new one begins."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from regulars.conditions import Source
from regulars.console.segments.row_field import Json
from regulars.console.segments.row_windows import LAST_30

# Sources that have rows of their own in better words.
TOLD_OTHERWISE = ("stay", "list", "reach")
# What the menu calls measuring a source.
MEASURED = {
    "event": "Did something, so often",
    "order": "Orders, counted or summed",
    "order_line": "What they bought, line by line",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of row: what the menu calls it, what its own choice calls it, and how a new one begins."""

    name: str
    family: str
    menu: str
    choice: str
    new: Json


def _kind(family: str, menu: str, choice: str, **new: Any) -> Kind:
    return Kind(name=new["is_"], family=family, menu=menu, choice=choice, new=_renamed(new))


def _renamed(new: Json) -> Json:
    return {"is" if name == "is_" else name: value for name, value in new.items()}


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        _kind("trait", "Trait is a value", "is", is_="trait_equals", trait="", value=""),
        _kind("trait", "", "is one of", is_="trait_in", trait="", values=[]),
        _kind("trait", "", "is known", is_="trait_exists", trait=""),
        _kind(
            "trait",
            "Trait is a number",
            "as a number is",
            is_="trait_number",
            trait="",
            comparison="at_least",
            value=0,
        ),
        _kind("trait", "", "as a text", is_="trait_text", trait="", how="contains", value=""),
        _kind("trait", "", "as a list has one of", is_="trait_has", trait="", values=[]),
        _kind("trait", "Trait is a date", "as a date", is_="trait_date", trait="", how="in_last", days=30),
        _kind("trait", "Birthday or anniversary", "has its day within", is_="anniversary", trait="", days=7),
        _kind("known", "Has an identifier", "has an identifier:", is_="identified", kind="email"),
        _kind(
            "bought",
            "How often they bought",
            "bought",
            is_="order_count",
            comparison="at_least",
            number=1,
            window=LAST_30,
        ),
        _kind(
            "bought",
            "How much they spent",
            "spent",
            is_="order_sum",
            comparison="at_least",
            minor=10000,
            currency="",
            window=LAST_30,
        ),
        _kind(
            "bought",
            "When they last bought",
            "last bought",
            is_="days_since_last_order",
            comparison="at_least",
            days=30,
        ),
        _kind(
            "bought",
            "When they first bought",
            "first bought",
            is_="days_since_first_order",
            comparison="less_than",
            days=30,
        ),
        _kind(
            "bought",
            "Came back after a pause",
            "came back",
            is_="returned",
            within_days=30,
            after_days=90,
        ),
        _kind("bought", "Overdue by their own rhythm", "is overdue", is_="off_rhythm", times=2, orders=3),
        _kind(
            "did",
            "One thing after another",
            "did in this order",
            is_="sequence",
            steps=[{"of": "event", "name": ""}, {"of": "event", "name": ""}],
            within_hours=24,
            window=LAST_30,
        ),
        _kind(
            "did",
            "One thing, and not then another",
            "did, and not then",
            is_="not_followed",
            first={"of": "event", "name": ""},
            then={"of": "event", "name": ""},
            within_hours=24,
            window=LAST_30,
        ),
        _kind("belongs", "In a segment or list", "is in", is_="in_segment", segment=""),
        _kind("belongs", "In a stage", "is in the stage", is_="in_stage", approach="", stages=[]),
        _kind(
            "agreed", "Agreed to a channel or topic", "consent:", is_="consented", channel="email", given=True
        ),
        _kind("agreed", "Can be reached", "can be reached by", is_="reachable", channel="email"),
        _kind("agreed", "Asked something of us", "asked:", is_="wished", wish="pause"),
        _kind("drawn", "A random part", "a random part", is_="bucket", salt="draw-1", first=0, below=1000),
    )
}
GROUPS: Mapping[str, Json] = {
    "all": {"is": "all", "conditions": []},
    "any": {"is": "any", "conditions": []},
}


# With what a new row of a source begins, where counting all of its facts says little.
BEGUN: Mapping[str, Json] = {
    "tier": {"where": [{"property": "tier", "value": ""}]},
    "balance": {"figure": "sum", "property": "active", "value": 100},
    "lot": {"figure": "sum", "property": "remaining", "value": 100, "window": {"is": "ahead", "days": 30}},
    "message": {"name": "sent", "window": LAST_30},
    "campaign": {"name": "treated", "where": [{"property": "campaign", "value": ""}]},
    "experiment": {"where": [{"property": "arm", "value": ""}]},
}


def measured(source: Source) -> Json:
    if source.name in BEGUN:
        return {"is": "measured", "of": source.name, **BEGUN[source.name]}
    begun: dict[str, Any] = {"is": "measured", "of": source.name}
    if source.has_name:
        begun["name"] = source.names[0] if source.names else ""
    if source.ahead:
        return {**begun, "window": {"is": "ahead", "days": 30}}
    return {**begun, "window": LAST_30} if source.has_moment else begun
