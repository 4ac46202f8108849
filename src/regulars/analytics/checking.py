"""Whether the lake is what the database says: there, of the right version, every file whole."""

from regulars.analytics.agreeing import disagreement
from regulars.analytics.delta import Delta, opened, told
from regulars.analytics.lake import Lake
from regulars.analytics.state import FILES_DAMAGED, SQL, note_problem, state_of
from regulars.analytics.table import Table
from regulars.db import run

SHOWN = 5


def damaged(lake: Lake, table: Table, delta: Delta) -> list[str]:
    """Files that are not there or not of the size that the table's own log says, as sentences."""
    files = delta.files()
    store = lake.place.filesystem()
    with told(table):
        found = store.get_file_info([lake.place.path_of(one.uri) for one in files])
    wrong = []
    for one, there in zip(files, found, strict=True):
        size = there.size if there.is_file else None
        if size != one.size:
            shown = "is not there" if size is None else f"has {size:,} bytes instead of {one.size:,}"
            wrong.append(f"The file {one.uri} ({one.rows:,} rows) {shown}")
    return wrong


def check(lake: Lake) -> list[str]:
    """Look at every table as it stands, note what is wrong in the database, and give it as sentences."""
    return [problem for table in lake.tables for problem in check_table(lake, table)]


def check_table(lake: Lake, table: Table) -> list[str]:
    with lake.database.transaction() as tx:
        run(tx, SQL.make, name=table.name)
    state = state_of(lake.database, table.name)
    delta = opened(lake.place, table)
    if state.intent is None:  # Else somebody is writing, and what differs is no fault.
        differing = disagreement(table, state, delta)
        if differing is not None:
            note_problem(lake.database, table.name, *differing)
            return [differing[1]]
    if delta is None:
        return []
    wrong = damaged(lake, table, delta)
    if not wrong:
        with lake.database.transaction() as tx:
            run(tx, SQL.clear_problem, name=table.name, codes=[FILES_DAMAGED])
        return []
    more = f" and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
    sentence = (
        f"{'; '.join(wrong[:SHOWN])}{more}. Bring them back from a backup, or run `regulars lake mend`."
    )
    note_problem(lake.database, table.name, FILES_DAMAGED, sentence)
    return [sentence]
