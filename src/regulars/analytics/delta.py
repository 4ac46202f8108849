"""One Delta table: a thin, typed way to the library, with what every write of ours has in common.

No deletion vectors, no column mapping, no partition columns: whoever knows the list of files can read them.
No statistics of text columns: they would keep values in the log of the table after their rows are gone.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Transaction, WriterProperties
from deltalake import write_deltalake as write
from deltalake.exceptions import DeltaError, TableNotFoundError

from regulars.analytics.faults import LakeUnavailable
from regulars.analytics.place import Place
from regulars.analytics.table import Table

FILE_BYTES = 256 * 1024 * 1024
GROUP_ROWS = 250_000
KEPT_HOURS = 24  # What a vacuum leaves, so that the longest query finds its files.
WRITER = WriterProperties(compression="ZSTD", compression_level=3, max_row_group_size=GROUP_ROWS)
# Checkpoints are made by ours; old lines of the log stay until they are cleaned on purpose.
HOOKS = PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False)
STATISTICS = {"bigint", "instant", "boolean", "number"}


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    uri: str
    size: int
    rows: int
    first_key: int | None
    last_key: int | None


class Delta:
    """A handle that stands at one version until it writes."""

    def __init__(self, place: Place, table: Table, handle: DeltaTable) -> None:
        self._place = place
        self._table = table
        self._handle = handle

    @property
    def version(self) -> int:
        return int(self._handle.version())

    @property
    def lake_id(self) -> str | None:
        return self._handle.metadata().description

    @property
    def last_intent(self) -> str | None:
        """Which intent the last change names."""
        last = self._handle.history(1)
        return last[0].get("intent") if last else None

    def written_to(self, writer: UUID) -> int | None:
        """The last key that a writer put here, by what the table itself remembers."""
        return self._handle.transaction_version(_app(self._table, writer))

    def schema(self) -> pa.Schema:
        return pa.schema(self._handle.schema().to_arrow())

    def engine_types(self) -> dict[str, str]:
        """Its columns with their types, as a CAST names them."""
        names = {"long": "bigint", "boolean": "boolean", "string": "string", "double": "double"}
        fields = self._handle.schema().fields
        return {one.name: names.get(str(getattr(one.type, "type", "")), "string") for one in fields}

    def files(self) -> list[File]:
        actions = pa.table(self._handle.get_add_actions(flatten=True)).to_pylist()
        key = self._table.key
        return [
            File(
                uri=f"{self._place.table(self._table.name)}/{one['path']}",
                size=one["size_bytes"],
                rows=one["num_records"] or 0,
                first_key=one.get(f"min.{key}"),
                last_key=one.get(f"max.{key}"),
            )
            for one in actions
        ]

    def append(self, rows: pa.RecordBatchReader, *, intent: UUID, writer: UUID, to: int) -> None:
        """Add rows; of two who add at the same time, the table refuses one."""
        done = Transaction(_app(self._table, writer), to)
        with told(self._table):
            write(
                self._handle,
                rows,
                mode="append",
                schema_mode="merge",
                target_file_size=FILE_BYTES,
                writer_properties=WRITER,
                commit_properties=_commit(intent, done),
                post_commithook_properties=HOOKS,
            )

    def replace(self, rows: pa.RecordBatchReader, where: str | None, *, intent: UUID) -> None:
        """Put rows in the place of those that fit a predicate, or of all."""
        with told(self._table):
            write(
                self._handle,
                rows,
                mode="overwrite",
                predicate=where,
                schema_mode="merge" if where else None,
                target_file_size=FILE_BYTES,
                writer_properties=WRITER,
                commit_properties=_commit(intent),
                post_commithook_properties=HOOKS,
            )

    def change(self, values: dict[str, str], where: str, *, intent: UUID) -> int:
        """Rewrite the files that hold rows that fit; gives how many rows changed."""
        with told(self._table):
            done = self._handle.update(
                values,
                predicate=where,
                writer_properties=WRITER,
                commit_properties=_commit(intent),
                post_commithook_properties=HOOKS,
            )
        return int(done["num_updated_rows"])

    def delete(self, where: str, *, intent: UUID) -> int:
        with told(self._table):
            done = self._handle.delete(
                where,
                writer_properties=WRITER,
                commit_properties=_commit(intent),
                post_commithook_properties=HOOKS,
            )
        return int(done["num_deleted_rows"] or 0)

    def compact(self, *, intent: UUID) -> int:
        """Write small files together; gives how many it took away. The rows stay the same."""
        with told(self._table):
            done = self._handle.optimize.compact(
                target_size=FILE_BYTES,
                max_concurrent_tasks=1,
                writer_properties=WRITER,
                commit_properties=_commit(intent),
                post_commithook_properties=HOOKS,
            )
        return int(done["numFilesRemoved"])

    def vacuum(self, *, hours: int, intent: UUID) -> int:
        """Delete the files that no version of the last hours needs; gives how many."""
        with told(self._table):
            return len(
                self._handle.vacuum(
                    retention_hours=hours,
                    dry_run=False,
                    enforce_retention_duration=False,
                    full=True,
                    commit_properties=_commit(intent),
                    post_commithook_properties=HOOKS,
                )
            )

    def restore(self, version: int, *, intent: UUID) -> None:
        with told(self._table):
            self._handle.restore(version, commit_properties=_commit(intent))

    def forget_missing(self, *, intent: UUID) -> None:
        """Take files that are gone out of the list."""
        with told(self._table):
            self._handle.repair(commit_properties=_commit(intent))

    def forget_old_lines(self) -> None:
        """Delete lines of the table's own log that are older than a week and in a checkpoint."""
        with told(self._table):
            self._handle.cleanup_metadata()

    def clean_log(self) -> int:
        """Leave of the table's own log only what the present version needs; gives how many lines went."""
        with told(self._table):
            self._handle.create_checkpoint()
        files = self._place.filesystem()
        from pyarrow.fs import FileSelector  # noqa: PLC0415

        folder = self._place.path_of(self._place.table(self._table.name)) + "/_delta_log"
        old = [one.path for one in files.get_file_info(FileSelector(folder)) if self._is_old(one.base_name)]
        for path in sorted(old):
            files.delete_file(path)
        return len(old)

    def _is_old(self, name: str) -> bool:
        number = name.split(".", maxsplit=1)[0]
        return number.isdigit() and int(number) < self.version


def opened(place: Place, table: Table, version: int | None = None) -> Delta | None:
    """The table as it is now, or was at a version; None when there is no such table or version any more."""
    with told(table):
        try:
            handle = DeltaTable(place.table(table.name), version=version, storage_options=dict(place.options))
        except TableNotFoundError:
            return None
        except DeltaError as cause:
            if version is not None and "version" in str(cause).lower():
                return None
            raise
    return Delta(place, table, handle)


def created(place: Place, table: Table, schema: pa.Schema, *, lake_id: UUID) -> Delta:
    """A new table; what stood at its place is no longer part of it. It names no intent: it is empty."""
    kept = [name for name, kind in table.columns.items() if kind in STATISTICS]
    uri = place.table(table.name)
    if not place.is_remote:
        Path(uri).mkdir(parents=True, exist_ok=True)
    with told(table):
        handle = DeltaTable.create(
            uri,
            schema,
            mode="overwrite",
            name=table.name,
            description=str(lake_id),
            configuration={
                "delta.dataSkippingStatsColumns": ",".join(kept),
                "delta.checkpointInterval": "20",
                "delta.logRetentionDuration": "interval 7 days",
            },
            storage_options=dict(place.options),
        )
    return Delta(place, table, handle)


@contextmanager
def told(table: Table) -> Iterator[None]:
    """Errors of the store as ours: they say which table, and what the store said."""
    try:
        yield
    except TableNotFoundError:
        raise
    except (DeltaError, OSError) as cause:
        said = " ".join(str(cause).partition("\n   0: ")[0].split())[:400]
        raise LakeUnavailable(
            f"The table {table.name} of the lake cannot be used: {said}. Nothing was lost: what is not in "
            "the lake stays in PostgreSQL, and it is tried again."
        ) from cause


def counted(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema, tally: list[int], expected: int | None
) -> pa.RecordBatchReader:
    """Batches with the table's own types; fails before the end is written when a row is missing."""

    def flow() -> Iterator[pa.RecordBatch]:
        for batch in batches:
            tally[0] += batch.num_rows
            yield batch.cast(schema)
        if expected is not None and tally[0] != expected:
            raise LakeUnavailable(
                f"{expected:,} rows were to be written and {tally[0]:,} were read; nothing was written."
            )

    return pa.RecordBatchReader.from_batches(schema, flow())


def _app(table: Table, writer: UUID) -> str:
    return f"regulars.{table.name}.{writer}"


def _commit(intent: UUID, *done: Transaction) -> CommitProperties:
    return CommitProperties(
        custom_metadata={"intent": str(intent)}, app_transactions=list(done), max_commit_retries=0
    )


def between(key: str, spans: Sequence[tuple[int, int]]) -> str:
    """A predicate that any engine reads: keys from the first, below the second of one of the spans."""
    return " or ".join(f"({key} >= {first} and {key} < {end})" for first, end in spans) or "1 = 0"
