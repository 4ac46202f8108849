"""Lists: put on, taken off, followed through merges and erasure, and taken as snapshots."""

import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from random import Random

import pytest
from psycopg import sql

from regulars import access, customers, definitions, log, privacy, segments
from regulars.access import SYSTEM, Actor
from regulars.conditions import All, InSegment, InStage, Not, OrderCount
from regulars.customers import Deciding
from regulars.db import Database, Tx, values
from regulars.definitions import Registry
from regulars.kernel import Invalid, NotFound
from regulars.segments import SEGMENT, SegmentBody, read_list
from regulars.wiring import FOLLOW, KINDS
from tests.integration.segments.living import DAY, OFFICER, Living


@pytest.fixture
def living(database: Database, tmp_path: Path) -> Iterator[Living]:
    made = Living(database, tmp_path, Random(1), defined=())
    with database.transaction() as tx:
        for who in ("a", "b", "c"):
            traits = {"email": f"{who}@example.org", "phone": "+493012345"}
            log.append(
                tx,
                [
                    log.NewEvent(
                        message_id=who, type="identify", name="identify", user_id=who,
                        occurred_at=made.now - DAY, properties=traits,
                    )
                ],
            )  # fmt: skip
    made.settle()
    yield made
    made.close()


def add_person(living: Living, name: str, level: int) -> Actor:
    email = f"{name.split(maxsplit=1)[0].lower()}@example.invalid"
    with living.database.transaction() as tx:
        person = access.add_person(
            tx, SYSTEM, email=email, name=name, level=level, function="marketing", at=living.now
        )
        return access.actor_of(tx, person.person_id, "console")


def members(living: Living, key: str = "guests") -> list[int]:
    with living.database.transaction() as tx:
        return [one.customer_id for one in segments.members(tx, key).items]


def test_identifiers_are_put_on_a_list_and_those_of_nobody_are_told(living: Living) -> None:
    a, b, c = living.everybody()
    read = read_list(
        b"\xef\xbb\xbfName;E-Mail\r\nAnna;A@Example.org\r\nBen;b@example.org\r\n;nobody@example.org\r\nX;\r\n"
    )

    with living.database.transaction() as tx:
        put = segments.add_identifiers(tx, SYSTEM, "guests", read.kind, read.identifiers, at=living.now)
        again = segments.add_to_list(tx, SYSTEM, "guests", [a, c, 99], at=living.now)
        shared = segments.identify(tx, "phone", ["030 12345", "+49 30 12345"])

    assert (read.kind, [one.path for one in read.problems], read.lines) == ("email", ["line 5"], 4)
    assert (put.changed, put.unchanged, put.unknown) == (2, 0, ("nobody@example.org",))
    assert (again.changed, again.unchanged, again.unknown, again.members) == (1, 1, ("99",), 3)
    assert shared.ambiguous == ("+49 30 12345",)
    assert members(living) == [a, b, c]
    with living.database.transaction() as tx:
        taken = segments.remove_identifiers(tx, SYSTEM, "guests", "user_id", ["b", "zz"], at=living.now)
        entries = segments.list_entries(tx, "guests")
    assert (taken.changed, taken.unknown) == (1, ("zz",))
    assert members(living) == [one.customer_id for one in entries.items] == [a, c]
    living.settle()
    assert living.differences() == []


def test_a_place_on_a_list_ends_in_time_and_goes_along_with_people(living: Living) -> None:
    a, b, c = living.everybody()
    living.publish(
        SEGMENT, "others", SegmentBody(name="Others", condition=Not(condition=InSegment(segment="guests")))
    )
    with living.database.transaction() as tx:
        segments.add_to_list(tx, SYSTEM, "guests", [b], at=living.now, until=living.now + DAY)
        segments.add_to_list(tx, SYSTEM, "guests", [c], at=living.now)
    assert (members(living), members(living, "others")) == ([b, c], [a])

    with living.database.transaction() as tx:
        customers.merge(tx, Deciding(actor=SYSTEM, at=living.now, follow=FOLLOW), a, b)
    living.settle()
    assert (members(living), members(living, "others")) == ([a, c], [])

    living.pass_time(2 * DAY)
    living.settle()
    assert (members(living), members(living, "others")) == ([c], [a])

    with living.database.transaction() as tx:
        made = privacy.start_erasure(tx, OFFICER, c, at=living.now)
    living.app.eraser.run(made.erasure_id, lambda *_: None)
    living.settle()
    with living.database.transaction() as tx:
        assert [one.members for one in segments.sizes(tx) if one.key == "guests"] == [0]
        assert segments.end_due_entries(tx, living.now) == 1  # As every night.
        assert segments.list_entries(tx, "guests").items == ()
    assert living.differences() == []


def test_a_snapshot_keeps_who_was_in_at_an_instant(living: Living) -> None:
    a, b, c = living.everybody()
    with living.database.transaction() as tx:
        segments.add_to_list(tx, SYSTEM, "guests", [a, b], at=living.now)
    before = living.now
    living.pass_time(DAY)
    with living.database.transaction() as tx:
        segments.remove_from_list(tx, SYSTEM, "guests", [a], at=living.now)
        segments.add_to_list(tx, SYSTEM, "guests", [c], at=living.now)

        now = segments.snapshot(tx, SYSTEM, "guests", "now", "Now", at=living.now)
        then = segments.snapshot(tx, SYSTEM, "guests", "then", "Then", at=living.now, of=before)

    assert (now.members, then.members) == (2, 2)
    assert (members(living, "now"), members(living, "then")) == ([b, c], [a, b])
    with living.database.transaction() as tx:
        moved = [(one.way, one.customer_id) for one in segments.movements(tx, "guests").items]
        first = segments.movements(tx, "guests", limit=1)
        rest = segments.movements(tx, "guests", first.next, limit=10)
    assert moved == [("entered", c), ("left", a), ("entered", a), ("entered", b)]
    assert [(one.way, one.customer_id) for one in (*first.items, *rest.items)] == moved
    with living.database.transaction() as tx, pytest.raises(segments.SnapshotTaken):
        segments.snapshot(tx, SYSTEM, "guests", "now", "Again", at=living.now)
    with living.database.transaction() as tx, pytest.raises(Invalid, match="not known yet"):
        segments.snapshot(tx, SYSTEM, "guests", "x", "X", at=living.now, of=living.now + DAY)


def test_a_long_change_is_made_in_portions_and_goes_on_where_it_broke_off(
    living: Living, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regulars.segments.portions.PORTION", 1)
    a, b, c = living.everybody()
    given = ["a@example.org", "A@example.org ", "nobody@example.org", "b@example.org", "c@example.org"]
    asked = 0

    def breaks_off(_tx: Tx) -> datetime:
        nonlocal asked
        asked += 1
        if asked == 3:
            raise ConnectionError
        return living.now

    def change(now: segments.Now, **how: bool) -> segments.ListChange:
        return segments.change_list(living.database, SYSTEM, "guests", "email", given, now=now, **how)

    with pytest.raises(ConnectionError):
        change(breaks_off)
    assert members(living) == [a, b]
    rest = change(lambda _tx: living.now)
    assert (rest.changed, rest.unchanged, rest.members) == (1, 2, 3)
    assert rest.unknown == ("nobody@example.org",)
    assert members(living) == [a, b, c]
    off = change(lambda _tx: living.now, taken=True)
    assert (off.changed, off.members, members(living)) == (3, 0, [])
    with pytest.raises(NotFound, match="no live list"):
        segments.change_list(living.database, SYSTEM, "none", "email", [], now=lambda _tx: living.now)


def test_a_snapshot_that_is_refused_or_discarded_leaves_nobody_on_a_list(living: Living) -> None:
    applies = add_person(living, "Max Applies", 3)
    leads = add_person(living, "Lea Leads", 5)
    with living.database.transaction() as tx:
        segments.add_to_list(tx, SYSTEM, "guests", living.everybody(), at=living.now)

    def take(key: str) -> int:
        with living.database.transaction() as tx:
            taken = segments.snapshot(tx, applies, "guests", key, key.title(), at=living.now)
        assert isinstance(taken.published, definitions.Requested)
        return taken.published.approval_id

    def on_lists() -> set[str]:
        with living.database.transaction() as tx:
            segments.end_due_entries(tx, living.now)
            return set(values(tx, sql.SQL("select segment_key from segments.list_entry")))

    refused, approved, _discarded = take("refused"), take("approved"), take("discarded")
    assert on_lists() == {"guests", "refused", "approved", "discarded"}
    with living.database.transaction() as tx:
        definitions.discard_draft(tx, applies, SEGMENT, "discarded", at=living.now)
        access.decide(tx, leads, refused, "decline", comment="No.", at=living.now)
        access.decide(tx, leads, approved, "approve", at=living.now)
    assert on_lists() == {"guests", "approved"}
    with living.database.transaction() as tx:
        definitions.carry_out(tx, Registry(KINDS), approved, applies, at=living.now)
        assert definitions.draft(tx, SEGMENT, "refused") is None
    assert members(living, "approved") == living.everybody()
    with living.database.transaction() as tx:
        definitions.archive(tx, leads, SEGMENT, "approved", at=living.now)
    assert on_lists() == {"guests", "approved"}


def test_only_a_live_list_takes_entries(living: Living) -> None:
    with living.database.transaction() as tx, pytest.raises(Invalid, match="is no list"):
        segments.add_to_list(tx, SYSTEM, "base", [1], at=living.now)
    with living.database.transaction() as tx, pytest.raises(NotFound, match="no live list"):
        segments.add_to_list(tx, SYSTEM, "none", [1], at=living.now)
    with living.database.transaction() as tx, pytest.raises(Invalid, match="is over"):
        segments.add_to_list(tx, SYSTEM, "guests", [1], at=living.now, until=living.now)
    with living.database.transaction() as tx, pytest.raises(Invalid, match="not known by 'shoe'"):
        segments.add_identifiers(tx, SYSTEM, "guests", "shoe", ["44"], at=living.now)


def test_segments_that_ask_each_other_in_a_circle_are_refused(living: Living) -> None:
    def asking(key: str) -> SegmentBody:
        return SegmentBody(name="Asks", condition=All(conditions=(InSegment(segment=key),)))

    living.publish(SEGMENT, "x", asking("base"))
    living.publish(SEGMENT, "y", asking("x"))

    for key, body in (("x", asking("y")), ("y", asking("y")), ("base", asking("y"))):
        with pytest.raises(Invalid) as refused:
            living.publish(SEGMENT, key, body)
        assert refused.value.findings[0].path == "condition.conditions[0].segment"
        assert "includes itself" in refused.value.findings[0].message
    with pytest.raises(Invalid) as refused:
        living.publish(SEGMENT, "z", SegmentBody(name="Z", condition=InStage(approach="none", stages=("a",))))
    assert refused.value.findings[0].code == "definitions.not_live"


def test_a_segment_in_use_goes_only_with_what_uses_it(living: Living) -> None:
    living.publish(SEGMENT, "x", SegmentBody(name="X", condition=InSegment(segment="base")))
    living.publish(SEGMENT, "y", SegmentBody(name="Y", condition=InSegment(segment="x")))
    with living.database.transaction() as tx, pytest.raises(definitions.InUse, match="segment “X”"):
        definitions.archive(tx, SYSTEM, SEGMENT, "base", at=living.now)

    with living.database.transaction() as tx:
        said = [one.key for one in definitions.users_of(tx, "segment", "base")]
        gone = definitions.archive_with_users(tx, SYSTEM, Registry(KINDS), "segment", "base", at=living.now)

    assert said == ["y", "x"]
    assert [one.key for one in gone] == ["y", "x", "base"]
    with living.database.transaction() as tx:
        assert {one.key for one in segments.sizes(tx) if one.approach is None} == {"guests"}


def test_what_came_to_use_it_since_somebody_looked_is_not_taken_along(living: Living) -> None:
    living.publish(SEGMENT, "x", SegmentBody(name="X", condition=InSegment(segment="base")))
    with living.database.transaction() as tx:
        seen = [one.name for one in definitions.users_of(tx, "segment", "base")]
    assert seen == ["segment/x@1"]
    outcome: list[object] = []

    def archives() -> None:
        try:
            with living.database.transaction() as tx:
                kinds = Registry(KINDS)
                definitions.archive_with_users(tx, SYSTEM, kinds, "segment", "base", at=living.now, seen=seen)
        except definitions.InUse as refused:
            outcome.append(refused)

    other = threading.Thread(target=archives)
    body = SegmentBody(name="Y", condition=InSegment(segment="base"))
    with living.database.transaction() as tx:
        definitions.save_draft(tx, SYSTEM, SEGMENT, "y", body, at=living.now)
        definitions.publish(tx, SYSTEM, SEGMENT, "y", at=living.now)
        other.start()
        other.join(0.5)
        assert other.is_alive()  # It waits for whom it would not have seen.
    other.join(10)

    assert [type(one) for one in outcome] == [definitions.UsersChanged]
    assert "segment “Y” came to use segment/base" in str(outcome[0])
    with living.database.transaction() as tx:
        assert definitions.live(tx, SEGMENT, "base") is not None
        assert definitions.live(tx, SEGMENT, "y") is not None


def test_an_edit_asks_what_uses_it_at_once(living: Living) -> None:
    living.publish(SEGMENT, "x", SegmentBody(name="X", condition=InSegment(segment="base")))
    assert members(living, "x") == []

    never = OrderCount(comparison="exactly", number=0)
    living.publish(SEGMENT, "base", SegmentBody(name="Base", condition=never))

    assert members(living, "x") == members(living, "base") == living.everybody()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"a\0b", "NUL"),
        (b"name,age\nx,1\n", "No column is called"),
        (b"email\n\n", "No line"),
    ],
)
def test_an_upload_that_is_none_is_refused_with_its_reason(data: bytes, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        read_list(data)


def test_an_upload_without_a_heading_is_known_by_its_values() -> None:
    assert read_list(b"a@x.org\nb@x.org\na@x.org\n").identifiers == ("a@x.org", "b@x.org")
    assert read_list(b"cus_1\ncus_2").kind == "customer_id"
    assert (read_list(b"17\n18").kind, read_list(b"17\n18", "card").kind) == ("user_id", "card")
