"""A database written to a file and read back, by PostgreSQL's own pg_dump and pg_restore."""

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from regulars.db.binaries import Binaries, packaged
from regulars.db.database import place
from regulars.db.serving import ServerUnavailable
from regulars.kernel import Unavailable

LINES_TOLD = 4
# What newer programs set and older servers do not know; it only says how long a session may take.
HARMLESS = "transaction_timeout"
Say = Callable[[str], None]


def dump_programs(folder: Path | None) -> Binaries:
    """Where pg_dump and pg_restore are: in `folder`, in the package, or on the path."""
    places = [folder.absolute()] if folder is not None else _usual_places()
    for found in places:
        if all(os.access(found / name, os.X_OK) for name in ("pg_dump", "pg_restore")):
            return Binaries(folder=found, major=_major(found))
    looked = " and ".join(map(str, places)) or "the path"
    raise ServerUnavailable(
        f"pg_dump and pg_restore were looked for in {looked} and are not there. Install PostgreSQL's client "
        "programs and name their folder in REGULARS_POSTGRES_BIN (Debian: /usr/lib/postgresql/17/bin)."
    )


def _usual_places() -> list[Path]:
    found = []
    with contextlib.suppress(ServerUnavailable):
        found.append(packaged())
    on_path = shutil.which("pg_dump")
    return [*found, *([Path(on_path).resolve().parent] if on_path else [])]


def _major(folder: Path) -> int:
    told = subprocess.run(  # noqa: S603  # The path was checked above.
        [folder / "pg_dump", "--version"], capture_output=True, text=True, check=False, timeout=30
    )
    number = re.match(r"\d+", told.stdout.rpartition("(PostgreSQL) ")[2])
    if told.returncode != 0 or number is None:
        raise ServerUnavailable(
            f"{folder / 'pg_dump'} was asked for its version and answered {(told.stdout + told.stderr)!r}. "
            "Name another folder of PostgreSQL programs in REGULARS_POSTGRES_BIN."
        )
    return int(number[0])


def refuse_newer_server(programs: Binaries, server_version: int) -> None:
    """Raise Unavailable for a server that these programs do not know; the number is as in 180006."""
    if server_version // 10_000 > programs.major:
        raise Unavailable(
            f"The server is PostgreSQL {server_version // 10_000}; the programs in {programs.folder} are of "
            f"version {programs.major}, which cannot read it. Name newer ones in REGULARS_POSTGRES_BIN."
        )


def dump(programs: Binaries, dsn: str, into: Path, *, snapshot: str, say: Say) -> None:
    """Write what a snapshot sees into a file of PostgreSQL's custom form; raises Unavailable."""
    argv = [
        programs / "pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--verbose",
        f"--snapshot={snapshot}", f"--file={into}",
    ]  # fmt: skip
    wrong = _run(argv, dsn, "dumping contents of table", say)
    if wrong:
        raise Unavailable(
            f"The database at {place(dsn)} was to be written to {into}, and pg_dump said: {' '.join(wrong)}. "
            "See that there is room and that the server runs, then begin again."
        )


def load(programs: Binaries, dsn: str, dumped: Path, say: Say) -> None:
    """Read a file into an empty database; raises Unavailable with what stood in the way."""
    argv = [programs / "pg_restore", "--no-owner", "--no-privileges", "--verbose", f"{dumped}"]
    wrong = [line for line in _run(argv, dsn, "processing data for table", say) if HARMLESS not in line]
    if wrong:
        raise Unavailable(
            f"{dumped} was to be read into {place(dsn)}. pg_restore said: {' '.join(wrong[:LINES_TOLD])}. "
            "See that there is room and that the server is as new as the backup's, then begin again."
        )


def _run(argv: Sequence[str], dsn: str, step: str, say: Say) -> list[str]:
    """Run a program on a database; gives the errors it told, after each step telling its name."""
    plain = conninfo_to_dict(dsn)
    password = str(plain.pop("password", "") or "")
    target = make_conninfo("", **{**plain, "application_name": "regulars backup"})
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    given = {**kept, "LC_ALL": "C", **({"PGPASSWORD": password} if password else {})}
    with subprocess.Popen(  # noqa: S603  # Our own programs.
        [argv[0], f"--dbname={target}", *argv[1:]],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        errors="replace", env=given, cwd="/",
    ) as process:  # fmt: skip
        try:
            assert process.stderr is not None
            errors = list(_heard(process.stderr, step, say))
        except BaseException:
            process.kill()
            raise
    if process.returncode == 0:
        return []
    return errors or [f"it ended with code {process.returncode}"]


def _heard(told: Iterable[str], step: str, say: Say) -> Iterator[str]:
    """The errors among what a program tells, while each step is passed on."""
    for line in told:
        if step in line:
            say(line.partition(step)[2].strip().strip('"'))
        elif "error:" in line or "FATAL" in line:
            yield line.strip()
