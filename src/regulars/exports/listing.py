"""A listing: something that is listed, with its columns, filters and rows, as it can become a file."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from psycopg.rows import tuple_row

from regulars.analytics import Lake
from regulars.db import Query, Tx
from regulars.kernel import Fault, Finding, Invalid, NotFound, Page, day_bounds, local_day

BATCH = 2_000
TEXT_SIGNS_MAX = 300
INTEGER_MAX = 2**63 - 1
DAYS_BACK = re.compile(r"-([0-9]{1,4})d")

ColumnType = Literal["text", "integer", "number", "amount", "flag", "instant", "day", "json", "id"]
FilterType = Literal["text", "integer", "instant", "flag"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    name: str
    type: ColumnType
    text: str = ""  # What it says, where its name does not.
    prefix: str = ""  # Of an id: how the public form begins.
    currency: str = ""  # Of an amount: the column that names its currency; the rows hold minor units.
    # The value for who may not see contact details; None where it holds none. One that is JSON is given with
    # the traits that are declared personal.
    conceal: Callable[..., Any] | None = None

    @property
    def title(self) -> str:
        named = self.name.removeprefix("trait:").replace("_", " ").replace(".", " ")
        return named[:1].upper() + named[1:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    name: str
    title: str
    type: FilterType = "text"
    choices: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is wanted of a listing, read and checked."""

    at: datetime  # By the business clock.
    zone: str
    contacts: bool = False
    personal: frozenset[str] = frozenset()  # Traits that are declared so, by path.
    columns: tuple[Column, ...] = ()
    filter: Mapping[str, Any] = field(default_factory=dict)  # Every filter's name; None does not matter.
    lake: Lake | None = None  # Where events stand that have left PostgreSQL.
    after: int | None = None  # Only rows whose key is greater …
    to: int | None = None  # … and not greater than this one.


Rows = Callable[[Tx, Asked], Iterator[Sequence[Sequence[Any]]]]


def no_more(_tx: Tx) -> tuple[Column, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    name: str  # As in "order-lines".
    title: str
    text: str
    permission: str  # To look at it at all.
    columns: tuple[Column, ...]
    rows: Rows  # In batches, each row with every column in its order.
    filters: tuple[Filter, ...] = ()
    masks: bool = False  # Whether its rows come masked already, besides what its columns conceal.
    personal: bool = True  # Of customers: it takes the permission to export them.
    # Columns that only the database knows of, such as traits.
    more: Callable[[Tx], tuple[Column, ...]] = no_more
    # Of a listing that can tell what is new: the greatest key there is, from which a next file goes on.
    top: Callable[[Tx], int] | None = None

    @property
    def has_contacts(self) -> bool:
        return self.masks or any(column.conceal is not None for column in self.columns)

    def known(self, tx: Tx) -> dict[str, Column]:
        return {column.name: column for column in (*self.columns, *self.more(tx))}

    def chosen(self, tx: Tx, names: Sequence[str]) -> tuple[Column, ...]:
        """The columns of these names in this order, or every one; raises Invalid for an unknown one."""
        known = self.known(tx)
        unknown = [name for name in names if name not in known]
        if unknown:
            told = f"{self.title} have no column {unknown[0][:80]!r}; there are: {', '.join(known)}."
            raise Invalid(told, [Finding(path="columns", code="exports.column", message=told)])
        return tuple(known[name] for name in dict.fromkeys(names)) or tuple(known.values())

    def read(self, given: Mapping[str, str], *, at: datetime, zone: str) -> dict[str, Any]:
        """The values of the filters; raises Invalid with what cannot be read."""
        known = {one.name: one for one in self.filters}
        found = [
            _wrong(
                name,
                f"{self.title} cannot be narrowed by {name[:80]!r}; by: {', '.join(known) or 'nothing'}.",
            )
            for name in given
            if name not in known
        ]
        values: dict[str, Any] = {}
        for one in self.filters:
            text = given.get(one.name, "").strip()
            try:
                values[one.name] = _value(one, text, at, zone)
            except ValueError as error:
                found.append(_wrong(one.name, str(error)))
        if found:
            raise Invalid(" ".join(one.message for one in found), found)
        return values


def _wrong(name: str, message: str) -> Finding:
    return Finding(path=f"filter.{name}", code="exports.filter", message=message)


def _value(one: Filter, text: str, at: datetime, zone: str) -> Any:
    if not text:
        if one.required:
            raise ValueError(f"Say which {one.title.lower()}.")
        return None
    if len(text) > TEXT_SIGNS_MAX or "\x00" in text or not text.encode(errors="ignore").decode() == text:
        raise ValueError(f"{one.title} takes at most {TEXT_SIGNS_MAX} signs of text.")
    if one.choices and text not in one.choices:
        raise ValueError(f"{one.title} is one of {', '.join(one.choices)}; {text!r} was found.")
    if one.type == "integer":
        if not text.removeprefix("-").isdecimal() or abs(int(text)) > INTEGER_MAX:
            raise ValueError(f"{one.title} is a whole number; {text!r} was found.")
        return int(text)
    if one.type == "flag":
        if text not in ("true", "false"):
            raise ValueError(f"{one.title} is true or false; {text!r} was found.")
        return text == "true"
    return instant(text, at, zone) if one.type == "instant" else text


def instant(text: str, at: datetime, zone: str) -> datetime:
    """A day of the workspace, an instant with its offset, or `-7d`: the day a week before the run."""
    if back := DAYS_BACK.fullmatch(text):
        return day_bounds(local_day(at, zone) - timedelta(days=int(back[1])), zone)[0]
    try:
        if len(text) == len("2026-03-01"):
            return day_bounds(date.fromisoformat(text), zone)[0]
        read = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        read = None
    if read is None or read.tzinfo is None:
        raise ValueError(f"Write a day as 2026-03-01, an instant with its offset, or -7d; found {text!r}.")
    return read.astimezone(UTC)


class Listings:
    """Every listing by its name; built once by the composition root."""

    def __init__(self, listings: Iterable[Listing]) -> None:
        self._known: dict[str, Listing] = {}
        for one in listings:
            if one.name in self._known:
                raise Fault(f"The listing {one.name!r} is registered twice; each name is given once.")
            self._known[one.name] = one

    def __iter__(self) -> Iterator[Listing]:
        return iter(self._known.values())

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def get(self, name: str) -> Listing:
        if name not in self._known:
            raise NotFound(f"Nothing is listed as {name[:80]!r}; there are: {', '.join(self._known)}.")
        return self._known[name]


def streamed(query: Query, *, more: Mapping[str, Any] | None = None) -> Rows:
    """The rows of a statement, through a cursor of the server: never all of them at once.

    Its parameters are the filters' names, `after` and `to`.
    """

    def rows(tx: Tx, asked: Asked) -> Iterator[Sequence[Sequence[Any]]]:
        params = {**asked.filter, "after": asked.after, "to": asked.to, **(more or {})}
        yield from fetched(tx, query, params)

    return rows


def fetched(tx: Tx, query: Query, params: Mapping[str, Any]) -> Iterator[Sequence[Sequence[Any]]]:
    tx.execute("set local cursor_tuple_fraction = 1")  # All rows are wanted, not the first of them soon.
    with tx.cursor(name="exported", row_factory=tuple_row) as cursor:
        cursor.itersize = BATCH
        cursor.execute(query, params)
        while batch := cursor.fetchmany(BATCH):
            yield batch


def walked(look: Callable[[Tx, Asked, str | None], Page[Any]], line: Callable[[Any], Sequence[Any]]) -> Rows:
    """The rows of a function that gives pages, one page after the other."""

    def rows(tx: Tx, asked: Asked) -> Iterator[Sequence[Sequence[Any]]]:
        cursor: str | None = None
        while True:
            found = look(tx, asked, cursor)
            if found.items:
                yield [line(one) for one in found.items]
            cursor = found.next
            if cursor is None:
                return

    return rows
