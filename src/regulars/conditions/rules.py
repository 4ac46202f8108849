"""What a field of a condition may hold: rules that find errors and say themselves as JSON Schema."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any as Anything
from typing import Protocol, TypeGuard

from regulars.kernel import Finding

TEXT_MAX = 500
VALUES_MAX = 1000
NUMBER_MAX = 10**15
SHOWN_MAX = 60
DAY = re.compile(r"(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", re.ASCII)
CURRENCY = re.compile("[A-Z]{3}", re.ASCII)
# No NUL; half of a surrogate, which cannot be stored either, is in no JSON document.
SIGNS = "^[^\\u0000]*$"

Schema = dict[str, Anything]


def finding(path: str, code: str, message: str) -> Finding:
    return Finding(path=path, code=f"conditions.{code}", message=message)


def at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def shown(value: object) -> str:
    """What was found, short, however large or deep it is."""
    if value is None:
        return "nothing"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, int) and abs(value) > NUMBER_MAX:
        return "a number of many digits"
    text = repr(value[:SHOWN_MAX] if isinstance(value, str) else value)
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}…"


class Rule(Protocol):
    def problems(self, value: object, path: str) -> list[Finding]: ...

    def schema(self) -> Schema: ...


@dataclass(frozen=True, slots=True)
class Whole:
    least: int
    most: int

    def problems(self, value: object, path: str) -> list[Finding]:
        if isinstance(value, int) and not isinstance(value, bool) and self.least <= value <= self.most:
            return []
        wanted = f"A whole number from {self.least} to {self.most} is wanted"
        return [finding(path, "number", f"{wanted}; found {shown(value)}.")]

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True, slots=True)
class Number:
    """With a fraction or without."""

    least: int = -NUMBER_MAX
    most: int = NUMBER_MAX
    above: bool = False  # Above the least, not at it.

    def problems(self, value: object, path: str) -> list[Finding]:
        if is_number(value) and self.least <= value <= self.most and not (self.above and value == self.least):
            return []
        wanted = (
            f"A number {'above' if self.above else 'from'} {self.least} {'and up ' if self.above else ''}"
        )
        return [finding(path, "number", f"{wanted}to {self.most} is wanted; found {shown(value)}.")]

    def schema(self) -> Schema:
        low = "exclusiveMinimum" if self.above else "minimum"
        return {"type": "number", low: self.least, "maximum": self.most}


@dataclass(frozen=True, slots=True)
class Text:
    most: int = TEXT_MAX
    may_be_empty: bool = False

    def problems(self, value: object, path: str) -> list[Finding]:
        least = 0 if self.may_be_empty else 1
        if not isinstance(value, str) or not least <= len(value) <= self.most:
            wanted = f"A text of {least} to {self.most} signs is wanted"
            return [finding(path, "text", f"{wanted}; found {shown(value)}.")]
        return unstorable(value, path)

    def schema(self) -> Schema:
        least = {} if self.may_be_empty else {"minLength": 1}
        return {"type": "string", **least, "maxLength": self.most, "pattern": SIGNS}


@dataclass(frozen=True, slots=True)
class OneOf:
    allowed: Callable[[], tuple[str, ...]]  # Asked late: rooms register more.

    def problems(self, value: object, path: str) -> list[Finding]:
        allowed = self.allowed()
        if isinstance(value, str) and value in allowed:
            return []
        return [finding(path, "unknown", f"Found {shown(value)}; write one of {', '.join(allowed)}.")]

    def schema(self) -> Schema:
        return {"enum": list(self.allowed())}


@dataclass(frozen=True, slots=True)
class Flag:
    def problems(self, value: object, path: str) -> list[Finding]:
        if isinstance(value, bool):
            return []
        return [finding(path, "value", f"Write true or false; found {shown(value)}.")]

    def schema(self) -> Schema:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Value:
    """A text, a number, true or false; where nothing may be given, null too."""

    may_be_nothing: bool = False

    def problems(self, value: object, path: str) -> list[Finding]:
        if value is None and self.may_be_nothing:
            return []
        if isinstance(value, str):
            return Text(may_be_empty=True).problems(value, path)
        if isinstance(value, bool) or is_number(value):
            return []
        wanted = f"A text, a number of at most {NUMBER_MAX}, true or false is wanted"
        return [finding(path, "value", f"{wanted}; found {shown(value)}.")]

    def schema(self) -> Schema:
        nothing: list[Schema] = [{"type": "null"}] if self.may_be_nothing else []
        return {"anyOf": [Text(may_be_empty=True).schema(), Number().schema(), {"type": "boolean"}, *nothing]}


@dataclass(frozen=True, slots=True)
class Many:
    """A list of so many of what another rule reads."""

    rule: Rule
    least: int = 1
    most: int = VALUES_MAX
    of: str = "values"

    def problems(self, value: object, path: str) -> list[Finding]:
        if not isinstance(value, list | tuple) or not self.least <= len(value) <= self.most:
            found = f"{len(value)} of them" if isinstance(value, list | tuple) else shown(value)
            bound = f"{self.least} to {self.most}" if self.most <= VALUES_MAX else f"at least {self.least}"
            wanted = f"A list of {bound} {self.of} is wanted"
            return [finding(path, self.of, f"{wanted}; found {found}.")]
        return [one for n, item in enumerate(value) for one in self.rule.problems(item, f"{path}[{n}]")]

    def schema(self) -> Schema:
        least = {"minItems": self.least} if self.least else {}
        return {"type": "array", "items": self.rule.schema(), **least, "maxItems": self.most}


@dataclass(frozen=True, slots=True)
class Day:
    """A date as 2026-03-01; empty where that means none."""

    def problems(self, value: object, path: str) -> list[Finding]:
        if value == "" or (isinstance(value, str) and is_day(value)):
            return []
        return [finding(path, "date", f"Write a date of 1900 to 2199 as 2026-03-01; found {shown(value)}.")]

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^({DAY.pattern})?$"}


@dataclass(frozen=True, slots=True)
class Currency:
    def problems(self, value: object, path: str) -> list[Finding]:
        if isinstance(value, str) and CURRENCY.fullmatch(value):
            return []
        return [finding(path, "currency", f"Write three capital letters such as USD; found {shown(value)}.")]

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^{CURRENCY.pattern}$"}


@dataclass(frozen=True, slots=True)
class Path:
    """The name of a column or a property; points lead inside, as in product.category."""

    may_be_empty: bool = False

    def problems(self, value: object, path: str) -> list[Finding]:
        found = Text(may_be_empty=self.may_be_empty).problems(value, path)
        if not found and value != "" and "" in str(value).split("."):
            found = [finding(path, "property", f"A part between points is empty in {shown(value)}.")]
        return found

    def schema(self) -> Schema:
        part = "[^.\\u0000]+"
        whole = f"{part}(\\.{part})*"
        pattern = f"^({whole})?$" if self.may_be_empty else f"^{whole}$"
        return {"type": "string", "maxLength": TEXT_MAX, "pattern": pattern}


@dataclass(frozen=True, slots=True)
class Fields:
    """An object of known fields, some of which must be given."""

    fields: Mapping[str, Rule]
    required: frozenset[str] = frozenset()
    called: str = "An object"

    def problems(self, value: object, path: str) -> list[Finding]:
        if not isinstance(value, dict):
            return [finding(path, "not_an_object", f"{self.called} is wanted; found {shown(value)}.")]
        found = unknown_fields(value, self.fields, path)
        found += [finding(at(path, name), "missing", "This must be given.")
                  for name in sorted(self.required - value.keys())]  # fmt: skip
        for name, rule in self.fields.items():
            if name in value:
                found += rule.problems(value[name], at(path, name))
        return found

    def schema(self) -> Schema:
        required = {"required": sorted(self.required)} if self.required else {}
        return {
            "type": "object",
            "properties": {name: rule.schema() for name, rule in self.fields.items()},
            **required,
            "additionalProperties": False,
        }


def unknown_fields(data: Mapping[object, object], known: Mapping[str, object], path: str) -> list[Finding]:
    return [
        finding(
            at(path, str(name)[:80]),
            "unknown_field",
            f"Not known here; known are {', '.join(sorted(known))}.",
        )
        for name in data
        if name not in known
    ]


def is_number(value: object) -> TypeGuard[int | float]:
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and -NUMBER_MAX <= value <= NUMBER_MAX
    )


def is_day(text: str) -> bool:
    if not DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def unstorable(text: str, path: str) -> list[Finding]:
    if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        message = "The text holds a sign that cannot be stored (NUL or half a surrogate)."
        return [finding(path, "text", message)]
    return []
