"""The embedded server: real starts, real kills, nothing left running."""

import contextlib
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

import regulars
from regulars.db.identity import choose, unprivileged
from regulars.db.launcher import Server, start
from regulars.db.postmaster import sized
from regulars.db.serving import SOCKET_NAME, Place, ServerUnavailable

SYSTEM_BINARIES = Path("/usr/lib/postgresql/15/bin")
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become somebody else")

OWNER = """
import sys, threading, time
from pathlib import Path
from regulars.db.launcher import start
def run():
    server = start(Path(sys.argv[1]), fsync=False)
    print(server.pid, server._postmaster._watchdog.pid if server.owned else 0, flush=True)
    return server
if sys.argv[2] == "thread":
    kept = []
    thread = threading.Thread(target=lambda: kept.append(run()))
    thread.start()
    thread.join()
    print("ended", flush=True)
else:
    server = run()
time.sleep(60)
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("prepared")
    quick(home).stop()
    return home


@pytest.fixture
def home(prepared: Path, tmp_path: Path) -> Path:
    """A home that was used before: a copy is made faster than a cluster."""
    return Path(shutil.copytree(prepared, tmp_path / "home"))


def quick(home: Path, **options: object) -> Server:
    return start(home, fsync=False, **options)  # type: ignore[arg-type]


def ask(server: Server, query: str) -> object:
    with psycopg.connect(server.dsn("postgres")) as connection:
        row = connection.execute(query).fetchone()
    return row[0] if row else None


def of_home(home: Path) -> list[psutil.Process]:
    """Every process that stands in the data folder or was started with the home in its arguments."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.pid != os.getpid() and str(home / "postgres") in " ".join(process.cmdline()):
                found.append(process)
    return found


def wait_until_gone(home: Path, within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while (left := of_home(home)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left == []


@contextlib.contextmanager
def owner(home: Path, where: str = "main") -> Iterator[tuple[subprocess.Popen[str], int, int]]:
    """Another process that owns the home's server; gives it with the pids of server and watchdog."""
    argv = [sys.executable, "-c", OWNER, str(home), where]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            server, watchdog = map(int, process.stdout.readline().split())
            if where == "thread":
                assert process.stdout.readline() == "ended\n"
            yield process, server, watchdog
        finally:
            process.kill()


def test_a_fresh_home_gets_a_server_that_answers_and_a_stop_leaves_nothing(tmp_path: Path) -> None:
    names = ["TimeZone", "server_encoding", "data_checksums", "listen_addresses", "jit"]
    with quick(tmp_path / "home") as server:
        settings = [ask(server, f"select current_setting('{name}')") for name in names]
        locale = ask(server, "select datcollate from pg_database where datname = 'postgres'")
        modes = [path.stat().st_mode & 0o777 for path in (server.place.folder, server.place.note)]

    assert [*settings, locale] == ["UTC", "UTF8", "on", "", "off", "C"]
    assert modes == [0o700, 0o600]
    assert of_home(tmp_path) == []
    assert not server.place.note.exists()


def test_what_was_committed_is_there_after_a_second_start(home: Path) -> None:
    with quick(home) as server, psycopg.connect(server.dsn("postgres")) as connection:
        connection.execute("create table kept as select 7 as number")

    with quick(home) as server:
        assert ask(server, "select number from kept") == 7


def test_a_wrong_password_is_refused(home: Path) -> None:
    with quick(home) as server:
        wrong = psycopg.conninfo.make_conninfo(server.dsn("postgres"), password="wrong")

        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)


def test_a_second_start_attaches_and_does_not_stop_what_it_does_not_own(home: Path) -> None:
    with owner(home) as (process, pid, _):
        with quick(home) as attached:
            assert (attached.owned, attached.pid) == (False, pid)
            assert attached.binaries.joinpath("initdb").exists()

        assert ask(quick(home), "select 1") == 1
        process.kill()
        wait_until_gone(home, 5)


def test_a_killed_owner_leaves_no_server_and_the_next_start_goes_on(home: Path) -> None:
    with owner(home) as (process, _, _), psycopg.connect(quick(home).dsn("postgres")) as open_one:
        open_one.execute("create table unfinished ()")
        process.kill()

        with quick(home) as server:
            assert server.owned
            assert ask(server, "select to_regclass('unfinished')") is None
        open_one.close()
    wait_until_gone(home, 5)


def test_owner_and_watchdog_killed_together_leave_no_server(home: Path) -> None:
    with owner(home) as (process, _, watchdog):
        os.kill(watchdog, signal.SIGKILL)
        process.kill()

        wait_until_gone(home, 5)


def test_a_server_outlives_the_thread_that_started_it_but_not_the_process(home: Path) -> None:
    with owner(home, "thread") as (process, pid, _):
        assert ask(quick(home), "select 1") == 1
        assert psutil.pid_exists(pid)

        process.kill()
        wait_until_gone(home, 5)


def test_an_orphan_that_nobody_told_to_end_is_ended_by_the_next_start(home: Path) -> None:
    with owner(home, "thread") as (process, pid, watchdog):
        dying = psutil.Process(watchdog)
        dying.kill()
        process.kill()
        process.wait()
        # Whoever starts while one of them still dies, and with it the lock, only attaches.
        psutil.wait_procs([dying], timeout=10)
        assert pid in [left.pid for left in of_home(home)]

        with quick(home) as server:
            assert server.owned
            assert pid not in [left.pid for left in of_home(home)]


def test_a_number_taken_over_by_another_process_does_not_pass_for_a_running_server(home: Path) -> None:
    with quick(home) as server:
        left_behind = server.place.data.joinpath("postmaster.pid").read_text().splitlines()
    with subprocess.Popen(["sleep", "60"]) as other:
        text = "\n".join([str(other.pid), *left_behind[1:]]) + "\n"
        server.place.data.joinpath("postmaster.pid").write_text(text)
        server.place.run.joinpath(f"{SOCKET_NAME}.lock").write_text(text)

        with quick(home) as server:
            assert ask(server, "select 1") == 1
        assert other.poll() is None
        other.kill()


def test_a_killed_server_that_nobody_collected_does_not_pass_for_a_running_one(home: Path) -> None:
    with quick(home) as server:
        left_behind = server.place.data.joinpath("postmaster.pid").read_text().splitlines()
    other = subprocess.Popen(["true"])  # Ended, and not waited for: its number still stands in the table.
    while psutil.Process(other.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    text = "\n".join([str(other.pid), *left_behind[1:]]) + "\n"
    for lock in (server.place.data / "postmaster.pid", server.place.run / f"{SOCKET_NAME}.lock"):
        lock.write_text(text)

    with quick(home) as server:
        assert ask(server, "select 1") == 1
    other.wait()


def test_a_torn_pid_file_does_not_stand_in_the_way(home: Path) -> None:
    with quick(home) as server:
        pass
    server.place.data.joinpath("postmaster.pid").touch()

    with quick(home) as server:
        assert ask(server, "select 1") == 1


def test_a_server_that_was_killed_is_revived_at_the_same_address(home: Path) -> None:
    with quick(home) as server:
        dsn = server.dsn("postgres")
        os.kill(server.pid, signal.SIGKILL)
        psutil.wait_procs([psutil.Process(server.pid)], timeout=0.2)

        assert server.revive()
        assert not server.revive()
        assert server.dsn("postgres") == dsn
        assert ask(server, "select 1") == 1
    assert of_home(home) == []


def test_who_had_attached_takes_the_server_over_when_its_owner_is_gone(home: Path) -> None:
    with owner(home) as (process, pid, _), quick(home) as heir:
        dsn = heir.dsn("postgres")
        assert not heir.revive()
        process.kill()
        psutil.wait_procs([psutil.Process(pid)], timeout=5)

        assert heir.revive()
        assert (heir.owned, heir.dsn("postgres"), ask(heir, "select 1")) == (True, dsn, 1)
    assert of_home(home) == []


def test_start_killed_while_making_the_cluster_goes_on_at_the_next(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", OWNER, str(tmp_path), "main"]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL) as process:
        draft = tmp_path / "postgres" / "data.new" / "global"
        while not draft.exists():
            time.sleep(0.005)
        process.kill()
    assert not Place(home=tmp_path).data.exists()

    with quick(tmp_path) as server:
        assert ask(server, "select 1") == 1


def test_a_lost_password_file_is_replaced(home: Path) -> None:
    with quick(home) as server:
        pass
    server.place.password.unlink()

    with quick(home) as server:
        assert ask(server, "select 1") == 1


def test_a_wrong_password_file_is_named(home: Path) -> None:
    with quick(home) as server:
        pass
    server.place.password.write_text("of another home")

    with pytest.raises(ServerUnavailable, match=r"does not take the password.*Remove that file"):
        quick(home)
    assert of_home(home) == []


def test_a_home_too_deep_for_a_socket_gets_a_short_folder_that_goes_with_the_server(tmp_path: Path) -> None:
    home = tmp_path / ("deep" * 30) / "with, comma"
    with quick(home) as server:
        short = Path(str(psycopg.conninfo.conninfo_to_dict(server.dsn("postgres"))["host"]))
        assert ask(server, "select 1") == 1
        assert short.parent == Path("/tmp")
        assert short.stat().st_mode & 0o777 == 0o700

    assert not short.exists()


def test_the_short_folder_goes_even_if_the_owner_is_killed(tmp_path: Path) -> None:
    home = tmp_path / ("deep" * 30)
    with owner(home) as (process, _, _):
        dsn = quick(home).dsn("postgres")
        process.kill()
        wait_until_gone(home, 5)

    assert not Path(str(psycopg.conninfo.conninfo_to_dict(dsn)["host"])).exists()


def test_data_of_another_major_version_is_named_with_both(tmp_path: Path) -> None:
    place = Place(home=tmp_path)
    place.make()
    place.data.mkdir()
    place.data.joinpath("PG_VERSION").write_text("14\n")

    with pytest.raises(ServerUnavailable, match=r"made by PostgreSQL 14; the programs in .* version 18"):
        quick(tmp_path)


def test_files_that_are_no_database_are_not_touched(tmp_path: Path) -> None:
    place = Place(home=tmp_path)
    place.make()
    place.data.mkdir()
    place.data.joinpath("letter").write_text("dear")

    with pytest.raises(ServerUnavailable, match="holds files but no database"):
        quick(tmp_path)
    assert place.data.joinpath("letter").read_text() == "dear"


def test_missing_programs_are_named_with_where_they_were_looked_for(tmp_path: Path) -> None:
    with pytest.raises(ServerUnavailable, match=r"looked for in .*, where initdb and postgres cannot"):
        quick(tmp_path, binaries=tmp_path)


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.joinpath("file").touch()

    with pytest.raises(ServerUnavailable, match="cannot be written: Not a directory"):
        quick(tmp_path / "file" / "home")


def test_a_holder_whose_server_does_not_answer_is_named(tmp_path: Path) -> None:
    place = Place(home=tmp_path)
    place.make()
    with place.lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        held.write("4711")
        held.flush()

        with pytest.raises(ServerUnavailable, match="held by the process 4711"):
            quick(tmp_path, attach_s=0.2)


def test_what_postgresql_said_stands_in_the_error(home: Path) -> None:
    with quick(home) as server:
        pass
    with server.place.data.joinpath("postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")

    with pytest.raises(ServerUnavailable, match=r"ended at once[\s\S]*FATAL"):
        quick(home)
    assert of_home(home) == []


def test_a_start_in_a_forked_child_does_not_stop_the_parents_server(home: Path) -> None:
    with quick(home) as server:
        child = os.fork()
        if child == 0:
            server.stop()
            os._exit(0)
        os.waitpid(child, 0)

        assert ask(server, "select 1") == 1


@pytest.mark.skipif(not SYSTEM_BINARIES.exists(), reason="the distribution's PostgreSQL 15 is not installed")
def test_the_programs_of_the_system_serve_as_well(tmp_path: Path) -> None:
    with quick(tmp_path, binaries=SYSTEM_BINARIES) as server:
        assert str(ask(server, "show server_version")).startswith("15.")


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder everybody can reach; pytest's own is for one user."""
    folder = Path(tempfile.mkdtemp(prefix="public-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@AS_ROOT
def test_without_namespaces_root_serves_as_an_unprivileged_user(public_folder: Path) -> None:
    dropped = unprivileged()
    with quick(public_folder / "home", identity=dropped) as server:
        assert psutil.Process(server.pid).uids().real == dropped.uid
        assert ask(server, "select 1") == 1

    with quick(public_folder / "home") as again:
        assert psutil.Process(again.pid).uids().real == dropped.uid


@AS_ROOT
def test_a_folder_that_stands_in_the_way_of_the_unprivileged_user_is_named(public_folder: Path) -> None:
    closed = public_folder / "closed"
    closed.mkdir(mode=0o700)

    with pytest.raises(ServerUnavailable, match=rf"cannot get through {closed} \(mode 0700, owner root\)"):
        quick(closed / "home", identity=unprivileged())


@AS_ROOT
def test_an_ordinary_user_and_root_in_his_home_serve_the_same_data(public_folder: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    home = public_folder / "home"
    home.mkdir(mode=0o700)
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    script = "import sys; from regulars.db.launcher import start; from pathlib import Path\n"
    script += "with start(Path(sys.argv[1]), fsync=False) as server: print(server.owned)"
    path = f"{Path(regulars.__file__).parents[1]}:{sysconfig.get_path('purelib')}"
    python = next(
        (name for name in (sys.executable, "/usr/bin/python3") if runs_for(nobody, name, path)), None
    )
    if python is None:
        pytest.skip("no Python of this version that an ordinary user can reach")

    for _ in range(2):
        as_nobody = subprocess.run(
            [python, "-c", script, str(home)], user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[],
            env={"PYTHONPATH": path}, capture_output=True, text=True, check=False, cwd="/",
        )  # fmt: skip
        assert (as_nobody.stdout, as_nobody.stderr) == ("True\n", "")
        with quick(home) as server:
            assert psutil.Process(server.pid).uids().real == nobody.pw_uid


def runs_for(user: pwd.struct_passwd, python: str, path: str) -> bool:
    script = f"import sys, psycopg; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"
    with contextlib.suppress(OSError):
        tried = subprocess.run(
            [python, "-c", script], user=user.pw_uid, group=user.pw_gid, extra_groups=[],
            env={"PYTHONPATH": path}, capture_output=True, check=False, cwd="/",
        )  # fmt: skip
        return tried.returncode == 0
    return False


def test_starts_at_the_same_moment_end_with_one_owner(tmp_path: Path) -> None:
    servers: list[Server] = []
    threads = [threading.Thread(target=lambda: servers.append(quick(tmp_path))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(server.owned for server in servers) == [False, False, False, True]
    assert len({server.pid for server in servers}) == 1
    for server in servers:
        server.stop()
    assert of_home(tmp_path) == []


def test_the_identity_is_chosen_by_whose_folder_it_is(tmp_path: Path) -> None:
    place = Place(home=tmp_path)
    place.make()

    chosen = choose(place)

    assert chosen.uid is None
    assert (chosen.map is None) == (os.geteuid() != 0)


def test_the_caches_grow_with_the_memory_and_stay_within_bounds(home: Path) -> None:
    assert sized(1_024) == {"shared_buffers": "256MB", "effective_cache_size": "1024MB"}
    assert sized(12_288) == {"shared_buffers": "1024MB", "effective_cache_size": "6144MB"}
    assert sized(512 * 1_024)["shared_buffers"] == "2048MB"

    with start(home) as server:
        assert str(ask(server, "show shared_buffers")).removesuffix("GB").removesuffix("MB").isdigit()
