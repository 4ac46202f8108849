"""Named SQL: statements live in .sql files, and a class declares the names it uses."""

import re
import sys
from pathlib import Path
from typing import ClassVar

from psycopg import sql

from regulars.kernel import Fault

Query = sql.SQL

HEAD = re.compile(r"^-- name: *(\w+) *$", re.MULTILINE)


def parse_statements(text: str, origin: str) -> dict[str, str]:
    """Cut a file into its named statements; raises Fault on a name given twice or an empty body."""
    parts = HEAD.split(text)
    found: dict[str, str] = {}
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        if name in found:
            raise Fault(f"{origin} names {name!r} twice; names are unique in a file.")
        statement = body.strip().rstrip(";")
        if not re.sub(r"--[^\n]*", "", statement).strip():
            raise Fault(f"{origin} has no statement under {name!r}.")
        found[name] = statement
    return found


class Statements:
    """Declare the names of a file's statements as annotations; the class fails to load if they differ.

    class Sql(Statements, file="queries.sql"):
        lots_of_member: Query
    """

    texts: ClassVar[dict[str, str]]

    def __init_subclass__(cls, *, file: str) -> None:
        beside = Path(str(sys.modules[cls.__module__].__file__)).parent / file
        cls.texts = parse_statements(beside.read_text(encoding="utf-8"), str(beside.name))
        declared = {name for name in cls.__annotations__ if name != "texts"}
        missing, unused = declared - cls.texts.keys(), cls.texts.keys() - declared
        if missing or unused:
            raise Fault(
                f"{cls.__module__} and {file} differ: declared but not in the file {sorted(missing)}, "
                f"in the file but not declared {sorted(unused)}."
            )
        for name, text in cls.texts.items():
            setattr(cls, name, Query(text))
