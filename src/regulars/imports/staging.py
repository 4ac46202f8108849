"""A file's rows made into what will be written: checked, typed, one row for each event or thing, in one pass.

The result is a file beside the rows, made anew whenever mapping or cut-over change: equal inputs give equal
results, so that a run that was killed goes on where it stood. What is wrong with rows stands in another file.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

import msgspec

from regulars.imports import duck
from regulars.imports.cells import Cell, Reading, cell, constant, instant, trimmed
from regulars.imports.duck import Duck
from regulars.imports.layout import Layout
from regulars.imports.mapping import MappingBody
from regulars.imports.target import Type, target_of

FREE: dict[str, Type] = {
    "number": "number",
    "boolean": "boolean",
    "json": "json",
    "date": "date",
    "instant": "instant",
}
ROW_GROUP = 20_000
FUTURE_DAYS = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What a run knows besides file and mapping."""

    import_id: int
    at: datetime  # When what has no instant of its own is said to have happened.
    cut_over: datetime  # What occurred before it is history.

    def moment(self, at: datetime) -> str:
        plain = at.astimezone(UTC).replace(tzinfo=None)
        return f"timestamp '{plain.isoformat(sep=' ', timespec='milliseconds')}'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """Two files: what will be written, `row` first; and bad rows, as row and codes."""

    units: Path
    bad: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of the thing: its cell, and where the cell came from."""

    name: str
    column: str  # The file's column, or empty for a constant.
    place: int  # Of the column; -1 for a constant.
    cell: Cell
    reading: Reading


def fields_of(body: MappingBody, layout: Layout) -> list[Field]:
    """Every field that a column or a constant gives."""
    found = []
    for column, name in body.columns.items():
        reading = reading_of(body, layout, column, name)
        place = layout.place(column)
        found.append(
            Field(name=name, column=column, place=place, cell=cell(f"t{place}", reading), reading=reading)
        )
    for name, value in body.constants.items():
        target = target_of(body.what, name)
        reading = Reading(type=target.type if target else "text", zone=body.zone, decimal=".")
        found.append(
            Field(name=name, column="", place=-1, cell=cell(constant(value), reading), reading=reading)
        )
    return found


def reading_of(body: MappingBody, layout: Layout, column: str, name: str) -> Reading:
    target = target_of(body.what, name)
    assert target is not None
    known = layout.columns[layout.place(column)]
    kind: Type = target.type
    form = body.dates.get(column, "")
    lenient = False
    if target.type == "text":
        chosen = body.types.get(column)
        kind = chosen or "text"
        if chosen is None and name.startswith(("traits.", "properties.")) and target.text == "":
            free = name not in STANDARD
            kind = FREE.get(known.guess, "text") if free else "text"
            lenient = kind != "text"
    if kind == "text" and column in body.lists:
        kind = "list"
    if kind == "date" and form.startswith("unix"):
        kind = "instant"
    return Reading(
        type=kind,
        format=form,
        separator=body.lists.get(column, ""),
        lenient=lenient,
        zone=body.zone,
        decimal=body.decimal,
    )


# Traits that are text whatever their values look like: a postal code is no number.
STANDARD = frozenset(
    f"traits.{name}"
    for name in (
        "first_name",
        "last_name",
        "name",
        "gender",
        "title",
        "company",
        "language",
        "zone",
        "address.street",
        "address.street2",
        "address.city",
        "address.state",
        "address.postal_code",
        "address.country",
    )
)


def stamp(body: MappingBody, occasion: Occasion) -> str:
    """Names what was made from this mapping at this occasion."""
    told = msgspec.json.encode(body) + f"{occasion.at.isoformat()} {occasion.cut_over.isoformat()}".encode()
    return hashlib.sha256(told).hexdigest()[:12]


def cells_select(rows: str, fields: Iterable[Field], extra: str = "") -> str:
    """The rows with each used column trimmed, as t<place>; `rows` is the SQL of the relation."""
    places = sorted({field.place for field in fields if field.place >= 0})
    texts = "".join(f", {trimmed(f'c{place}')} as t{place}" for place in places)
    return f"select row, replace(problem, '|', '¦') as shape{extra}{texts} from {rows}"


def problems(fields: Iterable[Field], further: Iterable[str] = ()) -> str:
    """SQL of everything that is wrong with a row: code and column, parted by bars; null when nothing is."""
    each = [f"({one.cell.problem}) || ':{one.place}'" for one in fields if one.cell.problem]
    parts = ["shape", *each, *further]
    return f"nullif(concat_ws('|', {', '.join(parts)}), '')"


class Row:
    """SQL of what several things need of a row's fields."""

    def __init__(self, fields: list[Field], occasion: Occasion) -> None:
        self.fields = fields
        self.by_name = {field.name: field for field in fields}
        self.occasion = occasion

    def text(self, name: str) -> str:
        """The trimmed text, null when there is none."""
        field = self.by_name.get(name)
        return field.cell.text if field else "null::varchar"

    def json(self, name: str) -> str:
        """The value as JSON text, null when there is none."""
        field = self.by_name.get(name)
        return field.cell.json if field else "null::varchar"

    def missing(self, name: str) -> str:
        field = self.by_name.get(name)
        place = field.place if field else -1
        return f"case when shape is null and {self.text(name)} is null then 'missing:{place}' end"

    def nobody(self) -> str:
        unknown = f"{self.user_id} is null and {self.anonymous_id} is null"
        return f"case when shape is null and {unknown} then 'nobody:-1' end"

    @property
    def user_id(self) -> str:
        return self.text("user_id")

    @property
    def anonymous_id(self) -> str:
        """The one given, else one made from address or number, the same in every file."""
        made = (
            f"coalesce('email:' || lower({self.text('email')}), "
            f"'phone:' || regexp_replace({self.text('phone')}, '[^0-9]', '', 'g'))"
        )
        given = self.text("anonymous_id")
        return f"coalesce({given}, case when {self.user_id} is null then {made} end)"

    def at(self, name: str = "occurred_at") -> str:
        field = self.by_name.get(name)
        return instant(field.cell.text, field.reading) if field else "null::timestamp"

    def future(self, name: str = "occurred_at") -> str:
        field = self.by_name.get(name)
        if field is None:
            return "null"
        latest = f"{self.occasion.moment(self.occasion.at)} + interval {FUTURE_DAYS} day"
        return f"case when {self.at(name)} > {latest} then 'future:{field.place}' end"

    def history(self, at: str) -> str:
        """What has no instant of its own is history: nobody knows when it became true."""
        return f"coalesce({at} < {self.occasion.moment(self.occasion.cut_over)}, true)"

    def occurred(self, at: str) -> str:
        return f"strftime(coalesce({at}, {self.occasion.moment(self.occasion.at)}), '%Y-%m-%dT%H:%M:%S.%gZ')"

    def under(self, *prefixes: str) -> dict[str, str]:
        """Path and JSON of all fields whose names begin so."""
        return {
            field.name.removeprefix(prefix): field.cell.json
            for prefix in prefixes
            for field in self.fields
            if field.name.startswith(prefix)
        }

    @property
    def known_by(self) -> str:
        """Context of an event that is no identify: by which address and number its customer is known, too."""
        ids = [
            f"case when {self.text(name)} is not null then "
            f'\'{{"type":"{name}","collection":"users","id":\' || ({self.json(name)}) || \'}}\' end'
            for name in ("email", "phone")
            if name in self.by_name
        ]
        if not ids:
            return "null::varchar"
        joined = f"nullif(concat_ws(',', {', '.join(ids)}), '')"
        return f"'{{\"externalIds\":[' || {joined} || ']}}'"


def write(db: Duck, checked: str, units: str, into: Staged) -> None:
    """The select of checked rows goes into a table once, both files are made from it."""
    db.execute(f"create or replace temp table checked as {checked}")
    for select, file in (
        (f"{units} order by row, part", into.units),
        ("select row, problems from checked where problems is not null order by row", into.bad),
    ):
        fresh = file.with_suffix(f".{token_hex(4)}")
        db.execute(f"copy ({select}) to {duck.path(fresh)} (format parquet, row_group_size {ROW_GROUP})")
        fresh.chmod(0o600)
        fresh.rename(file)
    db.execute("drop table checked")
