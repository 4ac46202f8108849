"""`regulars serve` from its start to Ctrl-C, and what stands in its way."""

import contextlib
import itertools
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import psycopg
import pytest
from playwright.sync_api import Page, sync_playwright
from psycopg.conninfo import make_conninfo

from regulars.cli.opening import refuse_old_server
from regulars.cli.report import OtherVersion
from regulars.db import Database, migrate
from tests.acceptance.cli.command import here, until
from tests.conftest import TestServer


def printed_link(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    told = "".join(itertools.takewhile(lambda line: "Ctrl-C" not in line, process.stderr))
    found = re.search(r"http://\S+/set-up\?code=\S+", told)
    assert found, told
    return found[0]


@contextlib.contextmanager
def browser(**headers: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield chromium.new_context(extra_http_headers=headers).new_page()
        chromium.close()


def test_the_first_person_sets_up_and_ctrl_c_ends_all_with_streams_open(tmp_path: Path) -> None:
    place = replace(here(tmp_path), more={"REGULARS_TRUSTED_PROXIES": "127.0.0.1 10.0.0.0/8"})
    asked_by = {
        "X-Forwarded-For": "198.51.100.7, 203.0.113.9, 10.1.2.3"
    }  # Only what a trusted one wrote counts.
    with place.started("serve") as process, browser(**asked_by) as page:
        page.goto(printed_link(process))
        page.fill("input[name=name]", "Ada First")
        page.fill("input[name=email]", "ada@example.invalid")
        page.fill("input[name=password]", "four plain words here")
        page.check("input[name=solo]")
        page.click("button")
        page.wait_for_url("**/")
        page.goto(f"{place.url}/you")
        assert "203.0.113.9" in page.inner_text("main")
        with page.expect_response("**/readers/stream"):
            page.goto(f"{place.url}/readers")
        page.wait_for_selector("#moving :text('customers')")
        assert len(place.left()) >= 6

        asked = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        _, rest = process.communicate(timeout=20)

    assert time.monotonic() - asked < 6  # The browser's own end is in it.
    assert process.returncode == 0
    assert "Traceback" not in rest
    until(lambda: not place.left(), 5)
    assert not place.answers()
    again = place.run("doctor")
    assert again.code == 0, again.out
    assert "the workspace is set up" in again.out


def test_ctrl_c_ends_it_in_time_while_connections_are_open(tmp_path: Path) -> None:
    place = here(tmp_path)
    with place.started("serve") as process:
        place.wait_until_ready()
        with contextlib.ExitStack() as open_ones:
            for _ in range(8):  # Browsers keep their connections; one has a request half-way.
                line = open_ones.enter_context(socket.create_connection(("127.0.0.1", place.port)))
                line.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
                assert line.recv(100).startswith(b"HTTP/1.1 200")
            line.sendall(b"GET /health HTTP/1.1\r\nHost:")

            asked = time.monotonic()
            os.killpg(process.pid, signal.SIGINT)
            process.communicate(timeout=20)
    assert time.monotonic() - asked < 5
    assert process.returncode == 0
    until(lambda: not place.left(), 5)


def test_a_second_serve_says_who_has_the_port_and_one_killed_starts_again(tmp_path: Path) -> None:
    place = here(tmp_path)
    with place.started("serve") as process:
        place.wait_until_ready()

        second = place.run("serve")
        examined = place.run("doctor")

        process.kill()
        process.communicate()
        until(lambda: not place.left(), 10)
    with place.started("serve") as process:
        place.wait_until_ready()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)

    assert second.code == 78
    assert "Regulars 0.1.0 answers there already" in second.err
    assert f"REGULARS_PORT={place.port + 1}" in second.err
    assert "Traceback" not in second.err
    assert examined.code == 0, examined.out
    assert f"Regulars 0.1.0 answers at {place.url}" in examined.out
    assert process.returncode == 0


def test_a_port_that_others_hold_is_refused_before_anything_starts(tmp_path: Path) -> None:
    place = here(tmp_path)
    with socket.create_server(("127.0.0.1", place.port)):
        refused = place.run("serve")
        web = place.run("web")
        examined = place.run("doctor")

    assert (refused.code, web.code, examined.code) == (78, 78, 1)
    assert f"Port {place.port} on 127.0.0.1 was asked and cannot be had" in refused.err
    assert not (tmp_path / "postgres").exists()
    assert f"process {os.getpid()}" in examined.out


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("REGULARS_HOST", "no.such.host.invalid", "Give an address of this machine"),
        ("REGULARS_HOST", "192.0.2.7", "Give an address of this machine"),
    ],
)
def test_an_address_that_is_not_here_is_refused(tmp_path: Path, name: str, value: str, told: str) -> None:
    refused = here(tmp_path, **{name: value}).run("serve")

    assert refused.code == 78
    assert told in refused.err
    assert "Traceback" not in refused.err


def test_every_setting_that_is_wrong_is_named(tmp_path: Path) -> None:
    place = here(tmp_path, REGULARS_CONNECTIONS="one", REGULARS_LOG_LEVEL="loud", REGULARS_STOP_GRACE_S="-1")

    refused, examined = place.run("serve"), place.run("doctor")

    assert (refused.code, examined.code) == (2, 1)
    for name in ("REGULARS_CONNECTIONS", "REGULARS_LOG_LEVEL", "REGULARS_STOP_GRACE_S"):
        assert name in refused.err
        assert name in examined.out


@pytest.mark.parametrize("url", ["no address", "http://example.invalid/x"])
def test_a_database_url_that_is_none_is_named_and_not_shown(tmp_path: Path, url: str) -> None:
    place = here(tmp_path, REGULARS_DATABASE_URL=url)

    refused, examined = place.run("migrate"), place.run("doctor")

    assert (refused.code, examined.code) == (2, 1)
    assert "REGULARS_DATABASE_URL" in refused.err
    assert "REGULARS_DATABASE_URL" in examined.out
    assert url not in refused.err + examined.out


def test_a_workspace_of_an_impossible_name_is_refused(tmp_path: Path, server: TestServer) -> None:
    refused = here(tmp_path, REGULARS_DATABASE_URL=server.dsn).run("migrate", "--workspace", "No Good")

    assert refused.code == 2
    assert "A workspace is named by a-z" in refused.err


def test_a_home_that_cannot_be_written_is_said_with_the_way_out(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    place = here(blocked / "home")

    refused, examined = place.run("serve"), place.run("doctor")

    assert (refused.code, examined.code) == (69, 1)
    assert "cannot be written" in refused.err
    assert "REGULARS_HOME" in refused.err
    assert "cannot be written" in examined.out


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_home_on_a_full_disk_is_said_with_the_way_out(tmp_path: Path) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=60m", "tmpfs", str(tmp_path)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("This machine does not let tmpfs be mounted.")
    try:
        place = here(tmp_path / "home")
        refused, examined = place.run("serve"), place.run("doctor")
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)

    assert (refused.code, examined.code) == (69, 1)
    assert "A new database needs 200 MB" in refused.err
    assert "Free some space" in examined.out


def test_a_dsn_that_does_not_answer_is_said_with_its_place_and_no_password(tmp_path: Path) -> None:
    url = "postgresql://somebody:secret-word@127.0.0.1:9/regulars"
    place = here(tmp_path, REGULARS_DATABASE_URL=url)

    ended = [place.run(command) for command in ("serve", "worker", "migrate", "doctor")]

    assert [one.code for one in ended] == [69, 69, 69, 1]
    for one in ended:
        assert "127.0.0.1:9/regulars does not answer" in one.err + one.out
        assert "secret-word" not in one.err + one.out
        assert "Traceback" not in one.err


def test_a_wrong_password_is_said(tmp_path: Path, server: TestServer) -> None:
    place = here(tmp_path, REGULARS_DATABASE_URL=make_conninfo(server.dsn, password="wrong"))

    refused = place.run("serve")

    assert refused.code == 69
    assert "password authentication failed" in refused.err


def test_a_missing_database_is_made_or_asked_for(tmp_path: Path, server: TestServer) -> None:
    with psycopg.connect(server.dsn, autocommit=True) as owner:
        owner.execute("create role plain_role login password 'plain'")
    missing = make_conninfo(server.dsn, dbname=f"regulars_none_{os.getpid()}")
    plain = here(tmp_path, REGULARS_DATABASE_URL=make_conninfo(missing, user="plain_role", password="plain"))
    able = here(tmp_path, REGULARS_DATABASE_URL=missing)

    refused = plain.run("migrate")
    before, made, after = able.run("doctor"), able.run("migrate"), able.run("doctor")

    assert refused.code == 69
    assert "create database" in refused.err
    assert "CREATEDB" in refused.err
    assert "`regulars migrate --workspace main` makes it" in before.out
    assert made.code == 0
    assert "is as new as the code" in made.err
    assert after.code == 0, after.out
    with psycopg.connect(server.dsn, autocommit=True) as owner:
        owner.execute(f'drop database "regulars_none_{os.getpid()}" with (force)')
        owner.execute("drop role plain_role")


def test_an_older_and_a_newer_database_are_told_apart_with_the_way_out(
    tmp_path: Path, server: TestServer
) -> None:
    older, newer = server.empty(), server.clone()
    with Database(older) as database:
        migrate(database, up_to=4)
    with psycopg.connect(newer) as tx:
        tx.execute(
            "insert into regulars.migration (number, name, checksum) values (9999, 'of_tomorrow', 'x')"
        )

    for dsn, told, commands in (
        (older, "Run `regulars migrate`", ("serve", "web")),
        (newer, "newer than the code", ("serve", "worker")),
    ):
        place = here(tmp_path, REGULARS_DATABASE_URL=dsn)
        for command in commands:
            refused = place.run(command)
            assert refused.code == 78, command
            assert told in refused.err
            assert "Traceback" not in refused.err
        assert place.run("doctor").code == 1
    assert here(tmp_path, REGULARS_DATABASE_URL=newer).run("migrate").code == 78
    assert here(tmp_path, REGULARS_DATABASE_URL=older).run("migrate").code == 0


def test_a_server_that_is_too_old_is_refused() -> None:
    with pytest.raises(OtherVersion, match="PostgreSQL 15 or newer is needed, and the server answers as 14"):
        refuse_old_server(140012)
    refuse_old_server(150004)


def test_the_processes_go_on_after_their_database_was_away(tmp_path: Path) -> None:
    place = here(tmp_path)
    with place.started("serve") as process:
        place.wait_until_ready()
        told: list[str] = []
        reader = threading.Thread(target=lambda: told.extend(process.stderr or []), daemon=True)
        reader.start()
        note = tmp_path / "postgres" / "server.json"
        before = note.read_text()
        os.kill(int(re.search(r'"pid": (\d+)', before)[1]), signal.SIGKILL)  # type: ignore[index]

        until(lambda: note.exists() and note.read_text() != before, 20)
        time.sleep(3)  # Every loop notices within its pause.
        until(lambda: httpx.get(f"{place.url}/sign-in").status_code < 500, 20)
        examined = place.run("doctor")
        process.send_signal(signal.SIGINT)
        process.wait(10)
    reader.join(5)

    assert examined.code == 0, examined.out
    assert process.returncode == 0
    assert "Traceback" not in "".join(told), "".join(told)
    assert len(told) < 40, "".join(told)
