"""An engine that runs statements over the lake: what it is given, and what it answers."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa

from regulars.kernel import Invalid, Unavailable

FILES, HOT, PEOPLE = "{files}", "{hot}", "lake_people"
# Field names that hold contact details, as customers masks them, with or without separators.
CONTACT_FIELDS = (
    "e[-_ ]?mail([-_ ]?address)?|mail|ip([-_ ]?address)?|phone([-_ ]?number)?|telephone|tel|msisdn"
    "|mobile([-_ ]?(phone|number))?|cell[-_ ]?phone|address([-_ ]?line)?[-_ ]?[12]?"
    "|(billing|shipping|delivery|street)[-_ ]?address|street[-_ ]?[12]?|post(al)?[-_ ]?code|zip([-_ ]?code)?"
)
# A value of JSON: a text, a number, or a list or an object without others in it.
VALUE = r'("([^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|true|false|\[[^\[\]]*\]|\{[^{}]*\})'
# What is matched is bounded, and written so that RE2 and Java read it alike.
ADDRESS = r"""[^ @"'<>,;:()\[\]{}=\\]{1,64}@[^ @"'<>,;:()\[\]{}=\\]{1,255}"""
PHONE = r"[+][0-9][0-9 ().-]{6,20}[0-9]"


class StatementRefused(Invalid):
    code = "analytics.statement_refused"


class EngineMissing(Unavailable):
    code = "analytics.engine_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """One table at one instant: the files of one version, and the rows that are not in them.

    `rule` is SQL that both engines read; it gives the rows that stand, of the relations {files} and {hot}.
    Both have all columns of the schema; what an older file lacks is null there.
    """

    name: str
    schema: pa.Schema
    files: tuple[str, ...]
    hot: pa.Table
    rule: str
    atom: str | None = "customer_id"  # Column of the customer as first seen; None where there is none.
    contacts: tuple[str, ...] = ()  # Columns of text that may hold contact details.


class Engine(Protocol):
    """Runs statements that read the relations by their names, with `person_id` beside each atom."""

    name: str

    def ask(self, statement: str, params: Mapping[str, Any] | None = None) -> pa.RecordBatchReader:
        """Run one statement that only reads; raises StatementRefused for any other and for a wrong one.

        `params` are what is bound in it, by name, as the engine writes such names.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Mask:
    """What stands in the place of contact details and of what is declared personal, in an engine's SQL."""

    personal: frozenset[str] = frozenset()  # Traits that are declared so, by path.
    group: str = "\\1"  # How the engine names the first group of a pattern.
    flags: str = ", 'g'"
    literal: Callable[[str], str]

    def column(self, relation: Relation, name: str) -> str:
        """A column of the relation `standing` as it is shown."""
        if re.fullmatch(f"({self._fields})_(text|number|integer|boolean)", name, re.IGNORECASE):
            if relation.schema.field(name).type == pa.string():
                return f"case when standing.{name} is not null then '…' end as {name}"
            return f"case when false then standing.{name} end as {name}"
        if name not in relation.contacts and not name.endswith("_text"):
            return name
        told = f"standing.{name}"
        for pattern, instead in self._patterns():
            told = f"regexp_replace({told}, {self.literal(pattern)}, {self.literal(instead)}{self.flags})"
        return f"{told} as {name}"

    @property
    def _fields(self) -> str:
        declared = (re.escape(path.rpartition(".")[2]) for path in sorted(self.personal))
        return "|".join([CONTACT_FIELDS, *declared])

    def _patterns(self) -> tuple[tuple[str, str], ...]:
        by_name = f'"((?i:{self._fields}))" *: *{VALUE}'
        return (by_name, f'"{self.group}":"…"'), (ADDRESS, "…@…"), (PHONE, "+…")


def view(relation: Relation, *, files: str, hot: str, shown: Sequence[str]) -> str:
    """The SELECT behind a relation's name: its rows that stand, the survivor of each person beside."""
    standing = relation.rule.replace(FILES, files).replace(HOT, hot)
    columns = ", ".join(f"standing.{column}" if column.isidentifier() else column for column in shown)
    if relation.atom is None:
        return f"select {columns} from ({standing}) as standing"
    return (
        f"select {columns}, coalesce(people.person_id, standing.{relation.atom}) as person_id "
        f"from ({standing}) as standing "
        # Grouped, so that it is seen to be one row each: the join goes when nobody asks for the person.
        f"left join (select customer_id, max(person_id) as person_id from {PEOPLE} group by customer_id) "
        f"as people on people.customer_id = standing.{relation.atom}"
    )
