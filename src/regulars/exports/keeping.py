"""Files that are kept here: for some days, as long as a run says so, and gone with who stands in them."""

import shutil
from collections.abc import Iterable, Sequence
from datetime import timedelta

from regulars.db import Database, Tx, run, value, values
from regulars.exports.desk import Desk
from regulars.exports.statements import SQL
from regulars.kernel import is_telling, public_id

ERASED = "It was stopped, since somebody who may stand in it was erased meanwhile."
TITLE = "Files exported and kept here, which may hold the person"
WORDS = "Exports narrowed by something of the person"
LEFT = "Files with customers that were brought elsewhere before"


def tidy(database: Database, desk: Desk) -> int:
    """Delete files whose time is over, and on this host what no run names any more; gives how many went."""
    now = desk.wall.now()
    before = now - timedelta(days=desk.settings.export_keep_days)
    with database.transaction() as tx:
        overdue: list[int] = values(tx, SQL.overdue, before=before)
        run(tx, SQL.removed, run_ids=overdue, why="expired", now=now)
        kept = {public_id("exp", run_id) for run_id in values(tx, SQL.kept)}
    found = [one for one in desk.home.iterdir() if one.is_dir()] if desk.home.is_dir() else []
    gone = [one for one in found if one.name.startswith("exp_") and one.name not in kept]
    for folder in gone:
        shutil.rmtree(folder, ignore_errors=True)
    return len(gone)


def held(tx: Tx, _atoms: Sequence[int], texts: Iterable[str] = ()) -> list[tuple[str, int]]:
    """Titles with how many. Which file holds whom is not known, so every one counts."""
    known = [text for text in texts if is_telling(text)]
    found = [
        (TITLE, len(values(tx, SQL.kept_personal))),
        (WORDS, int(value(tx, SQL.words_held, texts=known)) if known else 0),
        (LEFT, int(value(tx, SQL.delivered_personal))),
    ]
    return [(title, number) for title, number in found if number]


def erase(tx: Tx, desk: Desk, _atoms: Sequence[int], texts: Iterable[str] = ()) -> int:
    """Delete every kept file with customers' data, since any may hold the person; gives how many went.

    One that waits for its place is made anew without the person. What was brought elsewhere is beyond reach.
    """
    now = desk.wall.now()
    gone: list[int] = values(tx, SQL.kept_personal)
    run(tx, SQL.stop_personal, told=ERASED, now=now)
    run(tx, SQL.removed, run_ids=gone, why="erased", now=now)
    known = [text for text in texts if is_telling(text)]
    words = run(tx, SQL.forget_words, texts=known) if known else 0
    # Should this be rolled back, files are missing that a row still names; fetching one says so.
    for run_id in gone:
        shutil.rmtree(desk.home / public_id("exp", run_id), ignore_errors=True)
    return len(gone) + words
