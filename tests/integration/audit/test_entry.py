"""The audit on a real database: entries stand for ever, values can be erased and never altered."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import psycopg
import pytest

from regulars import audit
from regulars.db import Query, value
from regulars.kernel import Invalid, NotFound

AT = datetime(2025, 3, 1, 12, tzinfo=UTC)


def write(tx, **changed):
    plain = {
        "actor_id": 7,
        "actor_name": "Ann Able",
        "action": "people.change",
        "subject_kind": "person",
        "subject": "per_1",
        "before": {"level": 3},
        "after": {"level": 4},
        "at": AT,
        "via": "console",
    }
    return audit.record(tx, **(plain | changed))


def test_an_entry_says_who_what_when_and_which_fields_changed(tx):
    number = write(tx, reason="Ann was promoted", scope="north")

    entry = audit.entry(tx, number)

    assert (entry.actor_id, entry.actor_name, entry.via) == (7, "Ann Able", "console")
    assert (entry.action, entry.subject_kind, entry.subject) == ("people.change", "person", "per_1")
    assert (entry.at, entry.scope, entry.reason) == (AT, "north", "Ann was promoted")
    assert [(c.path, c.before, c.after) for c in entry.changed] == [("level", 3, 4)]
    assert entry.public_id.startswith("aud_")


def test_the_product_itself_acts_without_a_number(tx):
    number = write(tx, actor_id=None, actor_name="Regulars", before=None, after=None)

    entry = audit.entry(tx, number)

    assert (entry.actor_id, entry.actor_name, entry.changed, entry.erased_at) == (None, "Regulars", (), None)


def test_an_unknown_entry_is_not_found(tx):
    with pytest.raises(NotFound, match="aud_"):
        audit.entry(tx, 999)


@pytest.mark.parametrize(
    "statement",
    [
        "update audit.entry set action = 'x'",
        "delete from audit.entry",
        "truncate audit.entry cascade",
        "delete from audit.value",
        "truncate audit.value cascade",
        "update audit.value set before = '{\"level\": 7}'",
        "update audit.value set erased_at = null",
        "update audit.value set before = null, after = null, reason = null, erased_at = '2025-01-01', subject = 'x'",
    ],
)
def test_what_was_recorded_cannot_be_changed(database, statement):
    with database.transaction() as tx:
        write(tx)

    with pytest.raises(psycopg.errors.RestrictViolation), database.transaction() as tx:
        tx.execute(statement)


def test_erasing_leaves_the_entry_and_says_so(tx):
    number = write(tx, reason="because of Ann")
    other = write(tx, subject="per_2")

    erased = audit.erase_values(tx, subject_kind="person", subject="per_1", at=AT + timedelta(days=1))

    entry = audit.entry(tx, number)
    assert erased == 1
    assert (entry.before, entry.after, entry.reason) == (None, None, None)
    assert entry.erased_at == AT + timedelta(days=1)
    assert (entry.action, entry.actor_name) == ("people.change", "Ann Able")
    assert audit.entry(tx, other).after == {"level": 4}
    assert audit.erase_values(tx, subject_kind="person", subject="per_1", at=AT) == 0


def test_an_actor_is_forgotten_by_name_and_kept_by_number(tx):
    number = write(tx)
    write(tx, actor_name="Ann Married")

    audit.erase_actor(tx, 7)
    again = write(tx)

    assert (audit.entry(tx, number).actor_id, audit.entry(tx, number).actor_name) == (7, None)
    assert audit.entry(tx, again).actor_name == "Ann Able"


def test_pages_run_newest_first_and_hold_every_entry_once(tx):
    written = [write(tx, subject=f"per_{n}") for n in range(7)]

    seen, cursor = [], None
    while True:
        page = audit.entries(tx, cursor=cursor, limit=3)
        seen += [entry.entry_id for entry in page.items]
        cursor = page.next
        if cursor is None:
            break

    assert seen == written[::-1]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["c", "b", "a"]),
        ({"actor_id": 7}, ["b", "a"]),
        ({"action": "keys.make"}, ["c"]),
        ({"subject_kind": "person"}, ["b", "a"]),
        ({"subject_kind": "person", "subject": "b"}, ["b"]),
        ({"scope": "north"}, ["b"]),
        ({"since": AT + timedelta(hours=1)}, ["c", "b"]),
        ({"until": AT + timedelta(hours=1)}, ["a"]),
    ],
)
def test_filters_narrow_the_list(tx, filters, expected):
    write(tx, subject="a")
    write(tx, subject="b", scope="north", at=AT + timedelta(hours=1))
    write(tx, subject="c", action="keys.make", subject_kind="key", actor_id=None, at=AT + timedelta(hours=2))

    assert [entry.subject for entry in audit.entries(tx, **filters).items] == expected


def test_a_foreign_cursor_is_refused(tx):
    with pytest.raises(Invalid):
        audit.entries(tx, cursor="bm90IG91cnM")


def test_signs_that_the_database_refuses_do_not_lose_the_entry(tx):
    number = write(
        tx, after={"name\x00": "a\x00b", "list": ["\ud800"], "when": AT, "none": float("nan")}, reason="\x00"
    )

    found = audit.entry(tx, number)

    assert found.after == {
        "name\ufffd": "a\ufffdb",
        "list": ["\ufffd"],
        "when": "2025-03-01T12:00:00Z",
        "none": None,
    }


def test_two_first_deeds_at_once_share_one_name(database):
    together = Barrier(2)

    def act():
        with database.transaction() as tx:
            together.wait()
            write(tx)

    threads = [Thread(target=act) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with database.transaction() as tx:
        assert value(tx, Query("select count(*) from audit.actor")) == 1
        assert len(audit.entries(tx).items) == 2


def test_a_deed_rolled_back_leaves_no_entry(database):
    with pytest.raises(RuntimeError), database.transaction() as tx:
        write(tx)
        raise RuntimeError

    with database.transaction() as tx:
        assert audit.entries(tx).items == ()
