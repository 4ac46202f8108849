"""Spark, for what one machine cannot; JSON is looked into as a variant."""

from collections.abc import Mapping, Sequence
from typing import Any as Anything
from typing import ClassVar

from regulars.conditions.dialect import FARTHEST, Bind, Dialect, Kind


class Spark(Dialect):
    name = "spark"
    types: ClassVar[Mapping[Kind, str]] = {
        "text": "string",
        "number": "double",
        "bigint": "bigint",
        "instant": "timestamp",
        "boolean": "boolean",
        "span": "interval day to second",
        "ids": "array<bigint>",
    }

    def bound(self, name: str, kind: Kind) -> str:
        return f"cast(:{name} as {self.types[kind]})"

    def json(self, text: str) -> str:
        return f"try_parse_json({text})"

    def inside(self, value: str, keys: Sequence[str], bind: Bind) -> str:
        for key in keys:
            value = (
                f"try_element_at(try_variant_get({value}, '$', 'map<string,variant>'), {bind(key, 'text')})"
            )
        return value

    def is_there(self, value: str) -> str:
        return f"({value} is not null and not is_variant_null({value}))"

    def _of(self, value: str, schemas: str, kind: str) -> str:
        return (
            f"case when schema_of_variant({value}) {schemas} then try_variant_get({value}, '$', '{kind}') end"
        )

    def text_of(self, value: str) -> str:
        return self._of(value, "= 'STRING'", "string")

    def number_of(self, value: str) -> str:
        number = self._of(value, "rlike '^(TINYINT|SMALLINT|INT|BIGINT|FLOAT|DOUBLE|DECIMAL)'", "double")
        return f"case when abs({number}) <= {FARTHEST} then {number} end"

    def boolean_of(self, value: str) -> str:
        return self._of(value, "= 'BOOLEAN'", "boolean")

    def has(self, value: str, wanted: Sequence[Anything], bind: Bind) -> str:
        fits = self.equals("element", wanted, bind)
        return (
            f"case when schema_of_variant({value}) like 'ARRAY%' then "
            f"exists(try_variant_get({value}, '$', 'array<variant>'), element -> coalesce({fits}, false)) end"
        )

    def begins(self, text: str, part: str) -> str:
        return f"startswith({text}, {part})"

    def ends(self, text: str, part: str) -> str:
        return f"endswith({text}, {part})"

    def fits(self, text: str, pattern: str) -> str:
        return f"{text} rlike '^{pattern}$'"

    def micros(self, moment: str) -> str:
        return f"unix_micros({moment})"

    def moment(self, micros: str) -> str:
        return f"timestamp_micros(cast({micros} as bigint))"

    def moment_of(self, text: str) -> str:
        # Spark wants seconds.
        seconds = f"substr({text}, 1, 16) || ':00' || substr({text}, 17)"
        whole = f"case when substr({text}, 17, 1) = ':' then {text} else {seconds} end"
        return f"try_cast({whole} as timestamp)"

    def day_start(self, text: str, zone: str) -> str:
        return f"to_utc_timestamp(try_cast({text} as timestamp), {zone})"

    def local_day(self, moment: str, zone: str) -> str:
        return f"date_format(from_utc_timestamp({moment}, {zone}), 'yyyy-MM-dd')"

    def median(self, value: str) -> str:
        return f"percentile({value}, 0.5)"

    def latest(self, moment: str, only: str, place: str) -> str:
        return f"get(sort_array(collect_list({moment}){only}, false), cast({place} as int) - 1)"

    def bucket(self, salt: str) -> str:
        digest = f"substr(md5({salt} || ':' || cast(customer.customer_id as string)), 1, 8)"
        return f"mod(cast(conv({digest}, 16, 10) as bigint), 10000)"

    def as_json(self, value: str) -> str:
        return f"to_json(named_struct('value', {value}))"
