"""What happened to a customer, each event as a plain sentence with its figures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from regulars import customers, messaging
from regulars.console.formats import count_of, day, money, number
from regulars.console.happening import Happening, Known
from regulars.console.happenings_answers import ANSWERS
from regulars.console.happenings_own import OWN
from regulars.console.happenings_told import TOLD
from regulars.console.parts import Tone
from regulars.kernel import Money, local_day, public_id
from regulars.log import Event

KINDS: Mapping[str, tuple[str, tuple[str, ...] | None]] = {
    "": ("Everything", None),
    "orders": (
        "Orders",
        ("Order Completed", "Order Updated", "Order Refunded", "Order Cancelled", "Coupon Applied"),
    ),
    "visits": (
        "Visits",
        ("page", "screen", "Product Viewed", "Product Added", "Product Removed", "Products Searched"),
    ),
    "points": (
        "Points and tier",
        tuple(
            f"regulars.loyalty.{name}"
            for name in (
                "joined",
                "points_earned",
                "points_expired",
                "points_moved",
                "points_changed",
                "tier_changed",
            )
        ),
    ),
    "messages": (
        "Messages",
        (
            "Mailing Received",
            *(f"regulars.messaging.{name}" for name in ("sent", "held_out", "skipped", "failed", "in_doubt")),
            *ANSWERS,
            "regulars.campaigns.converted",
        ),
    ),
    "stages": ("Segments", ("regulars.segments.entered", "regulars.segments.left")),
    "profile": (
        "Profile",
        (
            "identify",
            "alias",
            "regulars.customers.merged",
            "regulars.customers.split",
            "regulars.forms.submitted",
            "regulars.forms.confirmed",
        ),
    ),
    "consents": ("Consents", tuple(customers.EVENT_OF.values())),
    "groups": ("Groups", ("group", "Group Left")),
}
SHOWN_PROPERTIES = 4
HIDDEN_TRAITS = 6


def happenings(events: Sequence[Event], known: Known) -> list[Happening]:
    """The entries of some events, newest first; points stand with the order that earned them."""
    earned = {
        lot.order_key: event
        for event in events
        if event.name == "regulars.loyalty.points_earned"
        and (lot := known.lots.get(event.properties.get("transfer", 0))) is not None
        and lot.order_key is not None
    }
    bought = {str(e.properties.get("order_id")) for e in events if e.name == "Order Completed"}
    folded = {event.position for key, event in earned.items() if key in bought}
    moves = _moves(events)
    folded |= {left.position for left in moves.values()}
    told = []
    for event in events:
        if event.position in folded:
            continue
        if event.position in moves:
            told.append(_moved(moves[event.position], event, known))
            continue
        entry = SENTENCES.get(event.name, _other)(event, known)
        reward = (
            earned.get(str(event.properties.get("order_id"))) if event.name == "Order Completed" else None
        )
        told.append(_with_points(entry, reward, known) if reward else entry)
    return told


def _with_points(entry: Happening, reward: Event, known: Known) -> Happening:
    points = _points(reward.properties)
    return replace(entry, text=f"{entry.text} · earned {points}", why=_why_points(reward, known))


def _order(event: Event, known: Known) -> Happening:
    told = event.properties
    lines = told.get("products") or []
    key = str(told.get("order_id", ""))
    public = known.orders.get(key)
    store = told.get("store_id")
    return Happening(
        at=event.occurred_at,
        title=f"Bought {count_of(len(lines), 'product')}" if lines else "Bought",
        amount=_money(told.get("total"), told.get("currency")),
        text=" · ".join(part for part in (f"at store {store}" if store else "", f"order {key}") if part),
        icon="shopping-cart",
        tone="live",
        href=f"{known.href}/orders/{public}" if public else "",
        drawer=True,
    )


def _coupon(event: Event, _known: Known) -> Happening:
    told = event.properties
    campaign = f" of mailing {told['campaign_id']}" if told.get("campaign_id") else ""
    return Happening(
        at=event.occurred_at,
        title="Used a coupon",
        text=f"Coupon {told.get('coupon_id', 'without a number')}{campaign}",
        icon="ticket",
        tone="good",
    )


def _mailing(event: Event, _known: Known) -> Happening:
    told = event.properties
    until = told.get("valid_until")
    kind = f" ({told['campaign_type']})" if told.get("campaign_type") else ""
    return Happening(
        at=event.occurred_at,
        title=f"Received the shop's mailing {told.get('campaign_id', '')}{kind}",
        text=f"Its coupons are valid until {_date(until)}." if until else "",
        icon="mail",
    )


def _joined(event: Event, _known: Known) -> Happening:
    how = "with the first points earned" if event.properties.get("by") == "first_earn" else "by enrolling"
    return Happening(
        at=event.occurred_at,
        title="Joined the programme",
        text=f"{how.capitalize()}, under terms {event.properties.get('terms_version', '1')}.",
        icon="award",
        tone="good",
    )


def _earned(event: Event, known: Known) -> Happening:
    return Happening(
        at=event.occurred_at,
        title="Earned points for an order",
        amount=f"+{_points(event.properties)}",
        text=_why_points(event, known),
        icon="coins",
        tone="good",
    )


def _why_points(event: Event, known: Known) -> str:
    told = event.properties
    lot = known.lots.get(told.get("transfer", 0))
    made = f"They are lot {lot.public}, of which {number(lot.remaining)} are left. " if lot else ""
    ends = told.get("expires_at")
    valid = f"To be spent before {_date(ends, known.zone)}." if ends else "Valid for ever."
    return f"{_points(told)} by the rule “{told.get('rule', '')}”. {made}{valid}"


def _expired(event: Event, known: Known) -> Happening:
    ended = event.properties.get("expired_at")
    return Happening(
        at=event.occurred_at,
        title="Points expired",
        amount=f"−{_points(event.properties)}",
        text=f"Their validity ended on {_date(ended, known.zone)}." if ended else "",
        icon="clock",
        tone="waiting",
    )


def _tier(event: Event, known: Known) -> Happening:
    told = event.properties
    before, after = _tier_name(told.get("tier_before"), known), _tier_name(told.get("tier_after"), known)
    up = told.get("direction") == "up"
    return Happening(
        at=event.occurred_at,
        title=f"{'Reached' if up else 'Went down to'} {after}",
        text=f"From {before}, {'with the points collected' if up else 'by the monthly review'}.",
        icon="arrow-up" if up else "arrow-down",
        tone="good" if up else "waiting",
    )


def _tier_name(place: object, known: Known) -> str:
    known_place = isinstance(place, int) and 0 < place <= len(known.tiers)
    return known.tiers[int(str(place)) - 1] if known_place else f"tier {place}"


def _entered(event: Event, known: Known) -> Happening:
    told = event.properties
    return Happening(
        at=event.occurred_at,
        title=f"Came into {told.get('title', 'a segment')}",
        text="At the first count of it." if event.history else "",
        icon="chart-pie",
        href=f"{known.href}/why/{told.get('segment', '')}",
        drawer=True,
    )


def _left(event: Event, known: Known) -> Happening:
    told = event.properties
    since = told.get("entered_at")
    return Happening(
        at=event.occurred_at,
        title=f"Left {told.get('title', 'a segment')}",
        text=f"Was there from {_date(since, known.zone)} on." if since else "",
        icon="chart-pie",
        href=f"{known.href}/why/{told.get('segment', '')}",
        drawer=True,
    )


def _moves(events: Sequence[Event]) -> dict[int, Event]:
    """By the position of coming into a stage, the leaving of another stage of the approach at that moment."""
    left = {
        (event.occurred_at, _approach(event)): event
        for event in events
        if event.name == "regulars.segments.left" and _approach(event)
    }
    return {
        event.position: left[event.occurred_at, _approach(event)]
        for event in events
        if event.name == "regulars.segments.entered" and (event.occurred_at, _approach(event)) in left
    }


def _approach(event: Event) -> str:
    stage = event.properties.get("stage")
    return str(event.properties.get("segment", "")).removesuffix(f".{stage}") if stage else ""


def _moved(left: Event, entered: Event, known: Known) -> Happening:
    before, after = left.properties.get("title", ""), entered.properties.get("title", "")
    since = left.properties.get("entered_at")
    return replace(
        _entered(entered, known),
        title=f"Moved from {before} to {after}",
        text=f"Was in {before} from {_date(since, known.zone)} on." if since else "",
    )


MESSAGES: Mapping[str, tuple[str, str, Tone, str]] = {
    "sent": ("Was sent", "mail", "good", "By {channel}."),
    "held_out": (
        "Was held out of",
        "flask",
        "quiet",
        "Would have been sent, and was kept back for comparison.",
    ),
    "skipped": ("Was left out of", "mail-off", "waiting", "Not sent: {reason}."),
    "failed": ("Could not be sent", "mail-off", "bad", "Failed: {reason}."),
    "in_doubt": ("May have been sent", "mail-off", "bad", "In doubt, and not sent again: {reason}."),
}


def _message(event: Event, known: Known) -> Happening:
    told = event.properties
    deed, icon, tone, text = MESSAGES[event.name.rpartition(".")[2]]
    source = str(told.get("source", ""))
    reason = messaging.REASONS.get(told.get("reason", ""), told.get("reason", ""))
    channel = "the recording channel" if told.get("channel") == "recording" else told.get("channel", "")
    return Happening(
        at=event.occurred_at,
        title=f"{deed} “{known.campaigns.get(source, source)}”",
        text=text.format(channel=channel, reason=reason),
        icon=icon,
        tone=tone,
        href=f"/messages/{public_id('msg', int(told['send_id']))}" if "send_id" in told else "",
    )


def _identified(event: Event, _known: Known) -> Happening:
    names = sorted(event.properties)
    shown = ", ".join(name.replace("_", " ") for name in names[:HIDDEN_TRAITS])
    more = f" and {len(names) - HIDDEN_TRAITS} more" if len(names) > HIDDEN_TRAITS else ""
    return Happening(
        at=event.occurred_at,
        title=f"{count_of(len(names), 'trait')} became known" if names else "Was identified",
        text=f"{shown}{more}, told by {event.source}." if names else f"Told by {event.source}.",
        icon="user",
    )


def _other(event: Event, _known: Known) -> Happening:
    plain = [(k, v) for k, v in event.properties.items() if isinstance(v, str | int | float)]
    told = " · ".join(f"{name.replace('_', ' ')} {value}" for name, value in plain[:SHOWN_PROPERTIES])
    return Happening(at=event.occurred_at, title=event.name, text=told)


SENTENCES: Mapping[str, Callable[[Event, Known], Happening]] = {
    **TOLD,
    **OWN,
    **ANSWERS,
    "Order Completed": _order,
    "Coupon Applied": _coupon,
    "Mailing Received": _mailing,
    "identify": _identified,
    "regulars.loyalty.joined": _joined,
    "regulars.loyalty.points_earned": _earned,
    "regulars.loyalty.points_expired": _expired,
    "regulars.loyalty.tier_changed": _tier,
    "regulars.segments.entered": _entered,
    "regulars.segments.left": _left,
    **{f"regulars.messaging.{name}": _message for name in MESSAGES},
}


def _points(told: Mapping[str, Any]) -> str:
    amount, currency = told.get("points", 0), str(told.get("currency", "points"))
    one = currency.removesuffix("s") if currency.endswith("s") else currency
    return count_of(int(amount), one, currency)


def _money(amount: object, currency: object) -> str:
    if not isinstance(amount, int | float) or not isinstance(currency, str):
        return ""
    return money(Money.parse(str(amount), currency))


def _date(text: object, zone: str | None = None) -> str:
    """A day out of an event's property, where it can be read."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return str(text)
    return day(local_day(moment, zone)) if zone and moment.tzinfo else day(moment.date())
