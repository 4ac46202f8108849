"""PostgreSQL 15 and newer: for one customer, a few, or everybody."""

import json
from collections.abc import Mapping, Sequence
from typing import Any as Anything
from typing import ClassVar

from regulars.conditions.dialect import FARTHEST, Bind, Dialect, Kind
from regulars.conditions.source import Source

# Nearer to zero a cast to a double would refuse what jsonb has.
SMALLEST = "2.2250738585072014e-308"


class PostgreSQL(Dialect):
    name = "postgresql"
    types: ClassVar[Mapping[Kind, str]] = {
        "text": "text",
        "number": "float8",
        "bigint": "bigint",
        "instant": "timestamptz",
        "boolean": "boolean",
        "span": "interval",
        "texts": "text[]",
        "numbers": "float8[]",
        "booleans": "boolean[]",
        "ids": "bigint[]",
        "json": "jsonb",
    }
    counts_ever = True
    groups_first_by_profile = False
    by_look_back = False
    reads_once = True

    def bound(self, name: str, kind: Kind) -> str:
        return f"%({name})s::{self.types[kind]}"

    def among(self, value: str, values: Sequence[Anything], kind: Kind, bind: Bind) -> str:
        if len(values) == 1:
            return f"{value} = {bind(values[0], kind)}"
        many: Mapping[Kind, Kind] = {"text": "texts", "number": "numbers", "boolean": "booleans"}
        return f"{value} = any({bind(list(values), many[kind])})"

    def inside(self, value: str, keys: Sequence[str], bind: Bind) -> str:
        return " -> ".join([value, *(bind(key, "text") for key in keys)])

    def is_there(self, value: str) -> str:
        return f"coalesce({value} <> 'null', false)"

    def text_of(self, value: str) -> str:
        return f"case when jsonb_typeof({value}) = 'string' then ({value}) #>> '{{}}' end"

    def number_of(self, value: str) -> str:
        number = f"({value})::numeric"
        return (
            f"case when jsonb_typeof({value}) = 'number' then "
            f"case when abs({number}) < {SMALLEST} then 0 "
            f"when abs({number}) <= {FARTHEST} then ({value})::float8 end end"
        )

    def boolean_of(self, value: str) -> str:
        return f"case when jsonb_typeof({value}) = 'boolean' then ({value})::boolean end"

    def equals(self, value: str, wanted: Sequence[Anything], bind: Bind) -> str:
        numbers = [one for one in wanted if isinstance(one, int | float) and not isinstance(one, bool)]
        plain = [one for one in wanted if isinstance(one, str | bool)]
        found = [f"{value} = {bind(json.dumps(one), 'json')}" for one in plain]
        if numbers:
            found.append(self.among(self.number_of(value), numbers, "number", bind))
        return f"({' or '.join(found)})" if found else "false"

    def has(self, value: str, wanted: Sequence[Anything], bind: Bind) -> str:
        found = " or ".join(f"{value} @> {bind(json.dumps(one), 'json')}" for one in wanted)
        return f"(jsonb_typeof({value}) = 'array' and ({found}))"

    def contains(self, text: str, part: str) -> str:
        return f"strpos({text}, {part}) > 0"

    def ends(self, text: str, part: str) -> str:
        return f"right({text}, length({part})) = {part}"

    def by_code_points(self, text: str) -> str:
        return f'({text}) collate "C"'

    def fits(self, text: str, pattern: str) -> str:
        return f"{text} ~ '^{pattern}$'"

    def micros(self, moment: str) -> str:
        return f"(extract(epoch from {moment}) * 1000000)::bigint"

    def moment(self, micros: str) -> str:
        return f"(timestamptz 'epoch' + ({micros}) * interval '1 microsecond')"

    def moment_of(self, text: str) -> str:
        return f"customers.instant({text})"

    def day_start(self, text: str, zone: str) -> str:
        start = f"(({text})::timestamp at time zone {zone})"
        hour = "interval '1 hour'"
        # Where a midnight comes twice, the first.
        return (
            f"case when ({start} - {hour}) at time zone {zone} >= ({text})::timestamp "
            f"then {start} - {hour} else {start} end"
        )

    def local_day(self, moment: str, zone: str) -> str:
        return f"to_char({moment} at time zone {zone}, 'YYYY-MM-DD')"

    def median(self, value: str) -> str:
        return f"percentile_cont(0.5) within group (order by {value})"

    def latest(self, moment: str, only: str, place: str) -> str:
        return f"(array_agg({moment} order by {moment} desc){only})[{place}]"

    def rounded(self, value: str) -> str:
        return f"round(({value})::numeric, 6)::float8"

    def bucket(self, salt: str) -> str:
        digest = f"substr(md5({salt} || ':' || customer.customer_id::text), 1, 8)"
        return f"mod(('x' || lpad({digest}, 16, '0'))::bit(64)::bigint, 10000)"

    def rows(self, source: Source) -> str:
        return source.rows

    def person_of(self) -> str:
        return "customers.fact_person"

    def once(self, facts: str) -> str:
        return f"{facts} offset 0"

    def customers(self) -> str:
        return "customers.fact_customer"
