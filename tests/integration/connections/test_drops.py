"""Files left in a folder or on an SFTP server: picked up once, whoever looks and whatever is killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest

from regulars import connections, definitions, jobs
from regulars.access import SYSTEM
from regulars.app import App
from regulars.connections import HandOver, PickedUp, Picker, PlaceRefused, PlaceUnreachable
from regulars.kernel import Invalid
from regulars.outgoing import Refused
from tests.integration.connections.sftp_server import serving
from tests.integration.connections.shop import AT, publish, secret

KEY = "nightly"


@pytest.fixture
def folder(app: App) -> Path:
    made = app.settings.drops / "nightly"
    made.mkdir(parents=True)
    return made


def declare(app: App, **more: str) -> None:
    body = {
        "title": "Nightly orders",
        "place": "nightly",
        "what": "orders",
        "source": "nightly-files",
        "pattern": "*.csv",
    }
    publish(app, KEY, connections.FILE_DROP, **(body | more))


def counting(app: App) -> Callable[[HandOver], str]:
    """Stands where the imports do: one row a key."""
    with app.database.transaction() as tx:
        tx.execute("create table if not exists handed (key text primary key, name text, content text)")

    def hand(handing: HandOver) -> str:
        with app.database.transaction() as tx:
            tx.execute(
                "insert into handed values (%s, %s, %s) on conflict do nothing",
                (handing.key, handing.name, handing.path.read_text()),
            )
        return f"imp_{handing.name}"

    return hand


def picker(app: App, **more: object) -> Picker:
    return Picker(
        database=app.database,
        settings=app.settings,
        vault=app.vault,
        hand=counting(app),
        **({"settle_s": 0.05} | more),
    )


def handed(app: App) -> list[tuple[str, str]]:
    with app.database.transaction() as tx:
        return tx.execute("select name, content from handed order by name").fetchall()


def states(app: App) -> list[tuple[str, str]]:
    with app.database.transaction() as tx:
        return [(one.name, one.state) for one in connections.pickups(tx, KEY).items]


def test_a_file_is_picked_up_once(app: App, folder: Path) -> None:
    declare(app)
    (folder / "a.csv").write_text("order_id\n1\n")
    (folder / "notes.txt").write_text("not meant")

    first = picker(app).pick_up(KEY)
    again = picker(app).pick_up(KEY)

    assert first == PickedUp(handed=("a.csv",)) and again == PickedUp()
    assert handed(app) == [("a.csv", "order_id\n1\n")]
    assert "1 handed" in first.sentence and again.sentence == "Nothing new was there."


def test_the_same_content_under_another_name_is_said_and_not_imported_unless_asked(
    app: App, folder: Path
) -> None:
    declare(app)
    (folder / "a.csv").write_text("same")
    picker(app).pick_up(KEY)
    (folder / "b.csv").write_text("same")

    assert picker(app).pick_up(KEY).same == ("b.csv",)
    with app.database.transaction() as tx:
        left_out = connections.pickups(tx, KEY).items[0]
        assert (left_out.state, left_out.same_name) == ("same", "a.csv")
        connections.ask_again(tx, KEY, left_out.pickup_id, requested_by="Ada")
    assert picker(app).pick_up(KEY).handed == ("b.csv",)
    assert [name for name, _ in handed(app)] == ["a.csv", "b.csv"]
    assert picker(app).pick_up(KEY) == PickedUp()


def test_another_content_under_the_same_name_is_another_file(app: App, folder: Path) -> None:
    declare(app)
    (folder / "a.csv").write_text("one")
    picker(app).pick_up(KEY)
    (folder / "a.csv").write_text("two")

    assert picker(app).pick_up(KEY).handed == ("a.csv",)
    assert [content for _, content in handed(app)] == ["one", "two"]


def test_a_file_written_anew_with_the_same_content_is_known(app: App, folder: Path) -> None:
    declare(app)
    (folder / "a.csv").write_text("one")
    picker(app).pick_up(KEY)
    os.utime(folder / "a.csv", (1, 1))

    assert picker(app).pick_up(KEY) == PickedUp() and states(app) == [("a.csv", "handed")]


def test_a_file_that_still_grows_waits_and_is_looked_at_soon(app: App, folder: Path) -> None:
    declare(app, every="daily at 02:00")
    with app.database.transaction() as tx:
        connections.look_around(tx, app.wall.now(), "UTC")
    done = []

    def write() -> None:
        with (folder / "big.csv").open("w") as file:
            while not done:
                file.write("more\n")
                file.flush()
                time.sleep(0.01)

    writing = Thread(target=write)
    writing.start()
    try:
        time.sleep(0.1)
        assert picker(app, settle_s=0.2).pick_up(KEY).waiting == ("big.csv",)
    finally:
        done.append(True)
        writing.join()
    with app.database.transaction() as tx:
        state = connections.drop_states(tx)[KEY]
        assert state.waiting == 1
        assert state.next_look_at - app.wall.now() < timedelta(minutes=2)
    assert picker(app).pick_up(KEY).handed == ("big.csv",)


@pytest.mark.parametrize("name", [".hidden.csv", "a.csv.part", "a.csv.tmp"])
def test_names_of_half_written_files_are_passed_over(app: App, folder: Path, name: str) -> None:
    declare(app, pattern="*")
    (folder / name).write_text("half")

    assert picker(app).pick_up(KEY) == PickedUp()


def test_an_empty_file_waits(app: App, folder: Path) -> None:
    declare(app)
    (folder / "a.csv").touch()

    assert picker(app).pick_up(KEY).waiting == ("a.csv",)


def test_what_was_handed_on_is_moved_when_asked_also_by_a_later_look(app: App, folder: Path) -> None:
    declare(app)
    (folder / "a.csv").write_text("one")
    picker(app).pick_up(KEY)
    declare(app, after="move")

    picker(app).pick_up(KEY)

    assert (folder / "done" / "a.csv").read_text() == "one" and not (folder / "a.csv").exists()
    (folder / "a.csv").write_text("two")
    picker(app).pick_up(KEY)
    assert len(list((folder / "done").iterdir())) == 2


def test_two_workers_at_the_same_time_hand_it_on_once(app: App, folder: Path) -> None:
    declare(app)
    for number in range(5):
        (folder / f"{number}.csv").write_text(f"content {number}")
    barrier, done = Barrier(6), []

    def look() -> None:
        one = picker(app, settle_s=0.01)
        barrier.wait()
        done.extend(one.pick_up(KEY) for _ in range(5))

    counting(app)
    threads = [Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    names = [name for picked in done for name in picked.handed]
    assert sorted(names) == [f"{number}.csv" for number in range(5)]
    assert len(handed(app)) == 5


PROGRAM = """
import os, signal, sys
from pathlib import Path
from regulars.app import assemble
from regulars.connections import Picker
from regulars.db import Database
from regulars.settings import read_settings

dsn, home, where = sys.argv[1:]
app = assemble(read_settings(home=Path(home)), Database(dsn))

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def hand(handing):
    if where == "before":
        die()
    with app.database.transaction() as tx:
        tx.execute("insert into handed values (%s, %s, %s) on conflict do nothing",
                   (handing.key, handing.name, handing.path.read_text()))
    die()

Picker(database=app.database, settings=app.settings, vault=app.vault, hand=hand, settle_s=0.01).pick_up("nightly")
"""


@pytest.mark.parametrize("where", ["before", "after"])
def test_killed_between_fetching_and_noting_it_is_still_one_import(
    app: App, folder: Path, where: str
) -> None:
    declare(app)
    counting(app)
    (folder / "a.csv").write_text("one")

    command = [sys.executable, "-c", PROGRAM, app.database.dsn, str(app.settings.folder), where]
    killed = subprocess.run(command, timeout=60, check=False)

    assert killed.returncode == -signal.SIGKILL and states(app) == []
    assert len(handed(app)) == (0 if where == "before" else 1)
    ends = time.monotonic() + 10
    while (picked := picker(app).pick_up(KEY)).busy and time.monotonic() < ends:
        time.sleep(0.05)  # The server notices in a moment that the other is gone.
    assert picked.handed == ("a.csv",)
    assert handed(app) == [("a.csv", "one")] and states(app) == [("a.csv", "handed")]


def test_a_file_that_the_imports_refuse_is_shown_with_the_reason_and_not_tried_for_ever(
    app: App, folder: Path
) -> None:
    declare(app)
    (folder / "a.csv").write_bytes(b"PK\x03\x04 not a csv")
    tried = []

    def refuse(handing: HandOver) -> str:
        tried.append(handing.name)
        raise Invalid("a.csv is a zip file, whatever its name says.", [])

    for _ in range(3):
        replace(picker(app), hand=refuse).pick_up(KEY)

    assert tried == ["a.csv"]
    with app.database.transaction() as tx:
        (one,) = connections.pickups(tx, KEY).items
    assert one.state == "failed" and "zip" in (one.problem or "")


def test_a_link_is_not_followed_out_of_the_root(app: App, folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.csv").write_text("secret")
    (folder / "link.csv").symlink_to(outside / "secret.csv")
    (app.settings.drops / "elsewhere").symlink_to(outside)
    declare(app)

    assert picker(app).pick_up(KEY) == PickedUp()
    declare(app, place="elsewhere")
    with pytest.raises(PlaceRefused):
        picker(app).pick_up(KEY)
    with app.database.transaction() as tx:
        assert "leads out of the root" in (connections.drop_states(tx)[KEY].problem or "")


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("place", "../up"),
        ("place", "/etc"),
        ("place", "ftp://user@host/x"),
        ("place", "sftp://host/x"),
        ("place", "sftp://user:password@host/x"),
        ("place", "sftp://user@host/x"),
        ("every", "daily at 25:00"),
        ("every", "sometimes"),
        ("pattern", "a/b"),
        ("source", "Not A Key"),
        ("host_key", "nonsense"),
    ],
)
def test_a_wrong_drop_is_not_published(app: App, field: str, text: str) -> None:
    more = {"place": "sftp://user@host/x"} if field == "host_key" else {}
    with pytest.raises(Invalid) as raised:
        declare(app, **(more | {field: text}))

    assert len(raised.value.findings) == 1


@pytest.mark.parametrize("how", ["password", "key"])
def test_files_are_picked_up_by_sftp_and_moved(app: App, tmp_path: Path, how: str) -> None:
    root = tmp_path / "served"
    root.mkdir()
    (root / "a.csv").write_text("remote")
    (root / "half.csv.part").write_text("half")
    with serving(root) as server:
        allowed = open_with(app, server.port)
        declare(app, place=server.place, host_key=server.host_key, after="move")
        given = "drop-password" if how == "password" else server.client_key
        secret(app, f"file-drop/{KEY}", given, place=connections.keeper_of(server.place))

        first = picker(allowed).pick_up(KEY)
        again = picker(allowed).pick_up(KEY)

        assert first.handed == ("a.csv",) and again == PickedUp()
        assert handed(app) == [("a.csv", "remote")]
        assert (root / "done" / "a.csv").exists() and how in server.logins


def test_another_host_key_a_wrong_password_and_an_internal_address_are_refused(
    app: App, tmp_path: Path
) -> None:
    with serving(tmp_path) as server, serving(tmp_path) as impostor:
        allowed = open_with(app, server.port)
        declare(app, place=server.place, host_key=impostor.host_key)
        with pytest.raises(PlaceRefused, match="No password"):
            picker(allowed).pick_up(KEY)
        secret(app, f"file-drop/{KEY}", "drop-password", place=connections.keeper_of(server.place))
        declare(app, place=server.place.replace(str(server.port), "2222"), host_key=server.host_key)
        with pytest.raises(PlaceRefused, match="given for another place"):  # It is shown to its own alone.
            picker(allowed).pick_up(KEY)
        declare(app, place=server.place, host_key=impostor.host_key)
        with pytest.raises(PlaceRefused, match="another host key"):
            picker(allowed).pick_up(KEY)
        declare(app, place=server.place, host_key=server.host_key)
        secret(app, f"file-drop/{KEY}", "wrong", place=connections.keeper_of(server.place))
        with pytest.raises(PlaceRefused, match="does not accept"):
            picker(allowed).pick_up(KEY)
        with pytest.raises(Refused):
            picker(app).pick_up(KEY)
        port = server.port
    with pytest.raises(PlaceUnreachable):
        picker(open_with(app, port)).pick_up(KEY)


def open_with(app: App, port: int) -> App:
    settings = app.settings.model_copy(update={"outgoing_allow": f"127.0.0.1:{port}"})
    return replace(app, settings=settings)


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        ("hourly", datetime(2026, 3, 10, 13, tzinfo=UTC)),
        ("every 15 minutes", datetime(2026, 3, 10, 12, 15, tzinfo=UTC)),
        ("daily at 13:30", datetime(2026, 3, 10, 12, 30, tzinfo=UTC)),
        ("daily at 02:30", datetime(2026, 3, 11, 1, 30, tzinfo=UTC)),
    ],
)
def test_a_drop_is_next_due_by_its_schedule(app: App, every: str, expected: datetime) -> None:
    declare(app, every=every)

    with app.database.transaction() as tx:
        assert connections.look_around(tx, AT, "Europe/Berlin") == []
        assert connections.drop_states(tx)[KEY].next_look_at == expected


def test_a_due_drop_is_asked_for_once_by_two_workers(app: App, folder: Path) -> None:
    declare(app)
    with app.database.transaction() as tx:
        connections.look_around(tx, AT, "UTC")
    barrier = Barrier(4)

    def look() -> None:
        barrier.wait()
        with app.database.transaction() as tx:
            connections.look_around(tx, AT + timedelta(hours=1, seconds=5), "UTC")

    threads = [Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with app.database.transaction() as tx:
        assert len(jobs.jobs(tx, name=connections.PICK_UP).items) == 1


def test_an_archived_drop_is_left_alone(app: App, folder: Path) -> None:
    declare(app)
    with app.database.transaction() as tx:
        connections.look_around(tx, AT, "UTC")
        definitions.archive(tx, SYSTEM, connections.FILE_DROP, KEY, at=AT)
        assert connections.look_around(tx, AT + timedelta(hours=2), "UTC") == []
