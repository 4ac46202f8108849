"""The lake's part of a backup: what the database knows of it, and its files where they lie in a folder."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from regulars import analytics
from regulars.analytics import State
from regulars.cli.backup_files import LakeTable
from regulars.db import Tx
from regulars.kernel import Conflict
from regulars.settings import Settings

NEW, FORMER = ".restoring", ".replaced"


def known(tx: Tx) -> list[State]:
    """What the database knows of its lake; nothing where it is older than lakes are."""
    found = tx.execute("select to_regclass('analytics.lake') is not null").fetchone()
    return analytics.states(tx) if found and found[0] else []


def told(states: Sequence[State]) -> list[LakeTable]:
    return [
        LakeTable(name=one.name, version=one.version, watermark=one.watermark, rows=one.lake_rows)
        for one in states
    ]


def where(settings: Settings) -> str:
    return analytics.place_of(settings).root


def copy(settings: Settings, states: Sequence[State], into: Path) -> bool:
    """Whether the files are saved: a store that speaks S3 keeps its own copies."""
    place = analytics.place_of(settings)
    if place.is_remote:
        return False
    analytics.copy_lake(place, states, into)
    return True


def lay_beside(settings: Settings, saved: Path, *, force: bool) -> None:
    """Copy the saved files beside the lake, as what takes long or fails comes before anything is replaced."""
    place = analytics.place_of(settings)
    if not saved.is_dir() or place.is_remote:
        return
    root = Path(place.root)
    if root.exists() and any(root.iterdir()) and not force:
        raise Conflict(
            f"A lake is in {root} already. Move it away, or add --force to put the backup's in its place."
        )
    root.parent.mkdir(parents=True, exist_ok=True)
    new = root.with_name(root.name + NEW)
    shutil.rmtree(new, ignore_errors=True)
    shutil.copytree(saved, new)


def put_in_place(settings: Settings, saved: Path) -> str:
    """Give what was laid beside the lake its name, once the database is the restored one; says what was done.

    The former lake goes last: events that left PostgreSQL stand nowhere else.
    """
    place = analytics.place_of(settings)
    if not saved.is_dir():
        return ""
    if place.is_remote:
        return f"The backup's lake stays in {saved}: this workspace keeps its lake in {place.root}."
    root = Path(place.root)
    new, former = root.with_name(root.name + NEW), root.with_name(root.name + FORMER)
    shutil.rmtree(former, ignore_errors=True)
    if root.exists():
        root.rename(former)
    new.rename(root)
    shutil.rmtree(former, ignore_errors=True)
    return f"The lake is in {root} as it was saved."
