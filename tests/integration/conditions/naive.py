"""The meaning of a condition, written down plainly: one person, loops over lists, no SQL.

Written from what the nodes and windows say of themselves, and from nothing else; it is to be read, not to be fast.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any as Anything

from regulars.conditions import Book
from regulars.conditions import nodes as c
from regulars.conditions import windows as w
from tests.integration.conditions.history import Told, World
from tests.integration.conditions.naive_facts import (
    Asked,
    facts_of,
    follows,
    measured,
    not_followed,
    off_rhythm,
    orders_of,
    past_orders,
    within,
)
from tests.integration.conditions.naive_traits import COMPARED, DAY, found, trait_holds

WISHES = {
    "no_profiling": "profiling",
    "restriction": "processing",
    "pause": "pause",
    "less_often": "frequency",
}


def holds(
    world: World,
    condition: c.Condition,
    customer_id: int,
    at: datetime,
    zone: str = "UTC",
    book: Book = Book(),  # noqa: B008 - frozen
) -> bool:
    """Whether the condition holds of a person at an instant, in a zone; `book` says what segments are."""
    person, products = world.people[customer_id], world.products
    asked = Asked(customer_id=customer_id, person=person, products=products, at=at, zone=zone, book=book)
    return _holds(condition, asked)


def _holds(node: c.Condition, asked: Asked) -> bool:  # noqa: PLR0911, PLR0912 - one case a node
    at, person = asked.at, asked.person
    match node:
        case c.All(conditions=inner):
            return all(_holds(one, asked) for one in inner)
        case c.Any(conditions=inner):
            return any(_holds(one, asked) for one in inner)
        case c.Not(condition=one):
            return not _holds(one, asked)
        case c.OrderCount(comparison=comparison, number=number, window=window):
            return COMPARED[comparison](len(within(orders_of(asked), window, asked)), number)
        case c.OrderSum(comparison=comparison, minor=minor, currency=currency, window=window):
            bought = within(orders_of(asked), window, asked)
            total = sum(one.columns["net_minor"] for one in bought if one.columns["currency"] == currency)
            return COMPARED[comparison](total, minor)
        case c.DaysSinceLastOrder(comparison=comparison, days=days):
            past = past_orders(asked)
            return bool(past) and COMPARED[comparison](at - past[-1], days * DAY)
        case c.DaysSinceFirstOrder(comparison=comparison, days=days):
            past = past_orders(asked)
            return bool(past) and COMPARED[comparison](at - past[0], days * DAY)
        case c.Returned(within_days=recently, after_days=after):
            past, start = past_orders(asked), at - recently * DAY
            recent, before = [when for when in past if when >= start], [when for when in past if when < start]
            return bool(recent and before) and recent[0] - before[-1] >= after * DAY
        case c.OffRhythm(times=times, orders=orders):
            return off_rhythm(past_orders(asked), at, times, orders)
        case c.Measured():
            return measured(node, asked)
        case c.Sequence(steps=steps, within_hours=hours, window=window):
            return follows(steps, timedelta(hours=hours), window, asked)
        case c.NotFollowed():
            return not_followed(node, asked)
        case c.Identified(kind=kind):
            return kind in person.identifiers
        case c.Consented(channel=channel, topic=topic, given=given):
            word = _last_word(asked, "consent", channel, topic)
            return word is not None and word.given == given
        case c.Wished(wish=wish):
            word = _last_word(asked, WISHES[wish], "", "")
            return word is not None and not word.given and (word.until is None or word.until > at)
        case c.Reachable(channel=channel):
            reached = within(facts_of(asked, "reach"), w.Ever(), asked)
            return any(one.columns["channel"] == channel for one in reached)
        case c.Listed(segment=segment):
            return _listed(asked, segment)
        case c.InSegment(segment=segment):
            meant = asked.book.segments[segment]
            return _listed(asked, segment) if meant is None else _holds(meant, asked)
        case c.InStage(approach=approach, stages=stages):
            first = (name for name, inner in asked.book.approaches[approach] if _holds(inner, asked))
            return next(first, None) in stages
        case c.Bucket(salt=salt, first=first, below=below):
            drawn = hashlib.md5(f"{salt}:{asked.customer_id}".encode(), usedforsecurity=False).hexdigest()
            return first <= int(drawn[:8], 16) % 10_000 < below
        case c.HasBeen(condition=one, days=days):
            return _has_been(one, asked, days * DAY)
        case _:
            return trait_holds(node, found(person.traits, node.trait), at, asked.zone)


def _listed(asked: Asked, segment: str) -> bool:
    return any(
        one.segment == segment and (one.until is None or one.until > asked.at) for one in asked.person.lists
    )


def _last_word(asked: Asked, about: str, channel: str, topic: str) -> Anything:
    words = [
        one
        for one in asked.person.said
        if one.believed and (one.about, one.channel, one.topic) == (about, channel, topic)
    ]
    # Of two at one moment the withdrawal; of two pauses the longer one.
    return max(
        words,
        key=lambda one: (one.at, not one.given, one.until is None, one.until.timestamp() if one.until else 0),
        default=None,
    )


def _has_been(node: c.Condition, asked: Asked, lasting: timedelta) -> bool:
    start = asked.at - lasting
    match node:
        case c.InSegment(segment=segment):
            return _stayed(asked, {segment}, start)
        case c.InStage(approach=approach, stages=stages):
            return _stayed(asked, {f"{approach}.{stage}" for stage in stages}, start)
        case c.Consented(channel=channel, topic=topic):
            words = [one for one in asked.person.said if one.believed and one.at <= asked.at]
            words = [
                one for one in words if (one.about, one.channel, one.topic) == ("consent", channel, topic)
            ]
            told = [(one.at, one.given) for one in sorted(words, key=lambda one: (one.at, not one.given))]
            # Of several at one moment, the last one is what counted.
            counted = dict(told)
            before = [given for when, given in counted.items() if when <= start]
            since = [given for when, given in counted.items() if when > start]
            unbroken = bool(before) and all(given == node.given for given in [before[-1], *since])
            return unbroken and _holds(node, asked)
        case _:
            return _has_had(node, asked, start) and _holds(node, asked)


def _has_had(node: Anything, asked: Asked, start: datetime) -> bool:
    """The values of a trait one after the other, from the one that stood at the start.

    A trait of that very name and a place inside another are asked apart: one of them is enough.
    """
    return any(
        _unbroken([one for one in asked.person.told if one.name == name], node, asked, start)
        for name in dict.fromkeys((node.trait, node.trait.split(".", maxsplit=1)[0]))
    )


def _unbroken(told: list[Told], node: Anything, asked: Asked, start: datetime) -> bool:
    told = sorted((one for one in told if one.at <= asked.at), key=lambda one: one.at)
    for moment in (start, *(one.at for one in told if one.at > start)):
        standing = {one.name: one.value for one in told if one.at <= moment}
        if not trait_holds(node, found(standing, node.trait), asked.at, asked.zone):
            return False
    return True


def _stayed(asked: Asked, keys: set[str], start: datetime) -> bool:
    stays = sorted((one for one in asked.person.stays if one.segment in keys), key=lambda one: one.entered)
    reached = start
    for one in stays:
        if one.entered <= reached and (one.left is None or one.left > reached):
            if one.left is None or one.left > asked.at:
                return True
            reached = one.left
    return False
