"""Which events of the log concern what is asked of conditions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from regulars import customers
from regulars.conditions import Condition, Touch, asks_catalogue, sources_of, touches
from regulars.db import Tx

EVERY = "*"  # Every event that is not the product's own.
TELL_TRAITS = frozenset({"identify"})
TELL_IDENTIFIERS = frozenset({"identify", "alias", "group"})
CONSENTS = frozenset(customers.CONSENT_EVENTS)
MOVE_PEOPLE = frozenset({"regulars.customers.merged", "regulars.customers.split"})
STAYS = frozenset({"regulars.segments.entered", "regulars.segments.left"})
# A chain of segments that ask each other's stays is as long as they are nested; more is a mistake of ours.
HOPS_MAX = 32
BY_KIND = {
    "trait": TELL_TRAITS,
    "consent": CONSENTS,
    "wish": CONSENTS,
    "reach": CONSENTS | TELL_IDENTIFIERS,
    "identity": TELL_IDENTIFIERS,
    # What is left of these after expanding is asked of stays.
    "segment": STAYS,
    "approach": STAYS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    events: frozenset[str]  # By name, what can change an answer for whose it is.
    orders: bool  # An order concerns who has it, whoever told it.
    traits: frozenset[str]
    sources: frozenset[str]  # What of others it measures.
    catalogue: bool  # Looks at what is told of products: whom a change concerns, no event tells.
    nightly: bool  # Looks at a trait that the night works out anew, of which no event tells.


def concerns(tx: Tx) -> Callable[[Sequence[Condition]], Concern]:
    """What can be asked of conditions, as the computed traits are now."""
    computed = {key: found.body for key, found in customers.computed_traits(tx).items()}

    def concern(conditions: Sequence[Condition]) -> Concern:
        found = frozenset[Touch]().union(*(touches(condition) for condition in conditions))
        traits = {one.name.split(".")[0] for one in found if one.kind == "trait"}
        asked = [computed[name] for name in traits if name in computed]
        events = {one.name for one in found if one.kind == "event"} | MOVE_PEOPLE
        events |= {one.event for one in asked if one.event}
        return Concern(
            events=frozenset(events.union(*(BY_KIND.get(one.kind, ()) for one in found))),
            orders=any(one.kind == "order" for one in found) or any(one.of != "events" for one in asked),
            traits=frozenset(traits),
            sources=frozenset[str]().union(*(sources_of(condition) for condition in conditions)),
            catalogue=any(asks_catalogue(condition) for condition in conditions),
            nightly=any(one.days is not None for one in asked),
        )

    return concern
