"""Lines prepared beforehand: the same events come in as by appending, and one bad line harms no other."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars import log
from regulars.log import NewEvent

AT = datetime(2026, 3, 29, 1, 30, 0, 250_000, tzinfo=UTC)
PLAIN = NewEvent(message_id="m", name="Order Completed", occurred_at=AT, user_id="u")
COLUMNS = (
    "message_id, source, type, name, user_id, anonymous_id, customer_id, occurred_at, properties::text, "
    "context::text, history, schema_version, hops"
)


def inbox(tx):
    return tx.execute(f"select {COLUMNS} from log.inbox order by arrival").fetchall()


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)
BAGS = st.dictionaries(
    TEXTS, TEXTS | st.integers() | st.booleans() | st.none() | st.decimals("-9", "9"), max_size=3
)
EVENTS = st.builds(
    NewEvent,
    message_id=TEXTS, name=TEXTS, source=TEXTS, occurred_at=st.just(AT), properties=BAGS, context=st.none() | BAGS,
    user_id=st.none() | TEXTS, anonymous_id=st.none() | TEXTS, history=st.booleans(),
    customer_id=st.none() | st.integers(0, 2**63 - 1),
)  # fmt: skip

FIELDS = (
    "message_id", "source", "type", "name", "user_id", "anonymous_id", "occurred_at", "properties", "context", "history",
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(EVENTS, min_size=1, max_size=6))
def test_lines_bring_in_what_appending_does(database, events):
    with database.connect() as tx:
        log.append(tx, events)
        appended = inbox(tx)
        tx.rollback()
        lines = [log.line_of(event) for event in events]
        log.append_lines(tx, [line for line in lines if line is not None])
        assert inbox(tx) == appended
        tx.rollback()


@given(EVENTS)
def test_a_plain_line_is_the_line_of_its_event(event):
    given_fields = {name: getattr(event, name) for name in FIELDS}

    assert log.plain_line(**given_fields) in (None, log.line_of(replace(event, customer_id=None)))


@pytest.mark.parametrize("field", ["message_id", "source", "name", "user_id", "anonymous_id"])
@pytest.mark.parametrize("said", ["", "\t", "\0", "\ud800", "\\", "x" * 201])
def test_no_plain_line_is_made_of_what_must_be_escaped_or_refused(field, said):
    given_fields = {name: getattr(PLAIN, name) for name in FIELDS} | {field: said}

    assert log.plain_line(**given_fields) is None


def test_what_is_not_admitted_has_no_line():
    assert log.line_of(replace(PLAIN, name="")) is None
    assert log.line_of(replace(PLAIN, properties={"x": "\0"})) is None


def test_on_a_connection_that_commits_by_itself_all_is_one_transaction(database):
    with database.connect(autocommit=True) as tx:
        assert log.append_lines(tx, []) == 0
        assert log.append_lines(tx, [line(1), line(2)]) == 2

    with database.transaction() as tx:
        assert [row[0] for row in inbox(tx)] == ["m-1", "m-2"]


def line(number: int) -> str:
    made = log.line_of(replace(PLAIN, message_id=f"m-{number}", properties={"price": Decimal("4.10")}))
    assert made is not None
    return made


@pytest.mark.parametrize("autocommit", [True, False])
def test_a_line_that_the_database_refuses_goes_to_the_rejects_alone(database, autocommit):
    broken = line(3).replace("4.10", "4,10}")
    with database.connect(autocommit=autocommit) as tx:
        assert log.append_lines(tx, [line(1), line(2), broken, line(4)]) == 3
        tx.commit()

    with database.transaction() as tx:
        assert [row[0] for row in inbox(tx)] == ["m-1", "m-2", "m-4"]
        (reject,) = log.rejects(tx)
    assert (reject.message_id, reject.stage, reject.code) == ("m-3", "append", "log.not_stored")


def test_a_lost_connection_is_told_and_nothing_is_blamed(database):
    with database.connect(autocommit=True) as tx:
        with database.connect(autocommit=True) as other:
            other.execute("select pg_terminate_backend(%s)", (tx.info.backend_pid,))
        with pytest.raises(psycopg.OperationalError):
            log.append_lines(tx, [line(1)])

    with database.transaction() as tx:
        assert log.rejects(tx) == []
