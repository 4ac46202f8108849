"""`regulars doctor` on what it is there for: installations in which something is wrong."""

import json
from pathlib import Path

import pytest

from regulars import log
from regulars.cli.doctoring import examined, summed
from regulars.cli.findings import Check
from regulars.cli.workspace import reader_check, running, skew
from regulars.db import Database
from regulars.log import ReaderStatus
from tests.acceptance.cli.command import free_port, here
from tests.conftest import TestServer


def by_name(checks: list[Check]) -> dict[str, Check]:
    return {check.name: check for check in checks}


def status(**changes: object) -> ReaderStatus:
    plain: dict[str, object] = {
        "name": "orders", "position": 10, "head": 10, "follows": (), "paused": False, "lag_events": 0,
        "lag_seconds": 0.0, "set_aside": 0, "applied": 10, "failures": 0, "last_error": None,
        "last_error_at": None, "last_applied_at": None, "events_per_second": 1.0,
    }  # fmt: skip
    return ReaderStatus(**{**plain, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "state", "told"),
    [
        ({}, "ok", "up to date"),
        ({"lag_events": 20, "lag_seconds": 2.0}, "ok", "20 events behind"),
        ({"lag_events": 20, "lag_seconds": 600.0}, "warning", "for 10 minutes"),
        ({"paused": True}, "warning", "is paused"),
        ({"set_aside": 3}, "warning", "set 3 events aside"),
        ({"failures": 2, "last_error": "It broke."}, "problem", "fails: It broke."),
    ],
)
def test_a_reader_is_judged_by_what_people_must_do(changes: dict[str, object], state: str, told: str) -> None:
    check = reader_check(status(**changes))

    assert (check.state, told in check.found) == (state, True)
    assert bool(check.do) == (state != "ok")


@pytest.mark.parametrize(
    ("seconds", "state"), [(0.4, "ok"), (-4.9, "ok"), (7.0, "warning"), (-90.0, "warning")]
)
def test_clocks_that_differ_are_told(seconds: float, state: str) -> None:
    assert skew(seconds).state == state


def test_what_fails_in_a_workspace_is_told_with_the_way_out(database: Database) -> None:
    with database.transaction() as tx:
        for name in ("customers", "orders"):
            log.ReaderRunner(database, log.Reader(name=name, apply=lambda *_: None)).register()
        tx.execute("update log.reader set failures = 3, last_error = 'It broke.' where name = 'orders'")
        tx.execute(
            "insert into jobs.timer (name, rule, due_at, failures, error) values ('loyalty.expire', '', "
            "now() - interval '1 day', 2, 'No.'), ('segments.refresh', '', now() - interval '2 hours', 0, null)"
        )
        tx.execute("update access.workspace set zone = 'Nowhere/Else'")

    with database.transaction() as tx:
        found = by_name(list(running(tx)))

    assert found["people"].state == "warning"
    assert "/set-up" in found["people"].do
    assert found["reader orders"].found == "fails: It broke."
    assert found["timer loyalty.expire"].state == "problem"
    assert found["timers"].found == "late: segments.refresh"
    assert found["zone"].state == "problem"
    assert found["ledger"].state == "ok"


def test_a_home_without_a_database_is_examined_and_left_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("REGULARS_HOME", str(home))
    monkeypatch.setenv("REGULARS_PORT", str(free_port()))
    monkeypatch.setenv("REGULARS_HOAST", "a slip")

    found = by_name(list(examined(None)))

    assert not home.exists()
    assert found["settings"].state == "warning"
    assert "REGULARS_HOAST" in found["settings"].found
    assert "no database yet" in found["server"].found
    assert [check for check in found.values() if check.state == "problem"] == []


def test_as_json_it_gives_every_check_with_what_to_do(tmp_path: Path, server: TestServer) -> None:
    dsn = server.clone()

    done = here(tmp_path, REGULARS_DATABASE_URL=dsn).run("doctor", "--json")

    checks = json.loads(done.out)
    assert done.code == 0
    assert {"python", "server", "clocks", "migrations", "people", "ledger"} <= {one["name"] for one in checks}
    assert all(one["do"] for one in checks if one["state"] != "ok")
    assert "password" not in done.out


def test_the_end_is_one_sentence() -> None:
    well = Check(name="a", state="ok", found="well")
    ill = Check(name="b", state="problem", found="ill", do="mend it")

    assert summed([well, well]) == "All 2 checks are well."
    assert summed([well, ill, ill]) == "2 problems; 1 checks are well."
