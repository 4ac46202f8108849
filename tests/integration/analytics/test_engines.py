"""The same statements over the same files: on DuckDB and on Spark, with equal results; and reading only."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from regulars import analytics
from regulars.analytics import READY, Lake, StatementNotFound, StatementRefused, open_duckdb, ready
from regulars.analytics.engine_spark import over, session
from tests.integration.analytics.laid import PEOPLE, relations
from tests.integration.analytics.lake_of import happen, lake_in
from tests.integration.people import know, regroup

pytestmark = pytest.mark.one_postgresql

ZONE = "Europe/Berlin"
PERSONAL = frozenset({"feet.shoe_size"})
# What people write themselves, and where the engines are apart without their settings.
THEIRS = (
    "select position, customer_id from events order by customer_id, position desc limit 50",
    "select position, customer_id from events order by customer_id desc, position limit 50",
    "select min(occurred_at) as a, max(occurred_at) as b, count(history) as c from events",
    "select name as \"the name\", get_json_object(properties, '$.items') as x from events where position < 30 order by position",
    "select position, occurred_at, properties, history from events where position in (1, 3000, 3001, 5950, 6000, 6001, 7999) order by position",
    "select count(*) as n, count(distinct position) as d, min(position) as a, max(position) as b from events",
    "select cast(sum(quantity) as decimal(30, 4)) as q, cast(sum(net_minor) as bigint) as v from order_lines",
)

SHOWING = [text for text in THEIRS if "properties" in text]


@pytest.fixture(scope="module")
def laid(tmp_path_factory):
    return relations(tmp_path_factory.mktemp("lake"))


@pytest.fixture
def duck(laid) -> Iterator:
    with open_duckdb(laid, PEOPLE, personal=PERSONAL) as engine:
        yield engine


# Spark's client leaves its sockets to the collector of garbage.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.timeout(900)  # Twenty seconds on a quiet machine, minutes on a busy one.
def test_spark_answers_every_statement_as_duckdb_does(laid, database, tmp_path):
    lake = aged(database, tmp_path)
    with session("local[2]") as spark:
        spark.conf.set("spark.sql.shuffle.partitions", "1")
        spark.conf.set("spark.sql.codegen.wholeStage", "false")  # Compiling takes longer than so few rows.
        for contacts in (False, True):
            tables = laid if contacts else laid[:1]
            slow = over(spark, tables, PEOPLE, contacts=contacts, personal=PERSONAL)
            with open_duckdb(tables, PEOPLE, contacts=contacts, personal=PERSONAL) as quick:
                for text in [*(one.of(ZONE) for one in READY), *THEIRS] if contacts else SHOWING:
                    ours, theirs = quick.ask(text).read_all(), slow.ask(text).read_all()
                    assert typed(ours) == typed(theirs), text
                    assert ours.num_rows and ours.to_pylist() == theirs.to_pylist(), text
            for text in () if contacts else BEHIND_SPARK:
                with pytest.raises(StatementRefused):
                    slow.ask(text.format(file=laid[0].files[0]))
        with analytics.open_lake(lake) as snapshot:
            given = (snapshot.relations, snapshot.people)
            with open_duckdb(*given) as quick:
                ours = quick.ask(OF_A_LAKE).read_all().to_pylist()
            theirs = over(spark, *given).ask(OF_A_LAKE).read_all().to_pylist()
        for text, said in REFUSED_BY_SPARK.items():
            with pytest.raises(StatementRefused, match=said):
                slow.ask(text)

    assert ours == theirs and [one["position"] for one in ours] == list(range(1, 201))
    assert {one["price_number"] for one in ours} == {number + 0.5 for number in range(9)}
    assert {one["customer_id"] for one in ours if one["person_id"] == 7} == {7, 8}


OF_A_LAKE = """
    select position, occurred_at, customer_id, person_id, price_number, get_json_object(properties, '$.colour') as colour
    from events order by position
"""


def aged(database, folder) -> Lake:
    """A lake of files with and without a typed column, a recent tail, thinned PostgreSQL and merged people."""
    lake = lake_in(database, folder)
    happen(database, 80)
    analytics.export(lake)
    with database.transaction() as tx:
        tx.execute("insert into analytics.typed_column values ('price_number', 'price', 'number', 81)")
        know(tx, range(1, 51))
        regroup(tx, {8: 7}, ())
    happen(database, 80, first=80)
    analytics.export(lake)
    happen(database, 40, first=160)
    with database.transaction() as tx:
        tx.execute("delete from log.event where position <= 120 and position % 3 > 0")
    return lake


def typed(table) -> list:
    return [(field.name, str(field.type).removeprefix("large_")) for field in table.schema]


BEHIND_SPARK = (
    "select * from lake_hot_events",
    "select * from LAKE_FILES_EVENTS",
    "select name, (select max(properties) from lake_hot_events) as p from events",
    "with lake as (select * from lake_hot_events) select * from lake",
    "select * from identifier('lake_' || 'hot_events')",
    "select * from lake_people",
    "select * from parquet.`{file}`",
)
REFUSED_BY_SPARK = {
    "insert overwrite directory '/tmp/away' using csv select 1": "only|Only",
    "create table t as select 1 as a": "Only what reads",
    "with a as (select 1 as b) insert into events select * from a": "Only what reads",
    "select transform (1) using 'cat' as (b)": "Only what reads",
    "with a as (select transform (1) using 'cat' as (b)) select * from a": "Only what reads",
    "select (select max(b) from (select transform (1) using 'cat' as (b)) as c) as d": "Only what reads",
    "drop view events": "Only what reads",
    "set spark.sql.ansi.enabled=false": "Only what reads",
    "select reflect('java.lang.System', 'exit', 1)": "Java",
    "select * from text.`/etc/passwd`": "text",
    "select 1; select 2": "select",
    "select nothing from events": "nothing",
}


def test_a_person_is_the_survivor_and_rows_stand_once(duck):
    found = duck.ask(
        "select customer_id, person_id, count(*) as n from events where customer_id in (2, 3, 7, 8, 9) "
        "group by 1, 2 order by 1"
    ).read_all()

    assert found["person_id"].to_pylist() == [2, 2, 2, 8, 8]
    assert duck.ask("select count(*) as n, max(position) as m from events").read_all().to_pylist() == [
        {"n": 8_000, "m": 8_000}
    ]


def test_contact_details_are_masked_unless_asked_for(laid, duck):
    text = "select properties from events where position = 5"

    masked = duck.ask(text).read_all()["properties"][0].as_py()
    with open_duckdb(laid, PEOPLE, contacts=True) as engine:
        shown = engine.ask(text).read_all()["properties"][0].as_py()

    assert '"email":"…"' in masked and "Ring +…, or write to …@…" in masked
    assert "@shop" not in masked and "170" not in masked
    assert '"Shipping Address":"…", "shoe_size":"…", "items": [{"name"' in masked
    assert "jane.5@shop.example" in shown and "+49 170 1234567" in shown and "Lima" in shown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("copy (select 1) to '{file}' (use_tmp_file false)", "this is COPY"),
        ("explain analyze copy (select 1) to '{file}' (use_tmp_file false)", "this is COPY"),
        ("explain (analyze, format json) copy (select 1) to '{file}'", "this is COPY|syntax"),
        ("attach '/tmp/other.db'", "this is ATTACH"),
        ("install httpfs", "this is LOAD"),
        ("create table kept as select 1", "this is CREATE"),
        ("set lock_configuration = false", "this is SET"),
        (
            "with a as (insert into events values (1) returning *) select * from a",
            "is not an? table|plain queries",
        ),
        ("select * from read_text('/etc/passwd')", "is not called here"),
        ("select * from read_csv('/etc/passwd')", "is not called here"),
        ("select * from '/etc/passwd'", "There is no table"),
        ("from laid", "There is no table laid; there are: .*events.*persons"),
        ("select 1; drop view events", "One statement"),
        ("", "One statement"),
        ("selekt 1", "syntax"),
        ("select cast('a' as int)", "Could not convert"),
    ],
)
def test_what_would_do_more_than_read_is_refused(laid, duck, text, said):
    file = laid[0].files[0]
    before = Path(file).read_bytes()

    with pytest.raises(StatementRefused, match=said):
        duck.ask(text.format(file=file)).read_all()

    assert Path(file).read_bytes() == before


@pytest.mark.parametrize(
    "text",
    [
        "select * from lake_hot_events",
        "from temp.LAKE_HOT_EVENTS",
        "explain analyze select * from lake_files_events",
        "summarize lake_files_events",
        "select name, (select max(properties) from lake_hot_events) from events",
        "select * from events where exists (from lake_hot_events)",
        "select * from events union all by name select * from lake_files_events",
        "with lake_hot_events as (from lake_hot_events) from lake_hot_events",
        "with e as (with x as (from lake_files_events) from x) from e",
        """with "{file}" as (from "{file}") from "{file}" """,
        "from '{file}'",
        "from read_parquet('{file}')",
        "from parquet_scan(['{file}'])",
        "from query('from lake_hot_events')",
        "from query_table('lake_hot_events')",
        "from duckdb_views()",
        "from lake_people_given",
    ],
)
def test_what_lies_behind_the_masked_tables_cannot_be_named(laid, duck, text):
    with pytest.raises(StatementRefused):
        duck.ask(text.format(file=laid[0].files[0])).read_all()


def test_subqueries_have_names_of_their_own_and_who_may_see_all_names_anything(laid, duck):
    named = "with Bought as (select position from events), twice as (from bought, range(2)) select count(*) as n from twice"
    assert duck.ask(named).read_all()["n"][0].as_py() == 16_000
    with open_duckdb(laid, PEOPLE, contacts=True) as engine:
        assert engine.ask("select count(*) from lake_files_events").read_all().num_rows == 1


def test_reading_in_other_words_is_run(duck):
    for text in (
        "from events limit 1",
        "explain select 1",
        "describe events",
        "summarize orders;",
        "show tables",
    ):
        assert duck.ask(text).read_all().num_rows


def test_a_statement_has_a_name(duck):
    assert ready("retention").about.startswith("Of the people")
    with pytest.raises(StatementNotFound, match="retention"):
        ready("retentoin")


def test_without_spark_or_java_it_says_what_to_install(tmp_path):
    program = """
import sys
from regulars.analytics.engine import EngineMissing
from regulars.analytics.engine_spark import session
if sys.argv[1] == "spark":
    sys.modules["pyspark"] = sys.modules["pyspark.sql"] = sys.modules["pyspark.errors"] = None
try:
    with session("local[1]"):
        pass
except EngineMissing as missing:
    print(missing)
"""
    for lacking, said in (("spark", "pip install 'regulars[spark]'"), ("java", "Java 17")):
        environment = {"PATH": str(tmp_path), "JAVA_HOME": str(tmp_path)} if lacking == "java" else None
        run = subprocess.run(
            [sys.executable, "-c", program, lacking],
            check=False,
            capture_output=True,
            text=True,
            env=environment,
        )
        assert said in run.stdout, run.stderr
