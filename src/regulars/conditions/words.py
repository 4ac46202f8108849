"""Any condition as a plain sentence, the same in builder, list, API and file."""

from typing import assert_never

from regulars.conditions.fact_words import measured_words, never_words, not_followed_words, sequence_words
from regulars.conditions.lettering import (
    COMPARED,
    article,
    days_words,
    named,
    number,
    quoted,
    times,
    value_words,
    values_words,
)
from regulars.conditions.nodes import (
    All,
    Anniversary,
    Any,
    Bucket,
    Condition,
    Consented,
    DaysSinceFirstOrder,
    DaysSinceLastOrder,
    HasBeen,
    Identified,
    InSegment,
    InStage,
    Listed,
    Measured,
    Not,
    NotFollowed,
    OffRhythm,
    OrderCount,
    OrderSum,
    Reachable,
    Returned,
    Sequence,
    TraitDate,
    TraitEquals,
    TraitExists,
    TraitHas,
    TraitIn,
    TraitNumber,
    TraitText,
    Wish,
    Wished,
)
from regulars.conditions.window_words import window_words
from regulars.conditions.windows import Ever
from regulars.kernel import Money

WISHES: dict[Wish, str] = {
    "no_profiling": "objects to profiling",
    "restriction": "restricted the use of their data",
    "pause": "asked for a pause",
    "less_often": "wants to hear less often",
}
UNWISHED: dict[Wish, str] = {
    "no_profiling": "does not object to profiling",
    "restriction": "did not restrict the use of their data",
    "pause": "asked for no pause",
    "less_often": "did not ask to hear less often",
}
HOW = {"contains": "contains", "starts_with": "starts with", "ends_with": "ends with"}
TraitLeaf = TraitEquals | TraitIn | TraitNumber | TraitText | TraitHas | TraitDate


def sentence(condition: Condition) -> str:  # noqa: C901, PLR0911, PLR0912 - one case a node
    """What is asked of a customer, in words.

    >>> from regulars.conditions.windows import Last
    >>> sentence(OrderCount(comparison="at_least", number=2, window=Last(days=90)))
    'bought at least 2 times in the last 90 days'
    """
    match condition:
        case OrderCount():
            return _count(condition)
        case OrderSum(minor=minor, currency=currency):
            spent = f"{COMPARED[condition.comparison]} {Money(minor, currency).format()}"
            return f"spent {spent}{window_words(condition.window)}"
        case DaysSinceLastOrder(comparison=comparison, days=days):
            return f"last bought {COMPARED[comparison]} {days_words(days)} ago"
        case DaysSinceFirstOrder(comparison=comparison, days=days):
            return f"first bought {COMPARED[comparison]} {days_words(days)} ago"
        case Returned(within_days=within, after_days=after):
            pause = f"after at least {days_words(after)} without buying"
            return f"came back in the last {days_words(within)} {pause}"
        case OffRhythm(times=factor, orders=orders):
            usual = f"{number(factor)} times their usual gap (seen in at least {number(orders)} orders)"
            return f"has not bought for more than {usual}"
        case Measured():
            return measured_words(condition)
        case Sequence():
            return sequence_words(condition)
        case NotFollowed():
            return not_followed_words(condition)
        case TraitExists(trait=trait):
            return f"has {article(trait) if named(trait) == trait else f'a {named(trait)}'}"
        case TraitEquals() | TraitIn() | TraitNumber() | TraitText() | TraitHas() | TraitDate():
            return f"{named(condition.trait)} {_trait(condition)}"
        case Anniversary(trait=trait, days=days):
            when = "today" if days == 0 else f"today or in the next {days_words(days)}"
            return f"has an anniversary of their {named(trait)} {when}"
        case HasBeen(condition=inner, days=days):
            return _has_been(inner, days)
        case All(conditions=()):
            return "everybody"
        case Any(conditions=()):
            return "nobody"
        case All(conditions=several):
            return " and ".join(_inside(one) for one in several)
        case Any(conditions=several):
            return " or ".join(_inside(one) for one in several)
        case Not(condition=inner):
            return _negated(inner) or f"not ({sentence(inner)})"
        case _:
            return _state(condition)[0]


def headline(condition: Condition) -> str:
    """The sentence with whom it is about, as in “Everybody who bought at least once”."""
    words = sentence(condition)
    if words == "everybody":
        return "Everybody"
    first = condition
    while isinstance(first, All | Any) and first.conditions:
        first = first.conditions[0]
    if words.startswith(("(", "not ")) or isinstance(first, HasBeen):
        return f"Everybody of whom this holds: {words}"
    of_trait = isinstance(first.condition if isinstance(first, Not) else first, TraitLeaf)
    return f"Everybody {'whose' if of_trait and not _has_no(words) else 'who'} {words}"


def _has_no(words: str) -> bool:
    return words.startswith(("has a ", "has an ", "has no "))


def _state(  # noqa: PLR0911 - one case a node
    node: Identified | Consented | Wished | Reachable | InSegment | InStage | Listed | Bucket,
) -> tuple[str, str]:
    """How somebody stands, and how somebody does not."""
    match node:
        case Identified(kind=kind):
            return f"is known by {named(kind)}", f"is not known by {named(kind)}"
        case Consented(channel=channel, topic=topic, given=given):
            about = f"{named(channel)} about {named(topic)}" if topic else named(channel)
            if given:
                return f"agreed to {about}", f"did not agree to {about}"
            return f"withdrew {about}", f"did not withdraw {about}"
        case Wished(wish=wish):
            return WISHES[wish], UNWISHED[wish]
        case Reachable(channel=channel):
            return f"can be reached by {named(channel)}", f"cannot be reached by {named(channel)}"
        case InSegment(segment=segment):
            return f"is in the segment {quoted(segment)}", f"is not in the segment {quoted(segment)}"
        case InStage():
            return f"is in {_stages(node)}", f"is not in {_stages(node)}"
        case Listed(segment=segment):
            return f"is on the list {quoted(segment)}", f"is not on the list {quoted(segment)}"
        case Bucket():
            return f"is in {_part(node)}", f"is not in {_part(node)}"
        case _ as never:
            assert_never(never)


def _stages(node: InStage) -> str:
    several = len(node.stages) > 1
    stages = f"{'one of the stages' if several else 'the stage'} {values_words(node.stages)}"
    return f"{stages} of {quoted(node.approach)}"


def _part(node: Bucket) -> str:
    share = f"{number((node.below - node.first) / 100)} %"
    return (
        f"the random {share} from {number(node.first)} to below {number(node.below)} of {quoted(node.salt)}"
    )


def _trait(node: TraitLeaf) -> str:
    """What a trait is asked, after its name."""
    match node:
        case TraitEquals(value=value):
            return f"is {value_words(value)}"
        case TraitIn(values=values):
            return f"is one of {values_words(values)}"
        case TraitNumber(comparison=comparison, value=value):
            return f"is {COMPARED[comparison]} {number(value)}"
        case TraitText(how=how, value=text):
            return f"{HOW[how]} {quoted(text)}"
        case TraitHas(values=values):
            return f"has {'one of ' if len(values) > 1 else ''}{values_words(values)}"
        case TraitDate():
            return _date(node)
        case _ as never:
            assert_never(never)


def _date(node: TraitDate) -> str:
    match node.how:
        case "in_last" | "in_next" if node.days == 0:
            return "is today"
        case "in_last":
            return f"is today or in the last {days_words(node.days)}"
        case "in_next":
            return f"is today or in the next {days_words(node.days)}"
        case "more_than_ago":
            return f"is more than {days_words(node.days)} ago" if node.days else "is before today"
        case "more_than_ahead":
            return f"is more than {days_words(node.days)} ahead" if node.days else "is after today"
        case _:
            return f"is {node.how} {node.date}"


def _has_been(inner: Condition, days: int) -> str:
    held = f"for the last {days_words(days)} without a break"
    if isinstance(inner, InSegment | InStage):
        return f"has been {sentence(inner).removeprefix('is ')} {held}"
    return f"{held}: {sentence(inner)}"


def _count(node: OrderCount) -> str:
    window = window_words(node.window)
    if node.number == 0 and node.comparison in ("at_most", "exactly"):
        return "never bought" if isinstance(node.window, Ever) else f"did not buy{window}"
    if node.number == 1 and node.comparison == "at_least":
        return f"bought{window or ' at least once'}"
    return f"bought {COMPARED[node.comparison]} {times(node.number)}{window}"


def _inside(condition: Condition) -> str:
    """In brackets where its own words could be taken for its neighbours'."""
    several = isinstance(condition, All | Any) and len(condition.conditions) > 1
    return f"({sentence(condition)})" if several or _runs_on(condition) else sentence(condition)


def _runs_on(condition: Condition) -> bool:
    match condition:
        case Measured(where=where):
            return bool(where)
        case Sequence() | NotFollowed() | HasBeen():
            return True
        case Not(condition=inner):
            return _negated(inner) is not None and _runs_on(inner)
        case All(conditions=(only,)) | Any(conditions=(only,)):
            return _runs_on(only)
        case _:
            return False


def _negated(condition: Condition) -> str | None:  # noqa: PLR0911 - one case a node
    """That it does not hold, where that can be said well."""
    match condition:
        case TraitExists(trait=trait):
            return f"has no {named(trait)}"
        case TraitEquals(trait=trait, value=value):
            return f"{named(trait)} is not {value_words(value)}"
        case TraitIn(trait=trait, values=values):
            return f"{named(trait)} is none of {values_words(values)}"
        case Measured(figure="count", comparison="at_least", value=1):
            return never_words(condition)
        case OrderCount(comparison="at_least", number=1):
            return sentence(OrderCount(comparison="exactly", number=0, window=condition.window))
        case (
            Identified()
            | Consented()
            | Wished()
            | Reachable()
            | InSegment()
            | InStage()
            | Listed()
            | Bucket()
        ):
            return _state(condition)[1]
        case _:
            return None
