"""`regulars sql`: asked, piped and typed; as a table and as files; reading only, contact details masked."""

import json
import os
import pty
import subprocess
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.acceptance.cli.command import ARGV, Here, here

ORDERS = "order_id,customer_id,date,total,email\n" + "".join(
    f"o{n},c{n % 7},2025-01-{n % 28 + 1:02},{n}.50,jane{n % 7}@shop.example\n" for n in range(1, 301)
)
MONEY = "select sum(total_minor)::bigint as minor, count(*) as orders from orders"
PIPED = """.tables
.columns persons
select count(*) as n,
       count(distinct person_id) as p
  from events where name = 'Order Completed';
selekt 1;
copy (select 1) to 'away.csv';
select * from read_csv('/etc/passwd');
.ask orders_by_month
select properties from events where name <> 'Order Completed' or properties like '%@%' limit 5;
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Here:
    made = here(tmp_path_factory.mktemp("asking"))
    file = tmp_path_factory.mktemp("files") / "orders.csv"
    file.write_text(ORDERS)
    done = made.run("import", str(file), "--what", "orders", "--always", "currency=EUR")
    assert done.code == 0, done.err
    return made


def test_one_statement_is_answered_in_files(place: Here, tmp_path: Path):
    parquet, rows = tmp_path / "orders.parquet", tmp_path / "orders.json"
    written = place.run(
        "sql",
        "-c",
        "select * from orders order by order_key",
        "--format",
        "parquet",
        "--output",
        str(parquet),
    )
    asked = place.run("sql", "--ask", "orders_by_month", "--format", "json", "--output", str(rows))

    assert written.code == asked.code == 0, written.err + asked.err
    assert pq.read_table(parquet).num_rows == 300
    told = [json.loads(line) for line in rows.read_text().splitlines()]
    assert (sum(one["orders"] for one in told), sum(one["total_minor"] for one in told)) == (300, 4530000)
    assert oct(parquet.stat().st_mode)[-3:] == "600" and len(list(tmp_path.iterdir())) == 2


def test_statements_may_be_piped_and_the_wrong_ones_are_said_and_do_nothing(place: Here, tmp_path: Path):
    done = subprocess.run(
        [*ARGV, "sql", "--format", "csv"],
        env=place.environment,
        input=PIPED,
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )

    assert done.returncode == 1
    assert done.stdout.splitlines()[:2] == ["n,p", "300,7"]
    assert "2025-01-01,EUR,300,7,4530000,4530000" in done.stdout
    assert "ledger_entries\nmessages\npersons" in done.stderr and "person_id" in done.stderr
    for said in ('syntax error at or near "selekt"', "this is COPY", "read_csv is not called here"):
        assert said in done.stderr
    assert "@shop.example" not in done.stdout
    assert not list(tmp_path.iterdir())


def test_what_is_asked_wrongly_is_said(place: Here, tmp_path: Path):
    twice = place.run("sql", "select 1", "--ask", "retention")
    nowhere = place.run("sql", "select 1", "--format", "parquet")
    nothing = place.run("sql", "--ask", "retentoin")

    assert [one.code for one in (twice, nowhere, nothing)] == [2, 2, 2]
    assert "Give one statement" in twice.err and "--output" in nowhere.err
    assert "repeat_rate, reported_orders, retention" in nothing.err


def test_at_a_terminal_it_is_a_shell_with_a_history(place: Here):
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [*ARGV, "sql"],
        env=place.environment,
        stdin=follower,
        stdout=follower,
        stderr=follower,
        close_fds=True,
    )
    os.close(follower)
    os.write(leader, f"{MONEY};\n.quit\n".encode())
    told = b""
    while process.poll() is None or b"4530000" not in told:
        try:
            told += os.read(leader, 4096)
        except OSError:
            break
    os.close(leader)

    assert process.wait(timeout=30) == 0
    assert b"Each answer is as of now" in told and b"4530000     300" in told
    history = place.home / "sql-history"
    assert MONEY in history.read_text() and oct(history.stat().st_mode)[-3:] == "600"
