"""DuckDB in process, over the files of the lake: it reads these and nothing else, and writes nowhere."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
from pyarrow.dataset import dataset

from regulars.analytics.engine import (
    PEOPLE,
    Mask,
    Relation,
    StatementRefused,
    view,
)
from regulars.analytics.faults import LakeDamaged
from regulars.analytics.place import Place
from regulars.analytics.published import refuse_unpublished

Duck = Any  # The library tells no types.
BATCH_ROWS = 50_000
GIVEN = "lake_people_given"
EXPLAINS = re.compile(r"\s*explain\b", re.IGNORECASE)
ERROR_SIGNS_MAX = 600
# As Spark calls them.
SAME_NAMES = (
    "create macro get_json_object(value, path) as json_extract_string(value, path)",
    "create macro from_utc_timestamp(instant, zone) as timezone(zone, instant)",
)
SETTINGS = (
    "set TimeZone = 'UTC'",
    # As Spark orders, so that both give rows in one order.
    "set default_null_order = 'nulls_first_on_asc_last_on_desc'",
    "set python_enable_replacements = false",
    "set autoinstall_known_extensions = false",
    "set autoload_known_extensions = false",
    "set enable_external_access = false",
    "set lock_configuration = true",
)


class DuckEngine:
    name = "duckdb"

    def __init__(self, duck: Duck, *, published: Collection[str] = (), hidden: Collection[str] = ()) -> None:
        self._duck = duck
        self._published = frozenset(published)  # All that may be named; nothing: whatever there is.
        self._hidden = frozenset(hidden)

    def ask(self, statement: str, params: Mapping[str, Any] | None = None) -> pa.RecordBatchReader:
        text = only_reading(self._duck, statement)
        if self._published:
            query = _explained(text) if EXPLAINS.match(text) else text
            refuse_unpublished(self._duck, query, published=self._published, hidden=self._hidden)
        try:
            reader = self._duck.sql(text, params=dict(params or {}) or None).to_arrow_reader(BATCH_ROWS)
        except duckdb.Error as cause:
            raise told(cause) from cause
        return pa.RecordBatchReader.from_batches(reader.schema, _flowing(reader))


def _flowing(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """The batches; a mistake that shows only while it runs is told as one, too."""
    try:
        yield from reader
    except (duckdb.Error, pa.ArrowException, OSError) as cause:
        raise told(cause) from cause


@contextmanager
def open_duckdb(
    relations: Sequence[Relation],
    people: pa.Table,
    *,
    place: Place | None = None,
    contacts: bool = False,
    personal: frozenset[str] = frozenset(),
    memory: str = "4GB",
    copies: Mapping[str, pa.Table] | None = None,
) -> Iterator[DuckEngine]:
    """An engine over these tables; contact details and `personal` traits are masked without `contacts`.

    `place` is where the files lie when that is a store of objects: Arrow reads them for DuckDB then. `copies`
    are there by their names as they are.
    """
    mask = None if contacts else Mask(personal=personal, literal=_text)
    with TemporaryDirectory(prefix="regulars-duckdb-") as spill:
        duck = duckdb.connect(config={"memory_limit": memory, "temp_directory": spill})
        try:
            duck.execute(f"set allowed_paths = {_texts([f for r in relations for f in r.files])}")
            for setting in SETTINGS:
                duck.execute(setting)
            for same in SAME_NAMES:
                duck.execute(same)
            # As a table it has statistics: what is grouped by person is grouped by a narrower number then.
            duck.register(GIVEN, people)
            duck.execute(f"create table {PEOPLE} as from {GIVEN}")
            duck.execute(f"create view persons as from {PEOPLE}")
            for name, copied in (copies or {}).items():
                duck.register(name, copied)
            for relation in relations:
                try:
                    _add(duck, relation, place, mask)
                except (duckdb.Error, pa.ArrowException, OSError) as cause:
                    raise damaged(str(cause).strip().split("\n\nLINE ")[0]) from cause
            if mask is None:
                yield DuckEngine(duck)
            else:
                names = {"persons", *(copies or ()), *(relation.name for relation in relations)}
                hidden = {name for relation in relations for name in _behind(relation)}
                yield DuckEngine(duck, published=names, hidden={*hidden, PEOPLE, GIVEN})
        finally:
            duck.close()


def _add(duck: Duck, relation: Relation, place: Place | None, mask: Mask | None) -> None:
    files, hot = _behind(relation)
    duck.register(hot, relation.hot)
    if relation.files and place is not None and place.is_remote:
        paths = [place.path_of(uri) for uri in relation.files]
        duck.register(files, dataset(paths, schema=relation.schema, filesystem=place.filesystem()))
    elif relation.files:
        columns = ", ".join(_column(field, "read") for field in relation.schema)
        read = f"read_parquet({_texts(relation.files)}, union_by_name = true, hive_partitioning = false)"
        # An empty relation first: a column that no file has yet is null.
        duck.execute(
            f"create view {files} as select {columns} from "
            f"((from {hot} limit 0) union all by name (from {read})) as read"
        )
    else:
        duck.execute(f"create view {files} as select * from {hot} limit 0")
    shown = relation.schema.names
    if mask is not None:
        shown = [mask.column(relation, name) for name in shown]
    duck.execute(f"create view {relation.name} as {view(relation, files=files, hot=hot, shown=shown)}")


def _behind(relation: Relation) -> tuple[str, str]:
    """The names of what the view is over: its files, and what is not in them yet."""
    return f"lake_files_{relation.name}", f"lake_hot_{relation.name}"


def _column(field: pa.Field, of: str) -> str:
    return f'{of}."{field.name}"'


def only_reading(duck: Duck, statement: str) -> str:
    """The one statement that the text holds; raises StatementRefused when it would do more than read."""
    try:
        found = duck.extract_statements(statement)
    except duckdb.Error as cause:
        raise told(cause) from cause
    if len(found) != 1:
        raise StatementRefused(f"One statement is run at a time; {len(found)} were given.")
    text = str(found[0].query).strip()
    kind = found[0].type.name
    if kind == "EXPLAIN":
        only_reading(duck, _explained(text))
    elif kind != "SELECT":
        raise StatementRefused(
            f"Only what reads is run here: SELECT, WITH, FROM, DESCRIBE, SUMMARIZE, EXPLAIN; this is {kind}."
        )
    return text


def _explained(text: str) -> str:
    """What stands behind EXPLAIN, ANALYZE and their options."""
    head = text.lstrip().split(None, 1)
    rest = head[1] if len(head) > 1 else ""
    if rest.lower().startswith("analyze"):
        rest = rest[len("analyze") :].lstrip()
    if rest.startswith("(") and not rest[1:].lstrip().lower().startswith(
        ("select", "with", "from", "values")
    ):
        rest = rest.partition(")")[2]
    return rest


def told(fault: Exception) -> StatementRefused | LakeDamaged:
    """What DuckDB says, as an error of the statement's or of a file's."""
    said = str(fault).strip()[:ERROR_SIGNS_MAX]
    if ".parquet" in said and "LINE " not in said and "not allowed" not in said:
        return damaged(said)
    return StatementRefused(said)


def damaged(said: str) -> LakeDamaged:
    return LakeDamaged(f"A file of the lake cannot be read ({said}). `regulars lake status` says more.")


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _texts(values: Sequence[str]) -> str:
    return "[" + ", ".join(map(_text, values)) + "]"
