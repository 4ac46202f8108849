"""Any condition as a plain sentence, the same in builder, list, API and file."""

from regulars.conditions.nodes import (
    All,
    Any,
    Comparison,
    Condition,
    Consented,
    DaysSinceFirstOrder,
    DaysSinceLastOrder,
    Not,
    OrderCount,
    OrderSum,
    Returned,
    Scalar,
    TraitEquals,
    TraitExists,
    TraitIn,
    Wish,
    Wished,
)
from regulars.conditions.windows import Between, Ever, Last, Window
from regulars.kernel import Money

WISHES: dict[Wish, str] = {
    "no_profiling": "objects to profiling",
    "restriction": "restricted the use of their data",
    "pause": "asked for a pause",
    "less_often": "wants to hear less often",
}
COMPARED: dict[Comparison, str] = {"at_least": "at least", "at_most": "at most", "exactly": "exactly"}


def sentence(condition: Condition) -> str:  # noqa: C901, PLR0911, PLR0912 - one case a node
    """What is asked of a customer, in words.

    >>> sentence(OrderCount(comparison="at_least", number=2, window=Last(days=90)))
    'bought at least 2 times in the last 90 days'
    """
    match condition:
        case OrderCount():
            return _count(condition)
        case OrderSum():
            amount = Money(condition.minor, condition.currency).format()
            return f"spent {COMPARED[condition.comparison]} {amount}{_window(condition.window)}"
        case DaysSinceLastOrder(comparison=comparison, days=days):
            ago = "at least" if comparison == "at_least" else "less than"
            return f"last bought {ago} {_days(days)} ago"
        case DaysSinceFirstOrder(comparison=comparison, days=days):
            ago = "at least" if comparison == "at_least" else "less than"
            return f"first bought {ago} {_days(days)} ago"
        case Returned(within_days=within, after_days=after):
            return f"came back in the last {_days(within)} after at least {_days(after)} without buying"
        case TraitExists(trait=trait):
            return f"has a {trait}"
        case TraitEquals(trait=trait, value=value):
            return f"{trait} is {_value(value)}"
        case TraitIn(trait=trait, values=values):
            return f"{trait} is one of {', '.join(_value(value) for value in values)}"
        case Consented(channel=channel, topic=topic, given=given):
            about = f" about {topic}" if topic else ""
            return f"{'agreed to' if given else 'withdrew'} {channel}{about}"
        case Wished(wish=wish):
            return WISHES[wish]
        case All(conditions=()):
            return "everybody"
        case All(conditions=inner):
            return " and ".join(_inside(one) for one in inner)
        case Any(conditions=inner):
            return " or ".join(_inside(one) for one in inner)
        case Not(condition=inner_one):
            return _negated(inner_one)
        case _:
            return str(condition.__struct_config__.tag).replace("_", " ")


def _count(node: OrderCount) -> str:
    if node.number == 0 and node.comparison in ("at_most", "exactly"):
        return "never bought" if isinstance(node.window, Ever) else f"did not buy{_window(node.window)}"
    if node.number == 1 and node.comparison == "at_least":
        return f"bought{_window(node.window) or ' at least once'}"
    times = "once" if node.number == 1 else f"{node.number} times"
    return f"bought {COMPARED[node.comparison]} {times}{_window(node.window)}"


def _window(window: Window) -> str:
    match window:
        case Ever():
            return ""
        case Last(days=days):
            return f" in the last {_days(days)}"
        case Between(near=near, far=far):
            return f" between {near} and {_days(far)} ago"
        case _:
            return f" ({window.__struct_config__.tag})"


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def _value(value: Scalar) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"“{value}”" if isinstance(value, str) else f"{value:,}"


def _inside(condition: Condition) -> str:
    several = isinstance(condition, All | Any) and len(condition.conditions) > 1
    return f"({sentence(condition)})" if several else sentence(condition)


def _negated(condition: Condition) -> str:
    if isinstance(condition, TraitExists):
        return f"has no {condition.trait}"
    return f"not ({sentence(condition)})"
