"""A copy of the lake's files as one moment of the database knows them, for a backup of a lake in a folder."""

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from regulars.analytics.faults import LakeDamaged
from regulars.analytics.place import Place
from regulars.analytics.state import State

LOG, LAST = "_delta_log", "_last_checkpoint"


def copy_lake(place: Place, known: Sequence[State], into: Path) -> int:
    """Copy each table at the version that the database knows; gives how many files that were.

    Files never change once they are written, and a vacuum leaves those of the last day: what a version names
    is there even while others write.
    """
    copied = 0
    for one in known:
        if one.version is None:
            continue
        root = Path(place.table(one.name))
        for path in _files(root, one.name, one.version):
            target = into / one.name / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            copied += 1
    return copied


def _files(root: Path, name: str, version: int) -> Iterator[Path]:
    """The data files of a version, then the lines of the table's own log that lead to it."""
    try:
        table = DeltaTable(str(root), version=version)
        yield from (Path(uri.removeprefix("file://")) for uri in table.file_uris())
    except (DeltaError, OSError) as cause:
        raise LakeDamaged(
            f"Version {version} of the table {name} of the lake in {root} cannot be read ({cause}). "
            "`regulars lake status` says more; save the rest with --without-lake."
        ) from cause
    for path in sorted((root / LOG).iterdir()):
        number = path.name.partition(".")[0]
        if number.isdigit() and int(number) <= version and path.is_file():
            yield path
    last = root / LOG / LAST
    if last.is_file() and int(json.loads(last.read_text())["version"]) <= version:
        yield last
