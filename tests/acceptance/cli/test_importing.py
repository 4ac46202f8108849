"""`regulars import`: a dry run, a run with its bad rows as a file, and what it says when a file is no file."""

import duckdb
import pytest

from tests.acceptance.cli.command import Here, here

ORDERS = "order_id,customer_id,date,total\n" + "".join(
    f"o{n},c{n % 7},2025-01-{n % 28 + 1:02},{n}.50\n" for n in range(300)
)


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Here:
    return here(tmp_path_factory.mktemp("importing"))


def test_a_dry_run_then_a_run_bring_the_orders_once_and_they_go_out_again(place: Here, tmp_path):
    file, bad, out = tmp_path / "orders.csv", tmp_path / "bad.csv", tmp_path / "out" / "orders.parquet"
    file.write_text(ORDERS + "o999,c1,someday,1\n")

    dry = place.run("import", str(file), "--always", "currency=EUR", "--dry-run")
    done = place.run(
        "import", str(file), "--what", "orders", "--always", "currency=EUR", "--bad-rows", str(bad)
    )
    again = place.run("import", str(file), "--what", "orders", "--always", "currency=EUR", "--dry-run")

    assert (
        "300 rows can be used, 1 cannot" in dry.out + dry.err and "Nothing was written." in dry.out + dry.err
    )
    assert done.code == 1 and "300 rows taken in, 1 bad" in done.out + done.err
    assert bad.read_text().splitlines()[1].startswith('302,"date: It is no day and time')
    assert "0 new orders, 300 known" in again.out + again.err

    exported = place.run(
        "export-data", "orders", "--format", "parquet", "--output", str(out), "--where", "until=2025-01-15"
    )

    assert exported.code == 0 and f" rows in {out}" in exported.out + exported.err
    rows = duckdb.sql(f"select count(*), count(total) from '{out}'").fetchall()
    assert rows == [(sum(1 for n in range(300) if n % 28 + 1 < 15),) * 2]


def test_what_can_be_exported_is_listed_and_what_cannot_says_why(place: Here):
    listed = place.run("export-data")
    wrong = place.run("export-data", "orders", "--column", "shoe")
    nobody = place.run("export-data", "orders", "--as", "nobody@example.com")

    assert listed.code == 0 and "order-lines" in listed.out
    assert wrong.code and "have no column" in wrong.err and nobody.code


def test_what_is_no_file_or_no_such_thing_says_so(place: Here, tmp_path):
    file = tmp_path / "photo.csv"
    file.write_bytes(b"\x89PNG\r\n\x1a\n")

    assert "There is no file" in place.run("import", str(tmp_path / "nothing.csv")).err
    assert "is a picture" in place.run("import", str(file)).err
