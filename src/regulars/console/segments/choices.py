"""What the fields of a row can be chosen from, in the words of a sentence."""

from regulars.console.segments.fields import Option


def options(**titles: str) -> tuple[Option, ...]:
    return tuple(Option(value=value, title=title) for value, title in titles.items())


COMPARED = options(at_least="at least", at_most="at most", exactly="exactly")
COMPARED_NUMBERS = (*COMPARED, *options(more_than="more than", less_than="less than"))
AGO = options(at_least="at least", less_than="less than")
FIGURES = options(
    count="this many times:",
    sum="with the sum of",
    minimum="with the smallest",
    maximum="with the largest",
    average="with the average of",
    distinct="with this many different",
    days_since_first="with days since the first:",
    days_since_last="with days since the last:",
)
TESTS = options(
    equals="is",
    differs="is not",
    one_of="is one of",
    none_of="is none of",
    at_least="is at least",
    at_most="is at most",
    more_than="is more than",
    less_than="is less than",
    contains="contains",
    starts_with="begins with",
    exists="is there",
    missing="is missing",
)
WISHES = options(
    no_profiling="objects to profiling",
    restriction="restricted the use of their data",
    pause="asked for a pause",
    less_often="wants to hear less often",
)
WINDOWS = options(
    ever="ever",
    last="in the last",
    last_hours="in the last hours:",
    between="between",
    calendar="in the calendar",
    dates="on days from",
    since="since the date in",
)
AHEAD = options(ahead="in the next")
DATES = options(
    in_last="lies in the last",
    in_next="lies in the next",
    more_than_ago="lies further back than",
    more_than_ahead="lies further ahead than",
    before="lies before",
    on="is",
    after="lies after",
)
ONE_DATE = ("before", "on", "after")
