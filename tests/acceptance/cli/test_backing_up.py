"""`regulars backup` and `regulars restore`: into another place, compared; killed, truncated, of another version."""

import json
import os
import re
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from typer.testing import CliRunner, Result

from regulars import log
from regulars.cli import backing_up, restoring
from regulars.cli.commands import cli
from regulars.db import Database
from tests.acceptance.cli.command import Here, here, until
from tests.conftest import TestServer
from tests.integration.customers.shop import Shop

COMMANDS = (backing_up.backup, restoring.restore)  # Loaded, they are among those of `cli`.
TABLES = """
select format('%I.%I', space.nspname, found.relname)
from pg_class as found inner join pg_namespace as space on space.oid = found.relnamespace
where found.relkind = 'r' and space.nspname !~ '^pg_|^information_schema$' order by 1
"""


@pytest.fixture
def lived(server: TestServer) -> Iterator[str]:
    """A workspace in which something happened; gives its DSN."""
    dsn = server.clone()
    with Database(dsn) as database:
        shop = Shop(database)
        shop.tell(*(shop.identify(f"u{n}", email=f"{n}@x.example", name=f"Näme {n}") for n in range(300)))
        with database.transaction() as tx:
            log.append(tx, [shop.event("u1", name="Not sequenced yet", properties={"n": 1.5})])
        shop.sequencer.close()
    yield dsn
    server.drop(dsn)


def place_of(server: TestServer, home: Path, dsn: str) -> Here:
    more = {"REGULARS_POSTGRES_BIN": str(server.bin)} if server.bin else {}
    return here(home, REGULARS_DATABASE_URL=dsn, **more)


@contextmanager
def elsewhere(server: TestServer, home: Path) -> Iterator[tuple[Here, str]]:
    """Another home and the name of a database that is not there yet."""
    dsn = make_conninfo(server.dsn, dbname=f"regulars_back_{os.getpid()}_{home.name}")
    yield place_of(server, home, dsn), dsn
    with psycopg.connect(server.dsn, autocommit=True) as owner:
        for more in ("", "_restoring", "_replaced"):
            owner.execute(f'drop database if exists "{conninfo_to_dict(dsn)["dbname"]}{more}" with (force)')


def ask(place: Here, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    """The command in this process, where only its words and its code count."""
    for name in [name for name in os.environ if name.startswith("REGULARS_")]:
        monkeypatch.delenv(name)
    for name, value in place.environment.items():
        if name.startswith("REGULARS_"):
            monkeypatch.setenv(name, value)
    return CliRunner().invoke(cli, arguments)


def contents(dsn: str) -> dict[str, tuple[int, str]]:
    """Every table with its count and a checksum, by other means than the product's."""
    with psycopg.connect(dsn, options="-c timezone=UTC") as tx:
        names = [row[0] for row in tx.execute(TABLES).fetchall()]
        asked = (
            "select count(*), md5(coalesce(string_agg(md5(t::text), '' order by t::text collate \"C\"), ''))"
        )
        return {name: tx.execute(f"{asked} from {name} as t").fetchone() for name in names}  # type: ignore[misc]


def list_erased(file: Path, dsn: str, user_id: str) -> None:
    """As an erasure after the backup leaves it, outside of every database."""
    with psycopg.connect(dsn) as tx:
        [digest] = tx.execute("select privacy.hash_of('user_id', %s)", [user_id]).fetchone() or [b""]
    told = {"at": datetime.now(UTC).isoformat(), "erasure": 1, "hashes": [["user_id", digest.hex()]]}
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(told) + "\n")


def test_what_is_restored_elsewhere_holds_the_same_in_every_table_and_goes_on(
    server: TestServer, lived: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, saved = place_of(server, tmp_path / "home", lived), tmp_path / "saved"
    assert place.run("lake", "export").code == 0
    before = contents(lived)
    key = tmp_path / "home" / "secret-key"
    key.write_text("a key of some length")

    made = place.run("backup", str(saved), "--with-key", "--workspace", "main")
    again = ask(place, monkeypatch, "backup", str(saved))
    with elsewhere(server, tmp_path / "other") as (other, dsn):
        list_erased(other.home / "erasures" / "main.jsonl", lived, "u5")
        checked = ask(other, monkeypatch, "restore", str(saved), "--check")
        restored = other.run("restore", str(saved))
        after = contents(dsn)
        refused = ask(other, monkeypatch, "restore", str(saved))
        with psycopg.connect(dsn) as tx:
            tx.execute("delete from customers.search_term")
            tx.commit()
            in_use = ask(other, monkeypatch, "restore", str(saved), "--force")
        forced = ask(other, monkeypatch, "restore", str(saved), "--force")
        replaced = contents(dsn)
        with Database(dsn) as database:
            shop = Shop(database)
            shop.read()
            shop.sequencer.close()
            with database.transaction() as tx:
                assert log.sequencer_status(tx).waiting == 0
                assert log.sequencer_status(tx).head == 301
        examined = other.run("doctor")

    assert (made.code, checked.exit_code, restored.code) == (0, 0, 0), made.err + restored.err
    assert forced.exit_code == 0, forced.stderr
    assert "The key is in it: keep it under lock" in made.err
    assert re.search(r"is whole: \d+ files as written", checked.stderr)
    assert f"The lake is in {tmp_path / 'other' / 'lake' / 'main'} as it was saved" in restored.err
    assert "300 of 301 events are in the lake" in examined.out
    assert f"copy it to {tmp_path / 'other' / 'secret-key'}" in restored.err
    assert "1 customer erased since this backup" in restored.err
    assert (before.pop("privacy.erasure")[0], after["privacy.erasure"][0]) == (0, 1)
    # Who was erased since is put to work at once: one job more, and nothing else.
    assert (before.pop("jobs.job")[0], after["jobs.job"][0]) == (0, 1)
    same = {name: kept for name, kept in before.items() if not name.startswith("procrastinate.")}
    assert {name: after[name] for name in same} == same
    assert {name: replaced[name] for name in same} == same
    assert (again.exit_code, refused.exit_code, in_use.exit_code) == (2, 2, 2)
    assert "is there already. Name a folder that is not" in again.stderr
    assert "is there already" in refused.stderr
    assert "--force" in refused.stderr
    assert "is in use by" in in_use.stderr
    assert examined.code == 0, examined.out
    names = {path.name for path in saved.iterdir()}
    assert names == {"lake", "main.dump", "manifest.json", "READ ME.txt", "secret-key"}
    assert (saved / "secret-key").stat().st_mode & 0o777 == 0o600


def test_a_backup_or_restore_that_is_killed_leaves_nothing_that_looks_whole(
    server: TestServer, lived: str, tmp_path: Path
) -> None:
    with psycopg.connect(lived, autocommit=True) as tx:
        tx.execute(
            "create table log.much as select n, gen_random_uuid()::text from generate_series(1, 500000) n"
        )
    place, saved, draft = (
        place_of(server, tmp_path / "home", lived),
        tmp_path / "saved",
        tmp_path / ".saved.part",
    )

    with place.started("backup", str(saved)) as process:
        until((draft / "main.dump").exists, 30)
        twice = place.run("backup", str(saved))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert not saved.exists()
    assert draft.is_dir()
    half = place.run("restore", str(draft), "--check")
    assert place.run("backup", str(saved)).code == 0
    assert not draft.exists()

    with elsewhere(server, tmp_path / "other") as (other, dsn):
        name = conninfo_to_dict(dsn)["dbname"]
        with other.started("restore", str(saved)) as process:
            until(lambda: (name, f"{name}_restoring") == (name, drafted(server.dsn, f"{name}_restoring")), 30)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        with psycopg.connect(server.dsn) as tx:
            assert tx.execute("select from pg_database where datname = %s", [name]).fetchone() is None
        done = other.run("restore", str(saved))
        assert done.code == 0, done.err
        assert contents(dsn) == contents(lived)

    assert twice.code == 2
    assert "Another backup to" in twice.err
    assert half.code == 2
    assert "is no whole backup" in half.err


def drafted(dsn: str, name: str) -> str | None:
    with psycopg.connect(dsn) as tx:
        found = tx.execute("select datname from pg_database where datname = %s", [name]).fetchone()
    return found[0] if found else None


def test_a_backup_that_is_truncated_changed_or_newer_is_refused_and_says_why(
    server: TestServer, lived: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, saved = place_of(server, tmp_path / "home", lived), tmp_path / "saved"
    assert ask(place, monkeypatch, "backup", str(saved)).exit_code == 0
    size = (saved / "main.dump").stat().st_size

    def spoilt(name: str) -> Path:
        return Path(shutil.copytree(saved, tmp_path / name))

    short = spoilt("short")
    os.truncate(short / "main.dump", size // 2)
    flipped = spoilt("flipped")
    with (flipped / "main.dump").open("r+b") as file:
        file.seek(size // 2)
        byte = file.read(1)
        file.seek(size // 2)
        file.write(bytes([byte[0] ^ 255]))
    torn = spoilt("torn")
    os.truncate(torn / "manifest.json", 900)
    missing = spoilt("missing")
    (missing / "main.dump").unlink()
    newer = spoilt("newer")
    told = json.loads((newer / "manifest.json").read_text())
    told["workspaces"][0]["migrations"].append({"number": 9999, "name": "of_tomorrow", "checksum": "x"})
    (newer / "manifest.json").write_text(json.dumps(told))
    other_rows = spoilt("rows")
    told = json.loads((saved / "manifest.json").read_text())
    people = told["workspaces"][0]["tables"]["customers.customer"]["rows"]
    told["workspaces"][0]["tables"]["customers.customer"]["rows"] += 1
    (other_rows / "manifest.json").write_text(json.dumps(told))

    with elsewhere(server, tmp_path / "other") as (other, dsn):
        ends = {
            folder.name: ask(other, monkeypatch, "restore", str(folder))
            for folder in (short, flipped, torn, missing, newer, other_rows, tmp_path / "none")
        }
        asked = ask(other, monkeypatch, "restore", str(saved), "--workspace", "shadow")
        assert drafted(server.dsn, str(conninfo_to_dict(dsn)["dbname"])) is None

    says = {
        "short": f"main.dump has {size // 2:,} of {size:,} bytes",
        "flipped": "main.dump was changed after it was written",
        "torn": "manifest.json is not whole",
        "missing": "main.dump is missing",
        "newer": "made by a newer one",
        "rows": f"customers.customer has {people} rows instead of {people + 1}",
        "none": "There is no folder",
    }
    for name, said in says.items():
        assert said in ends[name].stderr, ends[name].stderr
    assert {name: end.exit_code for name, end in ends.items()} == dict.fromkeys(says, 2) | {
        "newer": 78,
        "rows": 70,
    }
    assert "holds no workspace shadow" in asked.stderr
