"""An engine that runs statements over the lake: what it is given, and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from regulars.kernel import Invalid, Unavailable

FILES, HOT, PEOPLE = "{files}", "{hot}", "lake_people"
# Field names that hold contact details, as customers masks them, with or without separators.
CONTACT_FIELDS = (
    "e[-_ ]?mail([-_ ]?address)?|mail|ip([-_ ]?address)?|phone([-_ ]?number)?|telephone|tel|msisdn"
    "|mobile([-_ ]?(phone|number))?|cell[-_ ]?phone|address([-_ ]?line)?[-_ ]?[12]?"
    "|(billing|shipping|delivery|street)[-_ ]?address|street[-_ ]?[12]?|post(al)?[-_ ]?code|zip([-_ ]?code)?"
)
# Written so that RE2 and Java read them alike; what is matched is bounded.
CONTACT_TEXT = rf'"((?i:{CONTACT_FIELDS}))" *: *"([^"\\]|\\.)*"'
CONTACT_ADDRESS = r"""[^ @"'<>,;:()\[\]{}=\\]{1,64}@[^ @"'<>,;:()\[\]{}=\\]{1,255}"""
CONTACT_PHONE = r"[+][0-9][0-9 ().-]{6,20}[0-9]"


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

    def ask(self, statement: str) -> pa.RecordBatchReader:
        """Run one statement that only reads; raises StatementRefused for any other and for a wrong one."""
        ...


def view(relation: Relation, *, files: str, hot: str, shown: Sequence[str]) -> str:
    """The SELECT behind a relation's name: its rows that stand, the survivor of each person beside."""
    standing = relation.rule.replace(FILES, files).replace(HOT, hot)
    columns = ", ".join(f"standing.{column}" if column.isidentifier() else column for column in shown)
    if relation.atom is None:
        return f"select {columns} from ({standing}) as standing"
    return (
        f"select {columns}, coalesce(people.person_id, standing.{relation.atom}) as person_id "
        f"from ({standing}) as standing "
        f"left join {PEOPLE} as people on people.customer_id = standing.{relation.atom}"
    )
