"""Sentences about the facts of a source: counts, figures, sequences, in the source's own words."""

from collections.abc import Sequence as Many

from regulars.conditions.lettering import (
    COMPARED,
    CURRENCY,
    amount,
    article,
    days_words,
    hours_words,
    named,
    number,
    quoted,
    times,
    value_words,
    values_words,
)
from regulars.conditions.nodes import Filter, Measured, NotFollowed, Sequence, Step
from regulars.conditions.source import SOURCES, Source
from regulars.conditions.window_words import window_words
from regulars.conditions.windows import Ever

TESTS = {
    "equals": "is",
    "differs": "is not",
    "at_least": "is at least",
    "at_most": "is at most",
    "more_than": "is more than",
    "less_than": "is less than",
    "contains": "contains",
    "starts_with": "starts with",
}
EXTREMES = {"sum": "a total", "minimum": "a lowest", "maximum": "a highest", "average": "an average"}
EVENT = "event"
# How facts of a fixed name read, of what they are about: a transfer of points called spend is "spent points".
DEEDS = {
    "earn": "earned {}",
    "spend": "spent {}",
    "repay": "repaid {}",
    "adjust": "had {} adjusted",
    "expire": "had {} expire",
    "activate": "had {} become active",
    "reversal": "had {} taken back",
    "merge": "had {} merged",
    "split": "had {} split off",
}
# The same with an article, of what came back of a message: "opened a message".
ANSWERS = {
    "delivered": "was delivered {}",
    "deferred": "had {} put off by their mailbox",
    "bounced": "had {} come back",
    "complained": "called {} spam",
    "opened": "opened {}",
    "clicked": "clicked {}",
    "viewed": "looked at {} as a page",
    "unsubscribed": "unsubscribed by {}",
    "replied": "answered {}",
    "machine_opened": "had {} opened by a machine",
    "machine_clicked": "had {} clicked by a machine",
    "machine_viewed": "had {} looked at by a machine",
    "machine_replied": "had {} answered by a machine",
}


def measured_words(node: Measured) -> str:
    """
    >>> measured_words(Measured(of="event", name="Product Viewed", value=3))
    'did “Product Viewed” at least 3 times'
    """
    source, facts = source_of(node.of), _Facts(node)
    match node.figure:
        case "count":
            return _counted(node, source, facts)
        case "days_since_first" | "days_since_last":
            return _since(node, source, facts)
        case "distinct":
            title = _title(source, node.property)
            different = f"{COMPARED[node.comparison]} {number(node.value)} different values of {title}"
            return f"has {different} over {_plural(source, node.name)}{facts.around}"
        case "sum" if steady(source):
            title = _title(source, node.property)
            return f"has {_compared(node, facts)} {title}{_of(source, node.name)}{facts.around}"
        case _:
            figure = f"{EXTREMES[node.figure]} {_title(source, node.property)} of {_compared(node, facts)}"
            return f"has {figure} over {_plural(source, node.name)}{facts.around}"


def never_words(node: Measured) -> str:
    """That none of what is counted is there."""
    source, facts = source_of(node.of), _Facts(node)
    verb, _, rest = source.verb.partition(" ")
    if verb == "is":
        return f"is not {rest} {_thing(source, node.name, counted=False)}".replace("  ", " ") + facts.around
    if verb == "has":
        return f"has no {_thing(source, node.name, counted=False)}{facts.around}"
    return f"never {_did(source, node.name)}{facts.around}"


def sequence_words(node: Sequence) -> str:
    first, *others = node.steps
    said = [_step(first)]
    for before, step in zip(node.steps, others, strict=False):
        is_alike = step.of == before.of and _deed(source_of(step.of), step.name) is None
        said.append(_noun(step) if is_alike else _step(step))
    within = f"{' each' if len(others) > 1 else ''} within {hours_words(node.within_hours)}"
    return " and then ".join(said) + within + _beginning(node)


def not_followed_words(node: NotFollowed) -> str:
    within = f"within {hours_words(node.within_hours)} after it"
    return f"{_step(node.first)} and no {_noun(node.then, counted=False)} {within}{_beginning(node)}"


def steady(source: Source) -> bool:
    """Whether its facts are what somebody has, rather than what somebody did."""
    return not source.has_moment or source.ahead


def source_of(name: str) -> Source:
    """A source that is not known any more is called by its name."""
    return SOURCES.get(name) or Source(
        name=name, title=name, rows="", by_atom=False, has_name=True, one=name, has_told=True
    )


class _Facts:
    """What is asked of the facts beside their figure: filters and window."""

    def __init__(self, node: Measured) -> None:
        source = source_of(node.of)
        self.currency = _currency(source, node.property, node.where)
        self.around = _where(source, node.where, self.currency, window_words(node.window))
        self.is_long = bool(node.where) or not isinstance(node.window, Ever)


def _counted(node: Measured, source: Source, facts: _Facts) -> str:
    if node.value == 0 and node.comparison in ("at_most", "exactly"):
        return never_words(node)
    if node.value == 1 and node.comparison == "at_least":
        return f"{_did(source, node.name)}{facts.around}"
    is_event = source.name == EVENT or _deed(source, node.name) is not None
    if is_event or (node.name and not source.names):
        often = f"{COMPARED[node.comparison]} {times(node.value)}"
        return f"{_did(source, node.name)} {often}{facts.around}"
    several = source.title if node.value != 1 else source.one or source.title
    many = f"{COMPARED[node.comparison]} {number(node.value)} {several}{_state(source, node.name)}"
    return f"{source.verb} {many}{facts.around}"


def _since(node: Measured, source: Source, facts: _Facts) -> str:
    which = "first" if node.figure == "days_since_first" else "last"
    ago = f"{COMPARED[node.comparison]} {days_words(node.value)} ago"
    comma = "," if facts.is_long else ""
    return f"{which} {_did(source, node.name)}{facts.around}{comma} {ago}"


def _compared(node: Measured, facts: _Facts) -> str:
    column = source_of(node.of).columns.get(node.property)
    is_amount = column is not None and column.type == "minor"
    value = amount(node.value, facts.currency) if is_amount else number(node.value)
    return f"{COMPARED[node.comparison]} {value}"


def _did(source: Source, name: str) -> str:
    """That one of the facts was: placed an order, did anything, spent points."""
    return _deed(source, name) or f"{source.verb} {_thing(source, name)}"


def _deed(source: Source, name: str) -> str | None:
    """Where the name itself says what was done."""
    if name not in source.names:
        return None
    one = source.one or source.title
    if name in DEEDS:
        return DEEDS[name].format(one.rpartition(" of ")[2])
    if name in ANSWERS:
        return ANSWERS[name].format(article(one))
    if source.verb == "was in":
        return f"was{_state(source, name)} in {article(one)}"
    return None


def _thing(source: Source, name: str, *, counted: bool = True) -> str:
    """One of the facts: an order, a message sent, “Product Viewed”."""
    one = source.one or source.title
    if name and not source.names:
        return quoted(name) if source.name == EVENT else f"{one} {quoted(name)}"
    if source.name == EVENT and counted:
        return "anything"
    return (article(one) if counted else one) + _state(source, name)


def _plural(source: Source, name: str) -> str:
    if name and not source.names:
        return _thing(source, name)
    if name in DEEDS and name in source.names:
        return f"{source.title} ({name})"
    return source.title + _state(source, name)


def _state(source: Source, name: str) -> str:
    return f" {name.replace('_', ' ')}" if name and source.names else ""


def _of(source: Source, name: str) -> str:
    return f" of {_thing(source, name, counted=False)}" if name else ""


def _step(step: Step) -> str:
    deed = _deed(source_of(step.of), step.name)
    return f"{deed}{_asked(step)}" if deed else f"{source_of(step.of).verb} {_noun(step)}"


def _noun(step: Step, *, counted: bool = True) -> str:
    return _thing(source_of(step.of), step.name, counted=counted) + _asked(step)


def _asked(step: Step) -> str:
    source = source_of(step.of)
    asked = [_filter(source, one, _currency(source, "", step.where)) for one in step.where]
    return f" ({' and '.join(asked)})" if asked else ""


def _beginning(node: Sequence | NotFollowed) -> str:
    window = window_words(node.window)
    return f", beginning{window}" if window else ""


def _where(source: Source, filters: Many[Filter], currency: str | None, window: str) -> str:
    """What columns hold follows the noun, what was told follows the window."""
    kept = [one for one in filters if currency is None or not _names_currency(one, currency)]
    whose = [_filter(source, one, currency) for one in kept if one.property in source.columns]
    where = [_filter(source, one, currency) for one in kept if one.property not in source.columns]
    first = f" whose {' and whose '.join(whose)}" if whose else ""
    return f"{first}{window}" + (f" where {' and '.join(where)}" if where else "")


def _filter(source: Source, one: Filter, currency: str | None) -> str:
    title = _title(source, one.property)
    if one.test in ("exists", "missing"):
        return f"{title} is {'known' if one.test == 'exists' else 'missing'}"
    column = source.columns.get(one.property)
    if column is not None and column.type == "minor":
        asked = [amount(float(value), currency) for value in one.values or (one.value,) if value is not None]
    else:
        asked = [values_words(one.values)] if one.values else [value_words(one.value or "")]
        asked = [value_words(one.value)] if one.value is not None else asked
    told = ", ".join(asked)
    if one.test in ("one_of", "none_of"):
        return f"{title} is {'one' if one.test == 'one_of' else 'none'} of {told}"
    return f"{title} {TESTS[one.test]} {told}"


def _title(source: Source, name: str) -> str:
    column = source.columns.get(name)
    return column.title if column is not None else named(name)


def _currency(source: Source, of: str, filters: Many[Filter]) -> str | None:
    """The currency that amounts are shown in: that of the filters, if an amount is compared at all."""
    compared = [of, *(one.property for one in filters)]
    columns = [source.columns[name] for name in compared if name in source.columns]
    if not any(column.type == "minor" for column in columns):
        return None
    found = {str(one.value) for one in filters if one.property == "currency" and one.test == "equals"}
    only = found.pop() if len(found) == 1 else ""
    return only if CURRENCY.fullmatch(only) else None


def _names_currency(one: Filter, currency: str) -> bool:
    return one.property == "currency" and one.test == "equals" and one.value == currency
