"""DuckDB in process, for everybody: over the files of the lake, what is not in them yet, and copies."""

from collections.abc import Mapping, Sequence
from typing import Any as Anything
from typing import ClassVar

from regulars.conditions.dialect import FARTHEST, Bind, Dialect, Kind


class DuckDB(Dialect):
    name = "duckdb"
    types: ClassVar[Mapping[Kind, str]] = {
        "text": "varchar",
        "number": "double",
        "bigint": "bigint",
        "instant": "timestamptz",
        "boolean": "boolean",
        "span": "interval",
        "ids": "bigint[]",
    }

    def bound(self, name: str, kind: Kind) -> str:
        return f"${name}::{self.types[kind]}"

    def inside(self, value: str, keys: Sequence[str], bind: Bind) -> str:
        """By a pointer, which would also go into lists by number: there an object is asked for first."""
        found = f"json_extract({value}, {bind(pointer(keys), 'text')})"
        for place, key in enumerate(keys):
            if place and key.isdecimal():
                outside = bind(pointer(keys[:place]), "text")
                found = f"case when json_type({value}, {outside}) = 'OBJECT' then {found} end"
        return found

    def is_there(self, value: str) -> str:
        return f"coalesce(json_type({value}) <> 'NULL', false)"

    def text_of(self, value: str) -> str:
        return f"case when json_type({value}) = 'VARCHAR' then json_extract_string({value}, '$') end"

    def number_of(self, value: str) -> str:
        written = f"cast({value} as varchar)"
        number = f"coalesce(try_cast({written} as double), try_cast({value} as double))"
        # What a number begins with stands between these signs, and nothing else does; that is quicker than to
        # read the value. Beyond what a text is read as, it is read as JSON.
        return (
            f"case when {written} >= '-' and {written} < ':' "
            f"then case when abs({number}) <= {FARTHEST} then {number} end end"
        )

    def boolean_of(self, value: str) -> str:
        return f"case cast({value} as varchar) when 'true' then true when 'false' then false end"

    def equals(self, value: str, wanted: Sequence[Anything], bind: Bind) -> str:
        """Texts are compared as JSON is written, by who writes both."""
        texts = [one for one in wanted if isinstance(one, str)]
        others = [one for one in wanted if not isinstance(one, str)]
        found = []
        if texts:
            written = ", ".join(f"cast(to_json({bind(one, 'text')}) as varchar)" for one in texts)
            found.append(f"cast({value} as varchar) in ({written})")
        if others:
            found.append(super().equals(value, others, bind))
        return f"({' or '.join(found)})" if found else "false"

    def as_key(self, value: str) -> str:
        written = f"cast({value} as varchar)"
        # A text begins with its quote, which stands before all else.
        return (
            f"case when {written} < '#' then {written} "
            f"when {written} < ':' then cast({self.number_of(value)} + 0.0 as varchar) "
            f"when {written} in ('true', 'false') then {written} end"
        )

    def has(self, value: str, wanted: Sequence[Anything], bind: Bind) -> str:
        fits = self.equals("element", wanted, bind)
        return (
            f"case when json_type({value}) = 'ARRAY' then len(list_filter("
            f"try_cast(json_extract({value}, '$') as json[]), "
            f"lambda element: coalesce({fits}, false))) > 0 end"
        )

    def ends(self, text: str, part: str) -> str:
        return f"ends_with({text}, {part})"

    def fits(self, text: str, pattern: str) -> str:
        return f"regexp_full_match({text}, '{pattern}')"

    def micros(self, moment: str) -> str:
        return f"epoch_us({moment})"

    def moment(self, micros: str) -> str:
        return f"make_timestamptz(cast({micros} as bigint))"

    def moment_of(self, text: str) -> str:
        return f"try_cast({text} as timestamptz)"

    def day_start(self, text: str, zone: str) -> str:
        start = f"timezone({zone}, try_cast({text} as timestamp))"
        hour = "interval '1 hour'"
        # Where a midnight comes twice, the first.
        return (
            f"case when timezone({zone}, {start} - {hour}) >= try_cast({text} as timestamp) "
            f"then {start} - {hour} else {start} end"
        )

    def local_day(self, moment: str, zone: str) -> str:
        return f"strftime(timezone({zone}, {moment}), '%Y-%m-%d')"

    def median(self, value: str) -> str:
        return f"median({value})"

    def latest(self, moment: str, only: str, place: str) -> str:
        return f"(max({moment}, {place}){only})[{place}]"

    def rounded(self, value: str) -> str:
        return f"round({value}, 6)"

    def bucket(self, salt: str) -> str:
        digest = f"substr(md5({salt} || ':' || cast(customer.customer_id as varchar)), 1, 8)"
        return f"mod(cast('0x' || {digest} as bigint), 10000)"

    def as_json(self, value: str) -> str:
        return f"to_json({value})"


def pointer(keys: Sequence[str]) -> str:
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in keys)
