"""What a filter asks of a fact, in SQL: of a column of its source, or of what was told with it."""

from dataclasses import dataclass
from datetime import date, timedelta

from regulars.conditions.dialect import Kind
from regulars.conditions.nodes import Filter, Scalar
from regulars.conditions.passes import FACT, Pass
from regulars.conditions.source import Column, Source, Type
from regulars.conditions.spans import day_start
from regulars.conditions.statement import Statement
from regulars.kernel import Invalid

SIGNS = {"at_least": ">=", "at_most": "<=", "more_than": ">", "less_than": "<"}
KINDS: dict[Type, Kind] = {"text": "text", "number": "number", "minor": "number", "boolean": "boolean"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a property stands: in a column, or in JSON that is taken out once for all who ask."""

    text: str
    column: Column | None


def place_of(statement: Statement, source: Source, name: str, facts: Pass | None = None) -> Place:
    statement.use(source, name if name in source.columns else "told")
    if name in source.columns:
        text = facts.column(name) if facts else f'{FACT}."{name}"'
        return Place(text=text, column=source.columns[name])
    if not source.has_told:
        known = ", ".join(source.columns) or "none"
        raise Invalid(f"{source.title.capitalize()} have no property {name!r}; they have {known}.")
    found = statement.dialect.found(statement.dialect.json(f"{FACT}.told"), name, statement.bind)
    return Place(text=facts.value(found) if facts else found, column=None)


def uses_told(source: Source, *names: str) -> bool:
    return any(name and name not in source.columns for name in names)


def fit(  # noqa: PLR0911 - one case a test
    statement: Statement, source: Source, asked: Filter, facts: Pass | None = None
) -> str:
    """Whether a fact fits; true or false, never null."""
    place = place_of(statement, source, asked.property, facts)
    match asked.test:
        case "exists":
            return _there(statement, place)
        case "missing":
            return f"not {_there(statement, place)}"
        case "equals":
            return f"coalesce({_equals(statement, place, (asked.value,))}, false)"
        case "differs":
            return f"not coalesce({_equals(statement, place, (asked.value,))}, false)"
        case "one_of":
            return f"coalesce({_equals(statement, place, asked.values)}, false)"
        case "none_of":
            return f"not coalesce({_equals(statement, place, asked.values)}, false)"
        case "contains":
            return f"coalesce({_contains(statement, place, asked.value)}, false)"
        case "starts_with":
            return f"coalesce({_begins(statement, place, asked.value)}, false)"
        case _:
            return f"coalesce({_compares(statement, place, SIGNS[asked.test], asked.value)}, false)"


def _there(statement: Statement, place: Place) -> str:
    return f"({place.text} is not null)" if place.column else statement.dialect.is_there(place.text)


def _kind_of(value: Scalar | None) -> Kind | None:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "text"
    return None if value is None else "number"


def _equals(statement: Statement, place: Place, values: tuple[Scalar | None, ...]) -> str:
    known = [one for one in values if one is not None]
    if place.column is None:
        return statement.dialect.equals(place.text, known, statement.bind)
    kind = KINDS.get(place.column.type)
    fitting = [one for one in known if kind is not None and _kind_of(one) == kind]
    if kind is None or not fitting:
        return "false"
    return statement.dialect.among(_as(statement, place), fitting, kind, statement.bind)


def _as(statement: Statement, place: Place) -> str:
    """A column as what it is compared as: every number as a double."""
    if place.column and place.column.type in ("number", "minor"):
        return f"cast({place.text} as {statement.dialect.types['number']})"
    return place.text


def _text(statement: Statement, place: Place) -> str | None:
    if place.column is None:
        return statement.dialect.text_of(place.text)
    return place.text if place.column.type == "text" else None


def _contains(statement: Statement, place: Place, value: Scalar | None) -> str:
    found = []
    text = _text(statement, place)
    if isinstance(value, str) and text is not None:
        found.append(statement.dialect.contains(text, statement.bind(value, "text")))
    if place.column is None and value is not None:
        found.append(statement.dialect.has(place.text, [value], statement.bind))
    return f"({' or '.join(f'coalesce({one}, false)' for one in found)})" if found else "false"


def _begins(statement: Statement, place: Place, value: Scalar | None) -> str:
    text = _text(statement, place)
    if not isinstance(value, str) or text is None:
        return "false"
    return statement.dialect.begins(text, statement.bind(value, "text"))


def _compares(statement: Statement, place: Place, sign: str, value: Scalar | None) -> str:
    kind = _kind_of(value)
    if place.column and place.column.type == "instant":
        return _compares_day(statement, place, sign, value)
    if kind == "number" and (place.column is None or place.column.type in ("number", "minor")):
        number = _as(statement, place) if place.column else statement.dialect.number_of(place.text)
        return f"{number} {sign} {statement.bind(value, 'number')}"
    text = _text(statement, place)
    if kind == "text" and text is not None:
        return f"{statement.dialect.by_code_points(text)} {sign} {statement.bind(value, 'text')}"
    return "false"


def _compares_day(statement: Statement, place: Place, sign: str, value: Scalar | None) -> str:
    """A moment against a local day: after it is from the end of the day, at most it until then."""
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        day = None
    if day is None:
        return "false"
    if sign in (">", "<="):
        day += timedelta(days=1)
    start = statement.bind(day_start(day, statement.zone), "instant")
    return f"{place.text} {'>=' if sign in ('>', '>=') else '<'} {start}"
