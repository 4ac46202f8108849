"""Files of every kind become events, things and points, once, as history, with bad rows kept."""

import io
from datetime import UTC, date, datetime, timedelta

import openpyxl
import pytest

from regulars import imports, loyalty, orders
from regulars.imports import duck, keeping, taking
from regulars.imports.preparing import prepare
from regulars.imports.staging import Occasion, Staged
from regulars.kernel import Invalid
from tests.integration.imports.office import ENGINEER, LOYAL, NOW, Office, parquet

PEOPLE = (
    "Kundennummer;E-Mail;Vorname;Nachname;PLZ;Ort;Geburtsdatum;Newsletter;Farbe\n"
    "1;Änn@Example.de;Änn;O'Brien;01067;Dresden;31.12.1980;ja;rot\n"
    "2;bob@example.de;Bob;Ross;;;;nein;blau\n"
    "3;kein;Cem;Kurz;1;Ulm;1.2.1990;ja;\n"
)


def test_customers_of_a_german_table_become_profiles_with_nested_typed_traits_and_consents(desk: Office):
    one = desk.imported("kunden.csv", PEOPLE.encode("cp1252"))

    assert (one.state, one.accepted, one.bad) == ("done", 2, 1)
    found = desk.rows("select user_id, name, traits from customers.fact_customer order by user_id")
    assert [(row[0], row[1]) for row in found] == [("1", "Änn O'Brien"), ("2", "Bob Ross")]
    assert found[0][2] | {"email": ""} == {
        "email": "", "first_name": "Änn", "last_name": "O'Brien", "birthday": "1980-12-31", "farbe": "rot",
        "address": {"postal_code": "01067", "city": "Dresden"},
    }  # fmt: skip
    assert desk.rows("select channel, given from customers.fact_consent order by given") == [
        ("email", False),
        ("email", True),
    ]
    assert [(row.row, row.problems[0]["column"], row.problems[0]["code"]) for row in desk.bad(one)] == [
        (4, "E-Mail", "email")
    ]


def test_everything_that_comes_in_without_a_later_instant_is_history(desk: Office):
    desk.imported("kunden.csv", PEOPLE.encode("cp1252"))

    assert desk.rows("select distinct history from log.event where source = 'import'") == [(True,)]


def test_what_occurred_after_the_cut_over_is_news(desk: Office):
    one = desk.upload(
        "orders.csv", "order_id,user_id,date,total,currency\n1,a,2026-01-01,5,EUR\n2,a,2026-02-01,5,EUR\n"
    )
    desk.run(desk.choose(one, cut_over=datetime(2026, 1, 15, tzinfo=UTC)))

    assert desk.rows("select order_key, history from orders.fact_order order by 1") == [
        ("1", True),
        ("2", False),
    ]


def test_excel_json_lines_json_list_and_parquet_bring_the_same(desk: Office, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Customer ID", "Email", "Birthday", "Shoe size"])
    book.active.append(["e1", "e1@example.com", date(1980, 1, 2), 42.5])
    excel = io.BytesIO()
    book.save(excel)

    desk.imported("a.xlsx", excel.getvalue())
    desk.imported(
        "a.jsonl",
        '{"customer_id": "l1", "email": "l1@example.com", "birthday": "1980-01-02", "shoe_size": 42.5}\n',
    )
    desk.imported(
        "a.json",
        '[{"customer_id": "j1", "email": "j1@example.com", "birthday": "1980-01-02", "shoe_size": 42.5}]',
    )
    select = "select 'p1' as customer_id, 'p1@example.com' as email, date '1980-01-02' as birthday, 42.5::double as shoe_size"
    desk.imported("a.parquet", parquet(tmp_path, select))

    found = desk.rows("select user_id, traits - 'email' from customers.fact_customer order by 1")
    wanted = {"birthday": "1980-01-02", "shoe_size": 42.5}
    assert found == [("e1", wanted), ("j1", wanted), ("l1", wanted), ("p1", wanted)]


def test_lines_of_one_order_are_gathered_wherever_they_stand(desk: Office):
    one = desk.imported(
        "lines.csv",
        "Order ID,Email,Order date,Currency,SKU,Quantity,Price,Store\n"
        "A1,a@example.com,2025-03-01 10:00,EUR,p1,2,1.50,s1\n"
        "A2,c@example.com,2025-03-02 10:00,EUR,p2,1,9.99,s1\n"
        "A1,a@example.com,2025-03-01 10:00,EUR,p3,1,3.00,s1\n"
        "A3,c@example.com,2025-03-02,EUR,p2,x,9.99,s1\n"
        "A3,c@example.com,2025-03-02,EUR,p4,1,9.99,s1\n",
    )

    found = desk.rows("select order_key, total_minor, line_count from orders.fact_order order by 1")
    assert found == [("A1", 600, 2), ("A2", 999, 1)]
    assert desk.one("select bool_and(server) from orders.report")  # No page's word stands before it.
    assert desk.one("select bool_and(context ? 'externalIds') from log.fact_event")
    assert [(row.row, row.problems[0]["code"]) for row in desk.bad(one)] == [
        (5, "number"),
        (6, "line_of_bad"),
    ]


def test_the_same_orders_from_two_files_are_one_and_a_changed_one_replaces_it(desk: Office):
    head = "order_id,user_id,date,total,currency\n"
    desk.imported("one.csv", f"{head}1,a,2026-01-01,5.00,EUR\n2,a,2026-01-02,6.00,EUR\n")
    desk.imported("two.csv", f"{head}2,a,2026-01-02,6.00,EUR\n1,a,2026-01-01,7.00,EUR\n")

    assert desk.rows("select order_key, total_minor from orders.fact_order order by 1") == [
        ("1", 700),
        ("2", 600),
    ]


def test_events_go_through_the_reading_of_the_tracking_api(desk: Office):
    one = desk.imported(
        "events.jsonl",
        '{"type":"track","event":"Wished","userId":"u1","timestamp":"2025-01-01T00:00:00Z","messageId":"m1","properties":{"price":1.50}}\n'
        '{"type":"track","event":"regulars.made.up","userId":"u1","timestamp":"2025-01-01T00:00:00Z","messageId":"m2"}\n'
        '{"type":"page","userId":"u1","timestamp":"2025-01-02T00:00:00Z","messageId":"m3","properties":{"path":"/a"}}\n'
        "{broken\n",
    )

    assert desk.rows("select name, properties from log.event where source = 'import' order by position") == [
        ("Wished", {"price": 1.5}),
        ("page", {"path": "/a"}),
    ]
    assert [(row.row, row.problems[0]["code"]) for row in desk.bad(one)] == [(2, "event"), (4, "json")]


def test_products_and_stores_land_in_the_catalogue(desk: Office):
    products = desk.imported(
        "products.csv",
        "SKU,Name,Category,Price,Currency\np1,Cake,Food > Sweet,1.50,EUR\np2,Pie,Food,x,EUR\n",
        what="products",
    )
    stores = desk.imported(
        "stores.csv", "Store ID,Name,City,Country\ns1,Main,Ulm,DE\ns2,Side,Ulm,Germany\n", what="stores"
    )

    with desk.database.transaction() as tx:
        found = orders.products_by_key(tx, ["p1"])
    assert [(one.name, one.price_minor) for one in found.values()] == [("Cake", 150)]
    assert (products.accepted, products.bad, stores.accepted, stores.bad) == (1, 1, 1, 1)


def test_opening_balances_become_lots_of_members_once(desk: Office):
    desk.imported("people.csv", "Customer ID,First name\nu1,Ann\nu2,Bob\n")
    launch(desk)
    text = "Customer ID,Points,Expires\nu1,100,2027-12-31\nu1,50,\nu9,5,\nu2,1.5,\nu2,7,2020-01-01\n"
    one = desk.imported(
        "balances.csv", text, actor=LOYAL, what="balances", constants={"programme": "points_club"}
    )

    assert [(row.row, row.problems[0]["code"]) for row in desk.bad(one)] == [
        (4, "unknown_customer"),
        (5, "points"),
        (6, "expired"),
    ]
    assert desk.rows("select amount, earned_at from loyalty.lot order by amount") == [(50, NOW), (100, NOW)]
    assert desk.rows("select history from log.event where name = 'regulars.loyalty.joined'") == [(True,)]
    with desk.database.transaction() as tx:
        assert not loyalty.check_ledger(tx)


def launch(desk: Office) -> None:
    with desk.database.transaction() as tx:
        club = loyalty.points_club(name="Club", legal_entity="Shop", zone="UTC", money="EUR")
        loyalty.launch_version(tx, "points_club", 1, club, NOW - timedelta(days=400))


def test_a_file_with_the_same_columns_is_read_as_the_one_before(desk: Office):
    first = desk.upload("a.csv", "Nr;Anschrift\n1;a@example.com\n")
    desk.run(desk.choose(first, columns={"Nr": "user_id", "Anschrift": "email"}))

    second = desk.upload("b.csv", "Anschrift;Nr\nb@example.com;2\n")
    with desk.database.transaction() as tx:
        found = imports.suggestion(tx, second, zone="UTC")

    assert found.mapping.columns["Anschrift"] == "email" and found.certain


def test_the_same_content_is_told(desk: Office):
    desk.imported("a.csv", "Customer ID,Email\n1,a@example.com\n")
    again = desk.upload("b.csv", "Customer ID,Email\n1,a@example.com\n")

    with desk.database.transaction() as tx:
        assert [same.name for same in imports.same_content(tx, again)] == ["a.csv"]


def test_a_dry_run_writes_nothing_and_says_what_would_happen(desk: Office):
    desk.imported("known.csv", "Customer ID,Email\nu1,a@example.com\n")
    before = desk.one("select count(*) from log.event")
    one = desk.choose(
        desk.upload(
            "orders.csv",
            "order_id,user_id,date,total,currency\n1,u1,2025-01-01T10:00,5.50,EUR\n2,u2,2025-01-01,4.50,EUR\n"
            "3,u2,2025-01-02,1,JPY\n4,u2,what,1,JPY\n",
        )
    )
    found = desk.check(one)

    assert desk.one("select count(*) from log.event") == before
    assert (found.good, found.bad, found.units, found.things, found.known, found.thing) == (
        3,
        1,
        3,
        3,
        0,
        "orders",
    )
    assert [(s.day, s.currency, s.orders, s.total) for s in found.sums] == [
        ("2025-01-02", "JPY", 1, "1.00"),
        ("2025-01-01", "EUR", 2, "10.00"),
    ]
    assert [(k.code, k.column, k.rows, k.examples[0].row, k.examples[0].value) for k in found.kinds] == [
        ("instant", "date", 1, 5, "what")
    ]


def test_known_customers_are_told_from_new_ones(desk: Office):
    desk.imported("known.csv", "Customer ID,Email\nu1,a@example.com\n")
    found = desk.check(
        desk.choose(desk.upload("more.csv", "Customer ID,Email\nu1,a@example.com\nu2,b@example.com\n"))
    )

    assert (found.things, found.known, found.thing) == (2, 1, "customers")


def test_a_run_in_which_no_row_is_good_writes_nothing_and_says_why(desk: Office):
    one = desk.choose(desk.upload("a.csv", "Customer ID,Email\n1,x\n2,y\n"))
    with pytest.raises(imports.AllBad, match="Not one of 2 rows can be used.*Email: It is no e-mail address"):
        desk.run(one)

    failed = desk.again(one)
    assert (failed.state, failed.accepted) == ("failed", 0) and "Not one of 2" in (failed.error or "")
    assert desk.one("select count(*) from log.event where source = 'import'") == 0


def test_bad_rows_are_mended_and_taken_the_rest_keeps_its_reason(desk: Office):
    one = desk.imported("a.csv", "Customer ID,Email\n1,a@example.com\n2,x\n3,y\n")
    with desk.database.transaction() as tx:
        imports.change_cells(tx, one, 3, {"Email": "b@example.com"})
        tried = imports.try_again(tx, ENGINEER, desk.folder, one.import_id)
    desk.settle()

    again = desk.again(one)
    assert (tried.taken, tried.still_bad, again.accepted, again.bad) == (1, 1, 2, 1)
    assert [row.row for row in desk.bad(one)] == [4]
    assert desk.rows("select user_id from customers.fact_customer order by 1") == [("1",), ("2",)]


def test_mended_lines_bring_the_whole_order(desk: Office):
    one = desk.imported(
        "lines.csv",
        "Order ID,Customer ID,Order date,Currency,SKU,Quantity,Price\n"
        "A0,u1,2025-03-02,EUR,p2,1,1.00\nA1,u1,2025-03-02,EUR,p2,x,9.99\nA1,u1,2025-03-02,EUR,p4,1,9.99\n",
    )
    with desk.database.transaction() as tx:
        imports.change_cells(tx, one, 3, {"Quantity": "2"})
        imports.try_again(tx, ENGINEER, desk.folder, one.import_id)
    desk.settle()

    assert desk.rows("select total_minor, line_count from orders.fact_order where order_key = 'A1'") == [
        (2997, 2)
    ]


@pytest.mark.parametrize(
    "cell",
    [
        "[" * 61 + "]" * 61,
        '{"k":1e999999}',
        '{"k":1e99999999999999999999}',
        '{"k":"\\u0000"}',
        '{"k":"\\ud800"}',
        "{not json",
    ],
)
def test_json_that_cannot_be_kept_makes_its_row_bad_and_no_other(desk: Office, cell: str):
    lines = [f'u{n},"{{""k"": {n}}}"' for n in range(50)]
    lines[7] = 'u7,"' + cell.replace('"', '""') + '"'
    one = desk.upload("a.csv", "Customer ID,Extra\n" + "\n".join(lines) + "\n")
    one = desk.run(desk.choose(one, columns={"Extra": "traits.extra"}, types={"Extra": "json"}))

    assert (one.accepted, one.bad) == (49, 1)
    assert [(row.row, row.problems[0]["code"]) for row in desk.bad(one)] == [(9, "json")]


def test_one_event_the_database_refuses_costs_itself_alone(desk: Office, tmp_path):
    one = desk.choose(
        desk.upload("a.csv", "Customer ID,Email\n" + "".join(f"u{n},a{n}@example.com\n" for n in range(9)))
    )
    rows = keeping.rows_of(desk.folder, one.folder, one.name)
    occasion = Occasion(import_id=one.import_id, at=NOW, cut_over=NOW)
    staged = prepare(rows, one.columns, one.body, occasion)
    broken = Staged(units=rows.parent / "broken.parquet", bad=staged.bad)
    with duck.opened(rows.parent) as db:
        db.execute(
            f"copy (select * replace (case when row = 5 then '{{broken' else properties end as properties) "
            f"from '{staged.units}') to '{broken.units}' (format parquet)"
        )
        batch = taking.Batch(
            db=db, rows=rows, staged=broken, layout=one.columns, body=one.body, occasion=occasion, now=NOW,
            actor="x", after=0, to=10,
        )  # fmt: skip
        with desk.database.transaction() as tx:
            bad = taking.take(tx, batch)
    desk.settle()

    assert [(one.row, one.problems[0].code, one.cells["Customer ID"]) for one in bad] == [
        (5, "unstorable", "u3")
    ]
    assert desk.one("select count(*) from customers.fact_customer") == 8


def test_bad_rows_as_a_file_carry_reason_and_no_formula(desk: Office):
    one = desk.imported("a.csv", "Customer ID,Email,Note\n1,a@example.com,x\n2,x,=cmd()\n")
    with desk.database.transaction() as tx:
        text = "".join(imports.as_csv(one.columns.names, imports.all_bad_rows(tx, one.import_id)))

    assert text.splitlines() == [
        "Row,What is wrong,Customer ID,Email,Note",
        "3,Email: It is no e-mail address.,2,x,'=cmd()",
    ]


def test_a_file_that_was_picked_up_is_imported_once_for_each_key(desk: Office):
    def start():
        kept = imports.keep(
            desk.folder, io.BytesIO(b"Customer ID,Email\n1,a@example.com\n"), name="a.csv", bytes_max=999
        )
        with desk.database.transaction() as tx:
            return imports.start_file(
                tx, kept, source="till", actor=ENGINEER, at=NOW, zone="UTC", key="drop:a"
            )

    assert start() == start()
    assert desk.one("select count(*) from jobs.job where name = 'imports.run'") == 1


def test_a_file_no_mapping_fits_is_refused_when_nobody_sits_before_it(desk: Office):
    kept = imports.keep(desk.folder, io.BytesIO(b"Foo,Bar\n1,2\n"), name="a.csv", bytes_max=999)
    with pytest.raises(imports.NotMapped), desk.database.transaction() as tx:
        imports.start_file(tx, kept, source="till", actor=ENGINEER, at=NOW, zone="UTC")


def test_files_and_cells_go_after_their_retention(desk: Office):
    one = desk.imported("a.csv", "Customer ID,Email\n1,a@example.com\n2,x\n")
    with desk.database.transaction() as tx:
        assert imports.expiry(desk.folder, 30)(tx, NOW + timedelta(days=29)) == 0
        assert imports.expiry(desk.folder, 30)(tx, NOW + timedelta(days=31)) == 1

    assert not (desk.folder / one.folder).exists()
    assert desk.rows("select cells, state from imports.bad_row") == [({}, "dismissed")]
    assert desk.again(one).removed_at is not None


def test_an_uploaded_file_is_for_nobody_elses_eyes(desk: Office):
    one = desk.upload("../../etc/passwd.csv", "Customer ID,Email\n1,a@example.com\n")

    assert one.name == "passwd.csv"
    files = list((desk.folder / one.folder).iterdir())
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert (desk.folder / one.folder).stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("actor", [ENGINEER])
def test_balances_take_their_own_permission(desk: Office, actor):
    one = desk.upload("b.csv", "Customer ID,Points\nu1,5\n")
    with pytest.raises(Exception, match="import opening balances"):
        desk.choose(one, actor=actor, what="balances", constants={"programme": "points_club"})


def test_a_mapping_says_everything_that_is_wrong_with_it(desk: Office):
    one = desk.upload("a.csv", "A,B\n1,2\n")
    body = {
        "title": "x",
        "what": "orders",
        "columns": {"A": "order_id", "C": "nonsense"},
        "zone": "Mars/One",
        "dates": {"A": "'"},
    }
    with pytest.raises(Invalid) as caught, desk.database.transaction() as tx:
        imports.choose(tx, ENGINEER, one.import_id, body)

    assert {finding.code for finding in caught.value.findings} == {
        "imports.no_field", "imports.needed", "imports.zone", "imports.format", "imports.no_column",
    }  # fmt: skip
