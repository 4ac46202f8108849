"""Whether the database and a table of the lake are of one mind; if not, nothing is written.

Whoever changes the lake first writes an intent into the database, and the lake's own log then names it. So
what is found there and was not noted is either the end of what a killed process began, and is taken over, or
it is not ours: a lake restored from another day, or one that somebody else wrote.
"""

from regulars.analytics.delta import Delta, opened
from regulars.analytics.lake import Lake
from regulars.analytics.state import SQL, State, note_problem, state_of
from regulars.analytics.table import Table
from regulars.db import run

LOST, OTHER, OLDER, NEWER = "lake_lost", "other_lake", "lake_older", "lake_newer"
MEND = "mend"  # A killed mending is begun anew, never taken over.


def agreed(lake: Lake, table: Table) -> tuple[State, Delta | None]:
    """The state both sides are in, under the table's lease; raises LakeDamaged when they differ."""
    state = state_of(lake.database, table.name)
    delta = opened(lake.place, table)
    if delta is not None and _is_ours(state, delta):
        state = take_over(lake, table, state, delta)
    found = disagreement(table, state, delta)
    if found is not None:
        raise note_problem(lake.database, table.name, *found)
    with lake.database.transaction() as tx:
        run(tx, SQL.clear_problem, name=table.name, codes=[LOST, OTHER, OLDER, NEWER])
        if state.intent is not None:
            run(tx, SQL.forget_intent, name=table.name)
    return state, delta if state.version is not None else None


def _is_ours(state: State, delta: Delta) -> bool:
    """Whether what stands there is the end of what was begun here."""
    if state.intent is None or state.intent_kind == MEND:
        return False
    return delta.last_intent == str(state.intent) and delta.lake_id == str(state.lake_id)


def take_over(lake: Lake, table: Table, state: State, delta: Delta) -> State:
    """What a killed process had done to the lake and not noted."""
    watermark = state.intent_to if table.is_log and state.intent_kind == "export" else None
    note(lake, table, delta, kind=state.intent_kind or "", watermark=watermark)
    return state_of(lake.database, table.name)


def note(lake: Lake, table: Table, delta: Delta, *, kind: str, watermark: int | None = None) -> None:
    """Say in the database what the lake holds now."""
    files = delta.files()
    with lake.database.transaction() as tx:
        run(
            tx,
            SQL.note,
            name=table.name,
            version=delta.version,
            watermark=watermark,
            kind=kind,
            lake_rows=sum(one.rows for one in files),
            files=len(files),
            file_bytes=sum(one.size for one in files),
        )


def disagreement(table: Table, state: State, delta: Delta | None) -> tuple[str, str] | None:
    """What differs, as a code and a sentence."""
    where = f"the table {table.name} of the lake"
    mend = "Bring back the one of the right day, or run `regulars lake mend`, which says what it can do."
    if state.version is None and (delta is None or delta.lake_id == str(state.lake_id)):
        return None  # Nothing was noted yet; what a killed first export left there is replaced.
    if delta is None:
        return LOST, f"{where.capitalize()} is not there any more. Nothing is written to it. {mend}"
    if delta.lake_id != str(state.lake_id):
        return OTHER, (
            f"At its place stands another lake than this database's. Nothing is written to {where}. Correct "
            "REGULARS_LAKE, or move what stands there away and run `regulars lake mend`."
        )
    differing = _versions(table, state, delta)
    if differing is None:
        return None
    return differing[0], f"{where.capitalize()} {differing[1]}. Nothing is written to it. {mend}"


def _versions(table: Table, state: State, delta: Delta) -> tuple[str, str] | None:
    known = state.version or 0
    if delta.version < known:
        return OLDER, (
            f"is older than the database: it is at version {delta.version}, and was at {known} already"
        )
    if delta.version > known:
        return NEWER, (
            f"is newer than the database: it is at version {delta.version}, and the database knows {known}; "
            "the database was restored, or somebody else wrote to the lake"
        )
    to = delta.written_to(state.writer_id) or 0
    if table.is_log and to > state.watermark:
        return NEWER, f"was written up to position {to:,}, and the database knows {state.watermark:,}"
    return None
