"""Every listing becomes a file in every format, as others read it, masked and judged as the pages are."""

import gzip
import io
import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from pyarrow import parquet

from regulars import access, analytics, customers, definitions, exports, imports, orders, privacy, segments
from regulars.access import SYSTEM, NotAllowed
from regulars.db import Database
from regulars.exports import Asked
from regulars.kernel import Invalid, NotFound
from tests.integration.analytics.lake_of import happen
from tests.integration.analytics.test_lake import LATER, pieces_of
from tests.integration.exports.stand import AT, Stand, open_stand, read_csv

# What a listing must be told; a segment of nobody and a form without answers are empty files.
NEEDED = {
    "segment-members": {"segment": "nobody"},
    "form-answers": {"form": "none"},
    "webhook-deliveries": {"webhook": "none"},
}


def test_every_listing_gives_rows_of_its_columns_in_every_format(shop: Stand, tmp_path: Path) -> None:
    filled = set()
    for listing in shop.app.exports.listings:
        if listing.name in (
            "bad-rows",
            "reconciliation-days",
        ):  # They need one that is there; tested beside it.
            continue
        with exports.snapshot(shop.database) as tx:
            by = listing.read(NEEDED.get(listing.name, {}), at=AT, zone="UTC")
            known = tuple(listing.known(tx).values())
            asked = Asked(at=AT, zone="UTC", columns=known, filter=by)
            for kind in exports.FORMATS:
                path = tmp_path / f"{listing.name}{exports.ENDINGS[kind]}"
                written = exports.write_file(path, kind, known, asked, listing.rows(tx, asked), guard=True)
                assert path.stat().st_mode & 0o777 == 0o600
        table = parquet.read_table(tmp_path / f"{listing.name}.parquet")
        assert table.num_rows == written.rows
        assert table.column_names == [column.name for column in known]
        assert len(read_csv((tmp_path / f"{listing.name}.csv").read_bytes())) == written.rows
        packed = gzip.decompress((tmp_path / f"{listing.name}.csv.gz").read_bytes())
        assert packed == (tmp_path / f"{listing.name}.csv").read_bytes()
        lines = (tmp_path / f"{listing.name}.jsonl").read_text().splitlines()
        assert all(list(json.loads(line)) == table.column_names for line in lines)
        filled |= {listing.name} if written.rows else set()
    assert filled >= {
        "customers",
        "orders",
        "order-lines",
        "products",
        "events",
        "trait-history",
        "audit",
        "people",
    }
    assert filled >= {"members", "ledger", "definitions", "tracking-plan"}


def test_who_stands_on_lists_is_listed_once_a_person(shop: Stand) -> None:
    with shop.database.transaction() as tx:
        friends = segments.SegmentBody(name="Friends", list=True)
        definitions.save_draft(tx, SYSTEM, segments.SEGMENT, "friends", friends, at=AT)
        definitions.publish(tx, SYSTEM, segments.SEGMENT, "friends", at=AT)
        for until, given in ((AT + timedelta(days=1), ["u1"]), (None, ["u2"])):
            segments.add_identifiers(tx, SYSTEM, "friends", "user_id", given, at=AT, until=until)

    found = shop.rows("lea", "list-entries", filter={"list": "friends"})

    assert [(one["user_id"], one["list"], one["until"]) for one in found] == [
        ("u1", "friends", "2026-03-11T12:00:00Z"),
        ("u2", "friends", ""),
    ]
    assert not shop.rows("lea", "list-entries", filter={"list": "none"})


def test_what_customers_asked_of_their_data_is_listed(shop: Stand) -> None:
    with shop.database.transaction() as tx:
        person = customers.find(tx, "user_id", "u3")
        assert person
        privacy.ask_copy(tx, person, asked_by="staff", by="Pia", at=AT)
        asked = privacy.ask_erasure(tx, person, asked_by="customer", by="the customer", at=AT)

    copies, erasures = shop.rows("pia", "copies"), shop.rows("pia", "erasures", filter={"state": "open"})

    assert [(one["state"], one["requested_by"]) for one in copies] == [("waiting", "Pia")]
    assert [(one["erasure_id"], one["asked_by"]) for one in erasures] == [(asked.public_id, "customer")]
    assert not shop.rows("pia", "reactions")
    with pytest.raises(NotAllowed):
        shop.rows("pia", "api-keys")


def test_csv_is_read_back_by_others_and_starts_no_formula(shop: Stand) -> None:
    file = shop.made("lea", "customers")
    raw = file.read_bytes()
    mine = {row["user_id"]: row for row in read_csv(raw)}
    theirs = duckdb.sql(f"select * from read_csv('{file}', header = true, all_varchar = true)").fetchall()

    assert raw.count(b"\r\n") >= 4 and not raw.startswith(b"\xef\xbb\xbf")
    assert mine["u2"]["name"] == '\'=HYPERLINK("x")'
    assert mine["u2"]["trait:plan"] == 'a,"b"\nc'
    assert mine["u3"]["name"] == "Čeněk Ω 🙂"
    assert mine["u1"]["spent"] == "24.68" and mine["u1"]["currency"] == "EUR"
    assert sorted(row[1] for row in theirs) == sorted(mine)
    assert {row[2] for row in theirs} == {row["name"] for row in mine.values()}

    plain = shop.rows("lea", "customers", guard=False)
    assert '=HYPERLINK("x")' in {row["name"] for row in plain}


def test_parquet_has_types(shop: Stand) -> None:
    table = parquet.read_table(shop.made("lea", "orders", "parquet", filter={"status": "open"}))

    assert table.schema.field("occurred_at").type == pa.timestamp("us", tz="UTC")
    assert table.schema.field("total").type == pa.decimal128(20, 3)
    assert table.schema.field("lines").type == pa.int64()
    assert table.schema.field("history").type == pa.bool_()
    assert table.schema.field("customer_id").metadata[b"description"]
    assert set(table["total"].to_pylist()) == {Decimal("12.340")}
    assert duckdb.from_arrow(table).aggregate("sum(total)").fetchall() == [(Decimal("86.380"),)]


def test_only_who_may_sees_contacts(shop: Stand) -> None:
    masked = {row["user_id"]: row for row in shop.rows("lea", "customers")}["u1"]
    shown = {row["user_id"]: row for row in shop.rows("pia", "customers")}["u1"]
    quiet = {row["user_id"]: row for row in shop.rows("pia", "customers", contacts=False)}["u1"]

    assert (masked["email"], masked["phone"], masked["trait:allergy"]) == ("a…@s….example", "…78", "…ts")
    assert (shown["email"], shown["phone"], shown["trait:allergy"]) == (
        "anna@shop.example", "'+4915112345678", "nuts",
    )  # fmt: skip
    assert "anna@" not in masked["traits"] and "anna@shop.example" in shown["traits"]
    assert quiet["email"] == masked["email"]
    events = shop.made("lea", "events", "jsonl").read_text()
    assert "anna@shop" not in events and "a…@s….example" in events
    assert "nuts" not in events
    history = shop.made("lea", "trait-history").read_text()
    assert "anna@shop" not in history and "nuts" not in history
    assert "anna@shop.example" in shop.made("pia", "events").read_text()


def test_filters_and_columns_narrow_a_file(shop: Stand) -> None:
    by_day = shop.rows(
        "lea", "orders", columns=("order_key", "total"), filter={"since": "2026-03-07", "until": "-1d"}
    )
    found = shop.rows("lea", "customers", columns=("user_id",), filter={"q": "anna"})

    assert sorted(row["order_key"] for row in by_day) == ["A-2", "A-3"]
    assert list(by_day[0]) == ["order_key", "total"]
    assert found == [{"user_id": "u1"}]


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"listing": "nothing"}, "Nothing is listed as"),
        ({"listing": "orders", "columns": ("shoe",)}, "have no column"),
        ({"listing": "orders", "filter": {"shoe": "44"}}, "cannot be narrowed by"),
        ({"listing": "orders", "filter": {"status": "lost"}}, "is one of"),
        ({"listing": "orders", "filter": {"since": "soon"}}, "Write a day as"),
        ({"listing": "orders", "filter": {"since": "-9999999d"}}, "Write a day as"),
        ({"listing": "orders", "filter": {"q": "a\0b"}}, "at most 300 signs"),
        ({"listing": "segment-members"}, "Say which segment"),
    ],
)
def test_what_cannot_be_exported_says_why(shop: Stand, wanted: dict[str, object], told: str) -> None:
    with pytest.raises((Invalid, NotFound), match=told):
        shop.ask("lea", **wanted)  # type: ignore[arg-type]


def test_exporting_is_judged_by_level_and_function(shop: Stand) -> None:
    with pytest.raises(NotAllowed):
        shop.ask("sam", "orders")
    with pytest.raises(NotAllowed):
        shop.ask("max", "audit")
    assert shop.ask("max", "products").state == "waiting"  # Nobody's data.

    undecided = shop.ask("max", "customers")
    with shop.database.transaction() as tx:
        exports.cancel(tx, shop.app.exports, shop.actor("max"), undecided.run_id)
        with pytest.raises(NotAllowed, match="approval"):
            exports.try_again(tx, shop.app.exports, shop.actor("max"), undecided.run_id)

    asked = shop.ask("max", "customers", columns=("user_id",))
    assert asked.state == "asked" and asked.approval_id is not None
    with shop.database.transaction() as tx:
        access.decide(tx, shop.actor("lea"), asked.approval_id, "approve", at=AT)
        exports.carry_out(tx, shop.app.exports, shop.actor("lea"), asked.approval_id, at=AT)
    shop.work()
    done = shop.again(asked)

    assert (done.state, done.rows, done.contacts) == ("done", 3, False)
    assert exports.may_fetch(shop.actor("max"), done, shop.app.exports.listings.get("customers"))
    assert not exports.may_fetch(shop.actor("sam"), done, shop.app.exports.listings.get("customers"))
    made = shop.audited("exports.made")[-1]
    assert (made["by"], made["listing"], made["rows"]) == ("Max Applies", "customers", 3)
    assert shop.app.exports.file_of(done).parent.stat().st_mode & 0o777 == 0o700


def test_bad_rows_and_compared_days_are_listed_of_one_import_and_one_comparison(shop: Stand) -> None:
    with shop.database.transaction() as tx:
        theirs = orders.Theirs(days=(orders.TheirDay(day=date(2026, 3, 9), orders=2, total_minor=2_000),))
        made = orders.reconcile(
            tx, theirs, title="March", source=None, currency="EUR", zone="UTC", made_by="Lea", at=AT
        )
    days = shop.rows("lea", "reconciliation-days", filter={"reconciliation": made.id})
    assert [(row["day"], row["ours_orders"], row["theirs"], row["difference"]) for row in days] == [
        ("2026-03-09", "1", "20.00", "-7.66")
    ]
    upload = io.BytesIO(b"Customer ID,Email\nimp-1,nonsense\nimp-2,two@shop.example\n")
    home = shop.app.settings.imports
    kept = imports.keep(home, upload, name="people.csv", bytes_max=10_000)
    with shop.database.transaction() as tx:
        one = imports.take_in(tx, shop.actor("lea"), kept, at=AT)
        body = imports.suggestion(tx, one, zone="UTC", what="customers").mapping
        imports.choose(tx, shop.actor("lea"), one.import_id, definitions.canonical(body))
        imports.ask_run(tx, shop.actor("lea"), one.import_id, at=AT)
    shop.work()
    [bad] = shop.rows("lea", "bad-rows", filter={"import": one.id})
    assert (bad["row"], bad["state"]) == ("2", "open") and "imp-1" in bad["cells"]


def test_events_that_left_the_database_come_out_of_the_lake(database: Database, tmp_path: Path) -> None:
    stand = open_stand(database, tmp_path, lake_keep_days=1)
    pieces_of(database, 100)
    happen(database, 150)
    analytics.export(stand.app.lake)
    analytics.drop_old(stand.app.lake, LATER)
    happen(database, 30, first=150, name="Seen late")
    with database.transaction() as tx:
        assert tx.execute("select count(*), min(position) from log.event").fetchone() == (80, 101)

    every = stand.rows("pia", "events", columns=("position", "message_id", "properties"))
    some = stand.rows("pia", "events", filter={"source": "test", "until": "2000-01-01"})

    assert [row["position"] for row in every] == [str(number) for number in range(1, 181)]
    assert json.loads(every[0]["properties"]) == {"price": 0.5, "colour": "grün 0"} and some == []
    stand.app.sequencer.close()
