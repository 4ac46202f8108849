"""Reading one message of the Segment specification into an event of the log, or saying why it cannot be."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeGuard, TypeVar
from uuid import uuid4

from regulars.events import order_told
from regulars.events.instants import parse_instant
from regulars.events.reception import Policy, Reception, Refusal
from regulars.events.storable import unstorable
from regulars.log import NewEvent

SIGNS_MAX = 200  # Of names and ids.
RESERVED = "regulars."
# What clients send by mistake where an id is missing; taken at their word, all would be one customer.
NOBODY = frozenset({"null", "undefined", "NaN", "[object Object]"})
# Of things and not of people: a shop's server tells them, without saying whose order it was.
OF_THINGS = frozenset({"Product Updated", "Store Updated", "Order Refunded", "Order Cancelled"})
# Keys in pages are public. From them nobody may say that an address is proved, or where a value came from.
OF_SERVERS = frozenset({"provenance", "form", "unplanned", "server", "public"})
# In a page anybody can say that somebody agrees; of these the event says whether a server told it.
CONSENTS = frozenset(
    {
        "Consent Given", "Consent Withdrawn", "Profiling Allowed", "Profiling Objected", "Processing Resumed",
        "Processing Restricted", "Messages Resumed", "Messages Paused", "Usual Messages Asked",
        "Fewer Messages Asked",
    }
)  # fmt: skip
# A correction below this is the way through the network; the client's own instant is then not kept beside.
CORRECTION_KEPT_FROM = timedelta(seconds=1)

Item = Mapping[str, Any]
Made = TypeVar("Made")


class Refused(Exception):
    """Carries the refusal up to `read`; never leaves the room."""

    def __init__(self, code: str, path: str, reason: str) -> None:
        super().__init__(reason)
        self.refusal = Refusal(code=code, path=path, reason=reason)


def read(item: object, reception: Reception) -> NewEvent | Refusal:
    """One message as an event. Nothing is written; a message without `messageId` gets a fresh one.

    Numbers should come as int or Decimal: what comes as float is kept as the float it is.
    """
    if not _is_object(item):
        return Refusal(code="events.not_an_object", path="", reason="A message is a JSON object, as {…}.")
    flaw = unstorable(item, reception.bytes_max)
    if flaw is not None:
        return flaw
    return read_harmless(item, reception, NewEvent)


def read_harmless(item: Item, reception: Reception, make: Callable[..., Made]) -> Made | Refusal:
    """As `read`, of a message that is known to be storable; `make` gets the fields of NewEvent, by name."""
    try:
        return _event(item, reception, make)
    except Refused as refused:
        return refused.refusal


def _event(item: Item, reception: Reception, make: Callable[..., Made]) -> Made:
    kind = item.get("type")
    shape = SHAPES.get(kind) if isinstance(kind, str) else None
    if shape is None:
        raise Refused(
            "events.type", "type", f"The type is {_told(kind)}; it is one of {', '.join(sorted(SHAPES))}."
        )
    name, properties, beside = shape(item)
    if name in OF_THINGS and kind == "track" and not reception.policy.server:
        raise Refused("events.not_from_pages", "event", NOT_FROM_PAGES)
    user_id, anonymous_id = identifier(item, "userId"), identifier(item, "anonymousId")
    if user_id is None and (anonymous_id is None or kind == "alias") and name not in OF_THINGS:
        wanted = "userId" if kind == "alias" else "userId or anonymousId"
        raise Refused("events.nobody", "userId", f"It says of nobody what happened: give {wanted}.")
    context = _believed(_object(item, "context"), reception)
    if name in order_told.EVENTS and kind == "track":
        properties = _with_amounts(properties)
        # A server's word on orders stands before a page's, so the event says whose it is.
        context = {**context, "server": True} if reception.policy.server else context
    if name in CONSENTS and kind == "track" and reception.policy.server:
        context = {**context, "server": True}
    if not reception.policy.server and (kind == "identify" or "externalIds" in context):
        context = {**context, "public": True}  # A card number that a page tells suggests, and merges nobody.
    said_at = _said_at(item)
    occurred_at, corrected_by = _occurred_at(said_at, item, reception)
    if corrected_by >= CORRECTION_KEPT_FROM:
        beside = {**beside, "originalTimestamp": said_at}
    message_id = _message_id(item, reception)
    context = {**context, **beside} if beside else context
    if reception.policy.check is not None and kind == "track":
        context = _planned(name, properties, context, reception.policy)
    return make(
        message_id=message_id,
        type=kind,
        name=name,
        occurred_at=occurred_at,
        properties=properties,
        user_id=user_id,
        anonymous_id=anonymous_id,
        context=context or None,
        source=reception.source,
        history=reception.history_before is not None and occurred_at < reception.history_before,
    )


def _track(item: Item) -> tuple[str, Item, Item]:
    said = item.get("event")
    name = said.strip() if isinstance(said, str) else ""
    if not name:
        raise Refused("events.no_name", "event", f"The event's name is {_told(said)}; give it as a text.")
    if len(name) > SIGNS_MAX:
        raise Refused("events.too_long", "event", _too_long(name))
    if name[: len(RESERVED)].lower() == RESERVED:
        reason = f"Names that begin with {RESERVED} are the product's own; choose another."
        raise Refused("events.reserved_name", "event", reason)
    return name, _object(item, "properties"), {}


def _with_amounts(properties: Item) -> Item:
    read_as = order_told.readable(properties)
    if isinstance(read_as, Refusal):
        raise Refused(read_as.code, read_as.path, read_as.reason)
    return read_as


def _view(item: Item) -> tuple[str, Item, Item]:
    """A page or a screen: its name and category stand among the properties."""
    said = {field: item[field] for field in ("name", "category") if item.get(field) not in (None, "")}
    for field, text in said.items():
        if not isinstance(text, str):
            raise Refused("events.name", field, f"It is {_told(text)}; give a text.")
    properties = _object(item, "properties")
    return item["type"], {**properties, **said} if said else properties, {}


def _identify(item: Item) -> tuple[str, Item, Item]:
    return "identify", _object(item, "traits"), {}


def _group(item: Item) -> tuple[str, Item, Item]:
    group_id = identifier(item, "groupId")
    if group_id is None:
        raise Refused("events.no_group", "groupId", "It names no group: give groupId.")
    return "group", _object(item, "traits"), {"groupId": group_id}


def _alias(item: Item) -> tuple[str, Item, Item]:
    previous_id = identifier(item, "previousId")
    if previous_id is None:
        raise Refused("events.no_previous", "previousId", "It names no earlier id: give previousId.")
    return "alias", {}, {"previousId": previous_id}


NOT_FROM_PAGES = (
    "A key in pages is public, so this is taken only from servers. Send it with a key of a source whose keys "
    "stand on servers, or say so in the source's definition (server: true)."
)
# Each gives the event's name, its properties, and what stands beside them in the context.
SHAPES: Mapping[str, Callable[[Item], tuple[str, Item, Item]]] = {
    "track": _track,
    "identify": _identify,
    "page": _view,
    "screen": _view,
    "group": _group,
    "alias": _alias,
}


def identifier(item: Item, field: str) -> str | None:
    """An id as text, None where there is none; raises Refused for what cannot be one."""
    said = item.get(field)
    if type(said) is str:
        text = said
    elif said is None:
        return None
    elif isinstance(said, str | int | Decimal) and not isinstance(said, bool):
        text = str(said)
    else:
        raise Refused("events.id", field, f"It is {_told(said)}; an id is a text or a number.")
    if len(text) > SIGNS_MAX:
        raise Refused("events.too_long", field, _too_long(text))
    if text in NOBODY:
        reason = f"It is the text “{text}”: the program that sends had no id. Leave the field out then."
        raise Refused("events.nobodys_id", field, reason)
    return text if text and not text.isspace() else None


def _message_id(item: Item, reception: Reception) -> str:
    """Our own ids have a colon: who could guess one in a page would keep our event out."""
    said = identifier(item, "messageId")
    if said is None:
        return uuid4().hex
    return said if reception.policy.server or ":" not in said else f"{reception.source}/{said}"


def _believed(context: Item, reception: Reception) -> Item:
    if reception.policy.server or not context:
        return context
    is_proved = context.get("verified", False) is not False
    if not is_proved and context.keys().isdisjoint(OF_SERVERS):
        return context
    return {
        name: said
        for name, said in context.items()
        if name not in OF_SERVERS and not (is_proved and name == "verified")
    }


def _object(item: Item, field: str) -> Item:
    said = item.get(field)
    if said is None:
        return {}
    if not _is_object(said):
        raise Refused("events.not_an_object", field, f"It is {_told(said)}; it must be an object, as {{…}}.")
    return said


def _is_object(said: object) -> TypeGuard[Item]:
    # Asking for the abstract class takes as long as half of the rest.
    return type(said) is dict or isinstance(said, Mapping)


def _said_at(item: Item) -> object:
    said = item.get("timestamp")
    return item.get("originalTimestamp") if said is None else said  # As RudderStack's clients call it.


def _occurred_at(said: object, item: Item, reception: Reception) -> tuple[datetime, timedelta]:
    """When it occurred by our clock, and by how much the client's was corrected."""
    if said is None:
        return reception.received_at, timedelta()
    read_at = parse_instant(said)
    if read_at is None:
        reason = f"It is {_told(said)}, which cannot be read; write it as 2026-03-29T13:37:00.000Z."
        raise Refused("events.timestamp", "timestamp", reason)
    sent_at = reception.sent_at or parse_instant(item.get("sentAt"))
    try:
        at = read_at if sent_at is None else reception.received_at - (sent_at - read_at)
        _within_limits(at, reception)
    except OverflowError:
        raise Refused("events.timestamp", "timestamp", "It lies outside of the calendar.") from None
    return at, abs(at - read_at)


def mistimed(at: datetime, reception: Reception) -> Refusal | None:
    """Why something that occurred then is not taken from this source now; None where it is."""
    try:
        _within_limits(at, reception)
    except Refused as refused:
        return refused.refusal
    return None


def _within_limits(at: datetime, reception: Reception) -> None:
    policy, received_at = reception.policy, reception.received_at
    if at - received_at > policy.future:
        reason = (
            f"It occurred {_shortly(at - received_at)} after it arrived; {reception.source} takes events up "
            f"to {_shortly(policy.future)} ahead. Set the sender's clock, or let it send sentAt."
        )
        raise Refused("events.future", "timestamp", reason)
    is_history = reception.history_before is not None and at < reception.history_before
    if not is_history and received_at - at > policy.late:
        reason = (
            f"It occurred {_shortly(received_at - at)} before it arrived; {reception.source} takes events up "
            f"to {_shortly(policy.late)} back. Import it as history, or raise the source's limit."
        )
        raise Refused("events.late", "timestamp", reason)


def _planned(name: str, properties: Item, context: Item, policy: Policy) -> Item:
    """The context of an event of the plan; where the source only warns, the problems stay with the event."""
    if policy.check is None or policy.unplanned == "keep":
        return context
    problems = policy.check(name, properties)
    if not problems:
        return context
    if policy.unplanned == "refuse":
        raise Refused(problems[0].code, problems[0].path, problems[0].reason)
    return {**context, "unplanned": [f"{problem.path}: {problem.reason}" for problem in problems]}


def _told(said: object) -> str:
    """What was found, without the value: reasons are counted, and outlive the payload."""
    if said is None:
        return "missing"
    if isinstance(said, bool):
        return "true or false"
    if isinstance(said, str):
        return "empty" if not said.strip() else "another text" if len(said) <= SIGNS_MAX else "a long text"
    if isinstance(said, Mapping):
        return "an object"
    return "a list" if isinstance(said, list | tuple) else "a number"


def _too_long(text: str) -> str:
    return f"It has {len(text):,} signs, at most {SIGNS_MAX} are kept. Send a shorter one."


def _shortly(span: timedelta) -> str:
    seconds = span.total_seconds()
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds"
