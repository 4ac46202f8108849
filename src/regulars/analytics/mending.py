"""Bringing lake and database together again, as far as nothing gets lost by it."""

from regulars.analytics.agreeing import LOST, MEND, NEWER, OLDER, OTHER, disagreement, note
from regulars.analytics.checking import damaged
from regulars.analytics.delta import Delta, opened
from regulars.analytics.faults import NotMendable
from regulars.analytics.lake import Lake
from regulars.analytics.state import SQL, State, intend, leased, state_of
from regulars.analytics.table import Table
from regulars.analytics.thinned import whole_from
from regulars.db import run


def mend(lake: Lake, table: Table, *, do: bool) -> str | None:
    """What is wrong with a table and what is done about it, as a sentence; None when nothing is wrong.

    Without `do` it only says so. Raises NotMendable when the lake alone had what is missing.
    """
    with leased(lake.database, table.name, wait=True):
        state = state_of(lake.database, table.name)
        delta = opened(lake.place, table)
        differing = disagreement(table, state, delta)
        if differing is not None:
            return _differing(lake, table, state, delta, differing[0], do=do)
        if delta is not None and state.version is not None and (wrong := damaged(lake, table, delta)):
            return _anew(lake, table, f"{'; '.join(wrong)}.", do=do)
    return None


def _differing(lake: Lake, table: Table, state: State, delta: Delta | None, code: str, *, do: bool) -> str:
    if code == OTHER:
        raise NotMendable(
            f"At {lake.place.table(table.name)} stands the lake of another database. Correct REGULARS_LAKE, "
            "or move it away; then the table counts as lost, and can be written anew."
        )
    if code == LOST or delta is None or not table.is_log:
        return _anew(lake, table, f"The table {table.name} is not as the database knows it.", do=do)
    if code == OLDER:
        return _go_back(lake, table, delta, do=do)
    assert code == NEWER
    return _take_out(lake, table, state, delta, do=do)


def _anew(lake: Lake, table: Table, wrong: str, *, do: bool) -> str:
    """Write everything again from PostgreSQL, which must hold everything."""
    with lake.database.transaction() as tx:
        whole = whole_from(tx) if table.is_log else 1
    if whole > 1:
        raise NotMendable(
            f"{wrong} PostgreSQL holds every event from position {whole:,} on only; what is before stood in "
            "the lake. Bring the lake back from a backup."
        )
    if do:
        with lake.database.transaction() as tx:
            run(tx, SQL.start_anew, name=table.name)
            run(tx, SQL.forget_cold, name=table.name)
            if table.is_log:
                run(tx, SQL.forget_columns)
    return f"{wrong} PostgreSQL holds all of it: the next export writes the table anew."


def _go_back(lake: Lake, table: Table, delta: Delta, *, do: bool) -> str:
    """Export again what the older lake does not have."""
    last = max((one.last_key or 0 for one in delta.files()), default=0)
    with lake.database.transaction() as tx:
        whole = whole_from(tx)
    if whole > last + 1:
        raise NotMendable(
            f"The lake holds events up to {last:,}, and PostgreSQL every event from {whole:,} on only. Bring "
            f"back a lake that reaches to {whole - 1:,}."
        )
    if do:
        with lake.database.transaction() as tx:
            run(tx, SQL.change_writer, name=table.name, version=delta.version, watermark=last)
            run(tx, SQL.erase_again)  # What was erased since then is in the older lake again.
        note(lake, table, delta, kind=MEND, watermark=last)
    return (
        f"The lake is older than the database and holds events up to {last:,}. PostgreSQL holds the rest: "
        "the next export goes on from there, and what was erased since is erased again."
    )


def _take_out(lake: Lake, table: Table, state: State, delta: Delta, *, do: bool) -> str:
    """Take out of a newer lake what the database does not know: its positions will be given again."""
    files = delta.files()
    beyond = sum(one.rows for one in files if (one.first_key or 0) > state.watermark)
    if do:
        intent = intend(lake.database, table.name, MEND)
        delta.delete(f"{table.key} > {state.watermark}", intent=intent)
        with lake.database.transaction() as tx:
            run(tx, SQL.change_writer, name=table.name, version=delta.version, watermark=state.watermark)
        note(lake, table, delta, kind=MEND, watermark=state.watermark)
    return (
        f"The lake is newer than the database: about {beyond:,} events after position {state.watermark:,} "
        "stand in the lake only. They are taken out of it, as the database gives their positions anew; their "
        "files stay for a day."
    )
