"""What a new definition can start from: a ready-made body of its kind, or the fields of an empty one."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec

from regulars import campaigns, connections, customers, deliverability, forms, loyalty, preferences, segments
from regulars.conditions import Last, OrderCount
from regulars.console import ready_made_data, ready_made_messages, ready_made_rewards
from regulars.definitions import Kind, canonical

PROGRAMMES = {
    "points-and-voucher": (
        "Points and voucher",
        "A point for every 1.00, three tiers that earn faster, and points that become a voucher.",
    ),
    "stamp-card": (
        "Stamp card",
        "A stamp for each purchase from 5.00 on, once a day; a full card is a reward.",
    ),
    "tier-club": ("Tier club", "Nothing to spend: what a year brings decides on the tier and what it gives."),
    "cashback": ("Cashback", "3% back as credit, after 14 days, to pay up to half of a later order."),
}
# What one reads before choosing, where the body's own words do not say it.
TEXTS = {
    campaigns.WIN_BACK_TEMPLATE_KEY: "Asks who stayed away to come again, with their points.",
    **{key: text for key, (_, text) in PROGRAMMES.items()},
    "club": "A point for every 1.00, valid for half a year, with four tiers over half a year.",
    **connections.TEXTS,
    **ready_made_data.TEXTS,
    **deliverability.TEXTS,
    **ready_made_messages.TEXTS,
    **{
        key: "Brings the link to the preferences that somebody asked for."
        for key, _ in preferences.LINK_TEMPLATES.values()
    },
    **{
        key: "Brings the link to the member's own page that somebody asked for."
        for key, _ in preferences.MEMBER_LINK_TEMPLATES.values()
    },
    preferences.KEY: "What customers choose, see and ask for themselves, in English and German.",
    forms.CONFIRM_TEMPLATE_KEY: "Asks whoever answered a form to confirm the address.",
}
PLAIN: dict[Any, object] = {str: "", int: 0, float: 0.0, bool: False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A body to begin with."""

    key: str  # Proposed for the definition; empty for an empty one.
    title: str
    text: str
    body: dict[str, Any]


def starts(kind: Kind[Any], zone: str) -> tuple[Start, ...]:
    """The ready-made bodies of a kind, then the empty one."""
    ready = tuple(_start(kind, key, body) for key, body in _bodies(kind.name, zone))
    empty = Start(
        key="", title="An empty one", text="All its fields, to be filled in.", body=empty_body(kind.body)
    )
    return (*ready, empty)


def start_called(kind: Kind[Any], zone: str, key: str) -> Start:
    """The ready-made one of this key, else the empty one."""
    every = starts(kind, zone)
    return next((one for one in every if one.key == key), every[-1])


def _bodies(kind: str, zone: str) -> Iterator[tuple[str, msgspec.Struct]]:  # noqa: C901 - one case a kind
    yield from ready_made_data.ready_made(kind)
    yield from ((key, body) for key, body, _ in deliverability.READY_MADE.get(kind, ()))
    yield from ready_made_messages.ready_made(kind)
    yield from ready_made_rewards.ready_made(kind)
    if kind == "segmentation":
        yield "lifecycle", segments.LIFECYCLE
        yield from segments.APPROACHES.items()
    elif kind == "scoring":
        yield from segments.SCORINGS.items()
    elif kind == "segment":
        yield (
            "recent-buyers",
            segments.SegmentBody(
                name="Recent buyers",
                description="Bought at least once in the last 90 days.",
                condition=OrderCount(comparison="at_least", number=1, window=Last(days=90)),
            ),
        )
        yield from segments.SEGMENTS.items()
        yield from segments.STAGE_SEGMENTS.items()
    elif kind == "programme":
        for key, (name, _) in PROGRAMMES.items():
            made = loyalty.READY_MADE[key]
            yield key, made(name=name, legal_entity="Our company", zone=zone, money="USD")
        yield (
            "club",
            loyalty.points_club(name="Our club", legal_entity="Our company", zone=zone, money="USD"),
        )
    elif kind == "template":
        yield campaigns.WIN_BACK_TEMPLATE_KEY, campaigns.WIN_BACK_TEMPLATE
        yield forms.CONFIRM_TEMPLATE_KEY, forms.CONFIRM_TEMPLATE
        yield from preferences.LINK_TEMPLATES.values()
        yield from preferences.MEMBER_LINK_TEMPLATES.values()
    elif kind == "form":
        yield forms.PREFERENCES_KEY, forms.PREFERENCES
    elif kind == "preference-centre":
        yield preferences.KEY, preferences.BUILT_IN
    elif kind == "connection":
        yield from connections.starting_connections()
    elif kind == "file-drop":
        yield "nightly", connections.NIGHTLY
    elif kind == "campaign":
        yield campaigns.WIN_BACK_KEY, campaigns.WIN_BACK
        yield from campaigns.READY_MADE.items()
    else:
        yield from customers.STARTING.get(kind, {}).items()


def _start(kind: Kind[Any], key: str, body: msgspec.Struct) -> Start:
    title = getattr(body, "title", None) or getattr(body, "name", key)
    own = getattr(body, "description", None) or getattr(body, "purpose", None)
    text = TEXTS.get(key) or own or kind.sentence(body)
    return Start(key=key, title=str(title), text=str(text), body=canonical(body))


def empty_body(body: type[msgspec.Struct]) -> dict[str, Any]:
    """Every field of a body: its default, or something of its type to be replaced."""
    return {field.encode_name: _value(field) for field in msgspec.structs.fields(body)}


def _value(field: msgspec.structs.FieldInfo) -> object:
    if field.default is not msgspec.NODEFAULT:
        return msgspec.to_builtins(field.default)
    if field.default_factory is not msgspec.NODEFAULT:
        return msgspec.to_builtins(field.default_factory())
    return _of_type(field.type)


def _of_type(wanted: Any) -> object:
    origin = get_origin(wanted)
    if hasattr(wanted, "__metadata__"):
        return _of_type(wanted.__origin__)
    if origin in (Union, UnionType):
        return None
    if origin in (list, tuple):
        inner = get_args(wanted)[0]
        return [empty_body(inner)] if _is_struct(inner) else []
    if origin is dict:
        return {}
    return empty_body(wanted) if _is_struct(wanted) else PLAIN.get(wanted)


def _is_struct(wanted: Any) -> bool:
    return isinstance(wanted, type) and issubclass(wanted, msgspec.Struct)
