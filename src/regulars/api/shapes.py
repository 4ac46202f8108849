"""What requests and answers are made of: text, instants, money, pages."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from regulars import kernel
from regulars.kernel import public_id

T = TypeVar("T")
LIMIT_MAX = 200
CURSOR_SIGNS_MAX = 400
INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
WHOLE = re.compile(r"-?(0|[1-9]\d{0,17})", re.ASCII)
YEARS = range(1900, 2300)  # Beyond them, calendars and zones lose their meaning, and sums overflow.


def storable(text: str) -> str:
    """Refuse what the database cannot keep."""
    if "\x00" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise ValueError("The text holds a sign that cannot be stored (NUL or half of a pair); remove it.")
    return text


def storable_within(given: dict[str, Any]) -> dict[str, Any]:
    """The same of all that stands in some JSON, and of numbers that JSON does not have."""
    try:
        json.dumps(given, allow_nan=False)
    except ValueError:
        raise ValueError("The data holds NaN or a number too large to be kept; remove it.") from None
    for text in _texts(given):
        storable(text)
    return given


def _texts(given: object) -> Iterator[str]:
    if isinstance(given, str):
        yield given
    elif isinstance(given, dict):
        for name, inner in given.items():
            yield str(name)
            yield from _texts(inner)
    elif isinstance(given, list):
        for inner in given:
            yield from _texts(inner)


def _instant(given: object) -> datetime:
    if isinstance(given, datetime):
        return given
    if not isinstance(given, str) or not INSTANT.fullmatch(given):
        raise ValueError("Write an instant with its offset, as 2025-03-01T09:00:00Z.")
    read = datetime.fromisoformat(given.upper())
    if read.year not in YEARS:
        raise ValueError("Give a year from 1900 to 2299.")
    return read.astimezone(UTC)


def _day(given: object) -> date:
    if isinstance(given, date) and not isinstance(given, datetime):
        return given
    if not isinstance(given, str) or not DAY.fullmatch(given):
        raise ValueError("Write a day as 2025-03-01.")
    read = date.fromisoformat(given)
    if read.year not in YEARS:
        raise ValueError("Give a year from 1900 to 2299.")
    return read


def _flag(given: object) -> object:
    return {"true": True, "false": False}.get(given, given) if isinstance(given, str) else given


def _whole(given: object) -> object:
    """From an address: digits only, where the library would take 1.0 and 1_0 as well."""
    if isinstance(given, str) and not WHOLE.fullmatch(given):
        raise ValueError("Write a whole number.")
    return given


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    PlainSerializer(_utc, return_type=str),
    Field(examples=["2025-03-01T14:00:00Z"], json_schema_extra={"type": "string", "format": "date-time"}),
]
Day = Annotated[date, BeforeValidator(_day), Field(examples=["2025-03-01"])]
Flag = Annotated[bool, BeforeValidator(_flag, json_schema_input_type=bool)]
Number = Annotated[int, BeforeValidator(_whole, json_schema_input_type=int)]
Text = Annotated[str, AfterValidator(storable)]
Line = Annotated[str, AfterValidator(storable), Field(max_length=200)]
Json = Annotated[dict[str, Any], AfterValidator(storable_within)]
Note = Annotated[str, AfterValidator(storable), Field(max_length=2000)]
Scope = Annotated[str, AfterValidator(storable), Field(min_length=1, max_length=63, examples=["brand:north"])]


def id_type(prefix: str, what: str) -> Any:
    """Of a public id in an answer."""
    return Field(description=f"Public id of {what}.", examples=[public_id(prefix, 1000)])


def id_in_path(prefix: str, what: str) -> Any:
    return Path(description=f"Public id of {what}.", max_length=40, examples=[public_id(prefix, 1000)])


def key_in_path(what: str, example: str) -> Any:
    return Path(description=f"Key of {what}.", min_length=1, max_length=120, examples=[example])


CustomerId = Annotated[str, id_type("cus", "a customer")]
CustomerInPath = Annotated[str, id_in_path("cus", "the customer")]
ProgrammeInPath = Annotated[str, key_in_path("the programme", "points_club")]

Cursor = Annotated[
    str | None,
    Query(max_length=CURSOR_SIGNS_MAX, description="`next` of the page before; none for the first page."),
]
Limit = Annotated[
    Number, Query(ge=1, le=LIMIT_MAX, description="How many items a page holds.", examples=[50])
]


class Out(BaseModel):
    """Part of an answer; made from the rooms' values by their attributes."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class In(BaseModel):
    """Part of a request: no field unknown, no value of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Money(Out):
    minor: int = Field(description="In the currency's smallest unit.", examples=[1230])
    currency: str = Field(description="ISO 4217.", examples=["USD"])
    text: str = Field(examples=["12.30 USD"])


def money(minor: int, currency: str) -> Money:
    return Money(minor=minor, currency=currency, text=kernel.Money(minor, currency).format())


class Page(Out, Generic[T]):
    items: tuple[T, ...]
    next: str | None = Field(
        default=None, description="The cursor of the following page; null on the last.", examples=[None]
    )
