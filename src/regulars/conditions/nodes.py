"""The frozen nodes of a condition: what is asked of a customer, as data.

A condition is evaluated at an instant. A window is half-open, [start, end): an order at its first instant
counts, one at its last does not. Days are spans of 24 hours back from the instant.
"""

from typing import Literal, TypeAlias, Union

import msgspec

Scalar: TypeAlias = str | int | float | bool
Comparison = Literal["at_least", "at_most", "exactly"]
Wish = Literal["no_profiling", "restriction", "pause", "less_often"]


class Node(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="is"):
    pass


class Ever(Node, frozen=True, kw_only=True, tag="ever"):
    """All orders before the instant."""


class Last(Node, frozen=True, kw_only=True, tag="last"):
    """The last `days` days: [instant - days, instant)."""

    days: int


class Between(Node, frozen=True, kw_only=True, tag="between"):
    """Between `near` and `far` days ago: [instant - far, instant - near)."""

    near: int
    far: int


Window: TypeAlias = Ever | Last | Between


class OrderCount(Node, frozen=True, kw_only=True, tag="order_count"):
    comparison: Comparison
    number: int
    window: Window = Ever()


class OrderSum(Node, frozen=True, kw_only=True, tag="order_sum"):
    """The sum of the orders of one currency, in its minor units; nothing bought sums to 0."""

    comparison: Comparison
    minor: int
    currency: str
    window: Window = Ever()


class DaysSinceLastOrder(Node, frozen=True, kw_only=True, tag="days_since_last_order"):
    """False for who never ordered, whichever the comparison."""

    comparison: Literal["at_least", "less_than"]
    days: int


class DaysSinceFirstOrder(Node, frozen=True, kw_only=True, tag="days_since_first_order"):
    """False for who never ordered, whichever the comparison."""

    comparison: Literal["at_least", "less_than"]
    days: int


class Returned(Node, frozen=True, kw_only=True, tag="returned"):
    """The first order of the last `within_days` came at least `after_days` after the order before it.

    Somebody who comes back after the pause is so for `within_days`, no longer and no shorter.
    """

    within_days: int
    after_days: int


class TraitExists(Node, frozen=True, kw_only=True, tag="trait_exists"):
    trait: str


class TraitEquals(Node, frozen=True, kw_only=True, tag="trait_equals"):
    """Equal in type and value; 1 equals 1.0, and "1" equals neither. A missing trait equals nothing."""

    trait: str
    value: Scalar


class TraitIn(Node, frozen=True, kw_only=True, tag="trait_in"):
    trait: str
    values: tuple[Scalar, ...]


class Consented(Node, frozen=True, kw_only=True, tag="consented"):
    """The last word on a channel and topic that counts; an empty topic is the channel as a whole."""

    channel: str
    topic: str = ""
    given: bool = True


class Wished(Node, frozen=True, kw_only=True, tag="wished"):
    """What somebody asked of us and did not take back; a pause only while it lasts."""

    wish: Wish


class All(Node, frozen=True, kw_only=True, tag="all"):
    """Every one holds; an empty list holds for everybody."""

    conditions: tuple["Condition", ...]


class Any(Node, frozen=True, kw_only=True, tag="any"):
    conditions: tuple["Condition", ...]


class Not(Node, frozen=True, kw_only=True, tag="not"):
    condition: "Condition"


OrderLeaf: TypeAlias = OrderCount | OrderSum | DaysSinceLastOrder | DaysSinceFirstOrder | Returned
TraitLeaf: TypeAlias = TraitExists | TraitEquals | TraitIn
ConsentLeaf: TypeAlias = Consented | Wished
Leaf: TypeAlias = OrderLeaf | TraitLeaf | ConsentLeaf
Condition: TypeAlias = Union[  # noqa: UP007 - the name is used before it is made
    OrderCount,
    OrderSum,
    DaysSinceLastOrder,
    DaysSinceFirstOrder,
    Returned,
    TraitExists,
    TraitEquals,
    TraitIn,
    Consented,
    Wished,
    All,
    Any,
    Not,
]

EVERYBODY = All(conditions=())


def children(condition: Condition) -> tuple[Condition, ...]:
    match condition:
        case All(conditions=inner) | Any(conditions=inner):
            return inner
        case Not(condition=one):
            return (one,)
        case _:
            return ()
