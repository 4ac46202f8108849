"""The frozen nodes of a condition: what is asked of a customer, as data.

A condition is evaluated at an instant, for a person: what all their profiles did counts together.
"""

from typing import Literal, TypeAlias, Union

import msgspec

from regulars.conditions.windows import Ever, Node, Window

Scalar: TypeAlias = str | int | float | bool
Comparison = Literal["at_least", "at_most", "exactly"]
# Of numbers with a fraction, too.
NumberComparison = Literal["at_least", "at_most", "exactly", "more_than", "less_than"]
Wish = Literal["no_profiling", "restriction", "pause", "less_often"]
Test = Literal[
    "equals", "differs", "one_of", "none_of", "at_least", "at_most", "more_than", "less_than",
    "exists", "missing", "contains", "starts_with",
]  # fmt: skip
Figure = Literal[
    "count", "sum", "minimum", "maximum", "average", "distinct", "days_since_first", "days_since_last"
]


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


class OffRhythm(Node, frozen=True, kw_only=True, tag="off_rhythm"):
    """The last order is more than `times` the own median gap between orders ago.

    A gap is the time between two orders one after the other, in days with their fraction; of an even number
    of gaps the median is the mean of the middle two. Who has fewer than `orders` orders has no rhythm: false.
    """

    times: float
    orders: int = 3


class Filter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is asked of one property of a fact.

    `property` is a column of the source, or a path into what was told, as in product.category. A missing
    value fits `missing` alone, and `differs` and `none_of`: nothing differs from everything. `at_least` and
    its like compare numbers, or texts of dates as 2026-03-01; `contains` a part of a text, or an element of a
    list.
    """

    property: str
    test: Test = "equals"
    value: Scalar | None = None
    values: tuple[Scalar, ...] = ()  # Of one_of and none_of.


class Measured(Node, frozen=True, kw_only=True, tag="measured", omit_defaults=True):
    """A figure over the facts of a source in a window: how many, their sum, when the last was.

    Counts, sums and distinct counts of nothing are 0; a minimum, maximum, average or time since of nothing is
    nothing, and nothing compares as false. The value of `days_since_…` is days with their fraction. A sum of
    money is minor units and wants one currency among the filters.
    """

    of: str  # A source: event, order, order_line, or what another room registers.
    name: str = ""  # Which of its facts: an event by its name, a message by what became of it.
    figure: Figure = "count"
    property: str = ""  # Of which sum, minimum, maximum, average and distinct are taken.
    where: tuple[Filter, ...] = ()
    window: Window = Ever()
    comparison: NumberComparison = "at_least"
    value: int | float = 1


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One step of a sequence: a fact of a source."""

    of: str = "event"
    name: str = ""
    where: tuple[Filter, ...] = ()


class Sequence(Node, frozen=True, kw_only=True, tag="sequence", omit_defaults=True):
    """The steps in their order, each after the one before and at most `within_hours` later.

    The first happens in the window, the others before the instant. A step at the very moment of the one
    before is not after it; one exactly `within_hours` later counts.
    """

    steps: tuple[Step, ...]  # Two to five.
    within_hours: int | float
    window: Window = Ever()


class NotFollowed(Node, frozen=True, kw_only=True, tag="not_followed", omit_defaults=True):
    """`first` happened in the window, `within_hours` have passed since, and no `then` came in that time.

    The time is over at first + within_hours; a `then` at that very moment came in time.
    """

    first: Step
    then: Step
    within_hours: int | float
    window: Window = Ever()


class TraitExists(Node, frozen=True, kw_only=True, tag="trait_exists"):
    trait: str


class TraitEquals(Node, frozen=True, kw_only=True, tag="trait_equals"):
    """Equal in type and value; 1 equals 1.0, and "1" equals neither. A missing trait equals nothing."""

    trait: str
    value: Scalar


class TraitIn(Node, frozen=True, kw_only=True, tag="trait_in"):
    trait: str
    values: tuple[Scalar, ...]


class TraitNumber(Node, frozen=True, kw_only=True, tag="trait_number"):
    """The trait is a number that compares so; a text that looks like one is none."""

    trait: str
    comparison: NumberComparison
    value: int | float


class TraitText(Node, frozen=True, kw_only=True, tag="trait_text"):
    """The trait is a text that contains, begins or ends with another; capitals count."""

    trait: str
    how: Literal["contains", "starts_with", "ends_with"]
    value: str


class TraitHas(Node, frozen=True, kw_only=True, tag="trait_has"):
    """The trait is a list that has one of the values as an element."""

    trait: str
    values: tuple[Scalar, ...]


class TraitDate(Node, frozen=True, kw_only=True, tag="trait_date"):
    """The trait is a date, or a moment with its zone, that lies so from today.

    `in_last` and `in_next` n days: from n days ago to today, from today to n days ahead, both days included.
    `more_than_ago`, `more_than_ahead`: before and after that. `before`, `on`, `after` a date as 2026-03-01.
    Days are local days of the workspace's zone.
    """

    trait: str
    how: Literal["in_last", "in_next", "more_than_ago", "more_than_ahead", "before", "on", "after"]
    days: int = 0
    date: str = ""


class Anniversary(Node, frozen=True, kw_only=True, tag="anniversary"):
    """The next return of the trait's month and day is at most `days` local days away; 0 is today.

    29 February returns on 28 February in years without one.
    """

    trait: str
    days: int = 0


class Identified(Node, frozen=True, kw_only=True, tag="identified"):
    """Has an identifier of this kind: user_id, anonymous_id, email, phone, card, or a declared one."""

    kind: str


class Consented(Node, frozen=True, kw_only=True, tag="consented"):
    """The last word on a channel and topic that counts; an empty topic is the channel as a whole."""

    channel: str
    topic: str = ""
    given: bool = True


class Wished(Node, frozen=True, kw_only=True, tag="wished"):
    """What somebody asked of us and did not take back; a pause only while it lasts."""

    wish: Wish


class Reachable(Node, frozen=True, kw_only=True, tag="reachable"):
    """Has an address for the channel, and nothing that is asked before a send forbids marketing there."""

    channel: str


class InSegment(Node, frozen=True, kw_only=True, tag="in_segment"):
    """In a segment or list; of a segment its condition is asked, of a list who stands on it."""

    segment: str


class InStage(Node, frozen=True, kw_only=True, tag="in_stage"):
    """In one of the stages of an approach."""

    approach: str
    stages: tuple[str, ...]


class Listed(Node, frozen=True, kw_only=True, tag="listed"):
    """Stands on a list. Nobody writes it: `in_segment` of a list becomes it."""

    segment: str


class Bucket(Node, frozen=True, kw_only=True, tag="bucket"):
    """A random part of everybody, the same for ever: buckets [first, below) of 10,000.

    bucket = first 8 hexadecimal digits of md5(salt || ":" || decimal customer id), mod 10,000. The id is that
    of the surviving profile.
    """

    salt: str
    first: int = 0
    below: int


class HasBeen(Node, frozen=True, kw_only=True, tag="has_been"):
    """Has held without a break for the last `days` days, [instant - days, instant]: a leaf with a history.

    Of traits, consents, segments and stages. A segment's stays are asked, as they were seen.
    """

    condition: "Condition"
    days: int


class All(Node, frozen=True, kw_only=True, tag="all"):
    """Every one holds; an empty list holds for everybody."""

    conditions: tuple["Condition", ...]


class Any(Node, frozen=True, kw_only=True, tag="any"):
    conditions: tuple["Condition", ...]


class Not(Node, frozen=True, kw_only=True, tag="not"):
    condition: "Condition"


OrderLeaf: TypeAlias = OrderCount | OrderSum | DaysSinceLastOrder | DaysSinceFirstOrder | Returned | OffRhythm
FactLeaf: TypeAlias = Measured | Sequence | NotFollowed
TraitLeaf: TypeAlias = (
    TraitExists | TraitEquals | TraitIn | TraitNumber | TraitText | TraitHas | TraitDate | Anniversary
)
ConsentLeaf: TypeAlias = Consented | Wished | Reachable
MembershipLeaf: TypeAlias = InSegment | InStage | Listed
Leaf: TypeAlias = OrderLeaf | FactLeaf | TraitLeaf | ConsentLeaf | MembershipLeaf | Identified | Bucket
Condition: TypeAlias = Union[  # noqa: UP007 - the name is used before it is made
    OrderCount, OrderSum, DaysSinceLastOrder, DaysSinceFirstOrder, Returned, OffRhythm,
    Measured, Sequence, NotFollowed,
    TraitExists, TraitEquals, TraitIn, TraitNumber, TraitText, TraitHas, TraitDate, Anniversary,
    Identified, Consented, Wished, Reachable, InSegment, InStage, Listed, Bucket, HasBeen,
    All, Any, Not,
]  # fmt: skip

EVERYBODY = All(conditions=())


def children(condition: Condition) -> tuple[Condition, ...]:
    match condition:
        case All(conditions=inner) | Any(conditions=inner):
            return inner
        case Not(condition=one) | HasBeen(condition=one):
            return (one,)
        case _:
            return ()
