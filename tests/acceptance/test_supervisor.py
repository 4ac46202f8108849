"""The supervisor with real children and a real embedded server: what dies, what comes back, what is left."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

MAIN = """
import sys
from pathlib import Path
from regulars.cli.supervisor import Child, supervise
from regulars.db.launcher import start

home, grace_s = Path(sys.argv[1]), float(sys.argv[2])
CHILD = '''
import os, signal, subprocess, sys, time
from pathlib import Path
notes, manner = Path(sys.argv[1]), sys.argv[2]
def end(number, frame):
    with notes.open("a") as file:
        file.write("asked\\\\n")
    if manner != "stubborn":
        sys.exit(0)
signal.signal(signal.SIGTERM, end)
helper = subprocess.Popen(["sleep", "300"])
with notes.open("a") as file:
    file.write(f"{os.getpid()} {helper.pid}\\\\n")
if manner == "hopeless":
    sys.exit(78)
while True:
    time.sleep(300)
'''
children = [
    Child(name=manner, argv=[sys.executable, "-c", CHILD, str(home / f"{number}.notes"), manner])
    for number, manner in enumerate(sys.argv[4:])
]
if sys.argv[3] == "serving":
    with start(home, fsync=False) as server:
        (home / "server.notes").write_text(f"{server.pid}\\n")
        sys.exit(supervise(children, stop_grace_s=grace_s, tend=server.revive))
sys.exit(supervise(children, stop_grace_s=grace_s))
"""


@contextlib.contextmanager
def supervisor(
    home: Path, *manners: str, grace_s: float = 4, server: str = "alone"
) -> Iterator[subprocess.Popen[str]]:
    argv = [sys.executable, "-c", MAIN, str(home), str(grace_s), server, *manners]
    with subprocess.Popen(argv, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()


def until(found: Callable[[], object], within_s: float = 10) -> object:
    deadline = time.monotonic() + within_s
    while not (result := found()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert result
    return result


def notes(home: Path, number: int = 0) -> list[str]:
    path = home / f"{number}.notes"
    return path.read_text().splitlines() if path.exists() else []


def pids(home: Path, number: int = 0) -> list[tuple[int, int]]:
    """The child's own number and its helper's, for each of its starts."""
    return [(int(a), int(b)) for a, b in (line.split() for line in notes(home, number) if " " in line)]


def left(home: Path, supervisor_pid: int) -> list[str]:
    """Command lines of whatever still runs of this home: children, helpers, guard, server, watchdog."""
    known = {pid for number in range(2) for pair in pids(home, number) for pid in pair}
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            line = " ".join(process.cmdline())
            is_ours = process.pid in known or str(home) in line or process.ppid() == supervisor_pid
            if is_ours and process.pid != supervisor_pid and process.status() != psutil.STATUS_ZOMBIE:
                found.append(line)
    return found


def wait_for_server(home: Path) -> int:
    until(lambda: (home / "server.notes").exists() and (home / "server.notes").read_text().endswith("\n"), 20)
    return int((home / "server.notes").read_text())


def test_a_killed_child_comes_back_and_what_it_had_started_is_gone(tmp_path: Path) -> None:
    with supervisor(tmp_path, "plain", "plain") as process:
        until(lambda: pids(tmp_path, 0) and pids(tmp_path, 1))
        child, helper = pids(tmp_path)[0]
        os.kill(child, signal.SIGKILL)

        until(lambda: len(pids(tmp_path)) == 2)
        assert not psutil.pid_exists(helper) or psutil.Process(helper).status() == psutil.STATUS_ZOMBIE
        assert len(pids(tmp_path, 1)) == 1
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=5)
    assert told == "plain was ended by SIGKILL after 0 s; starting it again in 0.5 s.\n"
    assert process.returncode == 0


def test_ctrl_c_ends_children_and_server_within_five_seconds_with_one_signal_each(tmp_path: Path) -> None:
    with supervisor(tmp_path, "plain", "plain", server="serving") as process:
        wait_for_server(tmp_path)
        until(lambda: pids(tmp_path, 0) and pids(tmp_path, 1))

        begun = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=5)

        assert time.monotonic() - begun < 5
        assert process.returncode == 0
        assert [notes(tmp_path, number).count("asked") for number in (0, 1)] == [1, 1]
        assert left(tmp_path, process.pid) == []


def test_a_killed_supervisor_leaves_no_child_and_no_server_after_five_seconds(tmp_path: Path) -> None:
    with supervisor(tmp_path, "plain", "stubborn", server="serving") as process:
        wait_for_server(tmp_path)
        until(lambda: pids(tmp_path, 0) and pids(tmp_path, 1))
        assert len(left(tmp_path, process.pid)) >= 7

        process.kill()
        until(lambda: not left(tmp_path, process.pid), 5)


def test_the_server_is_revived_while_the_children_go_on(tmp_path: Path) -> None:
    with supervisor(tmp_path, "plain", server="serving") as process:
        pid = wait_for_server(tmp_path)
        until(lambda: pids(tmp_path))
        os.kill(pid, signal.SIGKILL)

        note = tmp_path / "postgres" / "server.json"
        until(lambda: note.exists() and f'"pid": {pid},' not in note.read_text())
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=5)
    assert process.returncode == 0
    assert len(pids(tmp_path)) == 1


def test_a_child_that_does_not_end_in_time_is_killed_and_named(tmp_path: Path) -> None:
    with supervisor(tmp_path, "stubborn", grace_s=0.5) as process:
        until(lambda: pids(tmp_path))
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=5)

    assert told == "stubborn did not end within 0.5 s: killed.\n"
    assert process.returncode == 1
    assert left(tmp_path, process.pid) == []


def test_a_second_ctrl_c_hurries(tmp_path: Path) -> None:
    with supervisor(tmp_path, "stubborn", grace_s=60) as process:
        until(lambda: pids(tmp_path))
        process.send_signal(signal.SIGINT)
        until(lambda: "asked" in notes(tmp_path))
        time.sleep(0.6)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=5)

    assert process.returncode == 130
    assert left(tmp_path, process.pid) == []


def test_the_same_signal_sent_twice_at_once_is_one(tmp_path: Path) -> None:
    with supervisor(tmp_path, "plain", grace_s=5) as process:
        until(lambda: pids(tmp_path))
        process.send_signal(signal.SIGTERM)
        time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=5)

    assert process.returncode == 0


def test_a_child_that_cannot_be_helped_ends_the_whole_with_its_code(tmp_path: Path) -> None:
    with supervisor(tmp_path, "plain", "hopeless") as process:
        _, told = process.communicate(timeout=10)

    assert process.returncode == 78
    assert told == "hopeless ended with code 78 after 0 s; starting it again cannot help.\n"
    assert left(tmp_path, process.pid) == []


@pytest.mark.parametrize("argv", [["/no/such/program"]])
def test_a_program_that_is_not_there_is_tried_again_not_a_crash_of_the_whole(
    tmp_path: Path, argv: list[str]
) -> None:
    script = "import sys; from regulars.cli.supervisor import Child, supervise; "
    script += "sys.exit(supervise([Child(name='missing', argv=sys.argv[1:])], stop_grace_s=1))"
    with subprocess.Popen(
        [sys.executable, "-c", script, *argv], stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        told = next(line for line in lines if line.startswith("missing"))
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=5)

    assert told == "missing ended with code 1 after 0 s; starting it again in 0.5 s.\n"


def test_a_server_that_cannot_be_revived_is_told_and_the_children_go_on(tmp_path: Path) -> None:
    with supervisor(tmp_path, "plain", server="serving") as process:
        pid = wait_for_server(tmp_path)
        until(lambda: pids(tmp_path))
        tmp_path.joinpath("postgres", "data", "postgresql.conf").write_text("no_such_setting = 1\n")
        os.kill(pid, signal.SIGKILL)

        assert process.stderr is not None
        told = next(line for line in iter(process.stderr.readline, "") if "Trying again" in line)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=5)
    assert told == "Trying again in 30 s.\n"
    assert process.returncode == 0
    assert len(pids(tmp_path)) == 1
