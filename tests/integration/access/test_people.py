"""People: who may change whom, and what stays possible."""

import pytest

from regulars import access, audit
from regulars.access import (
    EmailTaken,
    InvalidPerson,
    LastAdministrator,
    NoSession,
    NotAllowed,
    SoloMeansOne,
    UnknownPerson,
)
from regulars.kernel import Invalid
from tests.integration.access.factory import AT, DAY, NOW, PASSWORD, enter, hire


def change(tx, actor, who, **changed):
    before = access.person(tx, who.person_id)
    plain = {name: getattr(before, name) for name in ("name", "level", "function", "scope")}
    return access.change_person(tx, actor, who.person_id, **(plain | changed), at=AT)


def test_a_person_has_level_function_and_scope(tx):
    hire(tx, "Ann", 3, "loyalty", "north")

    (ann,) = access.people(tx)

    assert (ann.name, ann.level_words, ann.function, ann.scope) == ("Ann", "applies", "loyalty", "north")
    assert not ann.has_password
    assert access.person_by_email(tx, " ANN@Shop.Example ") == ann


def test_an_address_belongs_to_one_person_however_it_is_written(tx):
    hire(tx, "Ann", 3)

    with pytest.raises(EmailTaken):
        access.add_person(
            tx, access.SYSTEM, email="ANN@shop.example", name="B", level=3, function="loyalty", at=AT
        )


@pytest.mark.parametrize(
    ("wrong", "paths"),
    [
        ({"email": "nobody"}, ["email"]),
        ({"email": "a b@shop.example"}, ["email"]),
        ({"email": "a\x00b@shop.example"}, ["email"]),
        ({"name": " "}, ["name"]),
        ({"level": 8}, ["level"]),
        ({"level": 0, "function": "boss"}, ["level", "function"]),
    ],
)
def test_what_is_wrong_is_told_at_its_place(tx, wrong, paths):
    plain = {"email": "b@shop.example", "name": "B", "level": 3, "function": "loyalty"}

    with pytest.raises(InvalidPerson) as told:
        access.add_person(tx, access.SYSTEM, **(plain | wrong), at=AT)

    assert [finding.path for finding in told.value.findings] == paths


def test_only_administration_manages_people(tx):
    ann = hire(tx, "Ann", 7, "marketing")

    with pytest.raises(NotAllowed, match="administration"):
        access.add_person(tx, ann, email="b@shop.example", name="B", level=1, function="loyalty", at=AT)


def test_nobody_lets_another_be_above_themselves(tx):
    admin = hire(tx, "Admin", 4, "administration")
    boss = hire(tx, "Boss", 6, "administration")

    with pytest.raises(NotAllowed, match="sets strategy"):
        access.add_person(tx, admin, email="b@shop.example", name="B", level=7, function="loyalty", at=AT)
    with pytest.raises(NotAllowed, match="that takes somebody of that level"):
        change(tx, admin, boss, level=3)
    with pytest.raises(NotAllowed):
        access.deactivate(tx, admin, boss.person_id, at=AT, now=NOW)
    with pytest.raises(NotAllowed):
        access.invite(tx, admin, boss.person_id, at=AT, now=NOW)


@pytest.mark.parametrize("right", [{"level": 3}, {"function": "loyalty"}, {"scope": "north"}])
def test_nobody_changes_what_they_may_do_themselves(tx, right):
    admin = hire(tx, "Admin", 5, "administration")

    with pytest.raises(NotAllowed, match="their own"):
        change(tx, admin, admin, **right)
    assert change(tx, admin, admin, name="Adam").name == "Adam"


def test_somebody_of_one_scope_adds_people_in_it_only(tx):
    admin = hire(tx, "Admin", 5, "administration", "north")

    with pytest.raises(NotAllowed, match="north"):
        access.add_person(tx, admin, email="b@shop.example", name="B", level=3, function="loyalty", at=AT)


def test_the_last_who_manages_people_stays(tx):
    admin = hire(tx, "Admin", 5, "administration")
    other = hire(tx, "Other", 5, "administration")

    access.deactivate(tx, other, admin.person_id, at=AT, now=NOW)

    with pytest.raises(LastAdministrator, match="Other"):
        access.deactivate(tx, access.SYSTEM, other.person_id, at=AT, now=NOW)


def test_shutting_somebody_out_ends_their_sessions_and_invitations(database):
    with database.transaction() as tx:
        ann = hire(tx, "Ann", 3, password=PASSWORD)
        invitation = access.invite(tx, access.SYSTEM, ann.person_id, at=AT, now=NOW)
    token = enter(database, "ann@shop.example").token

    with database.transaction() as tx:
        access.deactivate(tx, access.SYSTEM, ann.person_id, at=AT, now=NOW)

    with database.transaction() as tx:
        with pytest.raises(NoSession):
            access.session(tx, token, NOW)
        with pytest.raises(access.WrongInvitation):
            access.invited(tx, invitation, NOW)
        assert access.sessions_of(tx, ann.person_id, NOW) == []
        access.reactivate(tx, access.SYSTEM, ann.person_id, at=AT)
        with pytest.raises(NoSession):
            access.session(tx, token, NOW)


def test_every_change_is_in_the_audit_with_before_and_after(tx):
    admin = hire(tx, "Admin", 5, "administration")
    ann = hire(tx, "Ann", 3)

    change(tx, admin, ann, level=4)

    entry = audit.entries(
        tx, subject_kind="person", subject=access.person(tx, ann.person_id).public_id
    ).items[0]
    assert (entry.action, entry.actor_id, entry.via) == ("people.change", admin.person_id, "console")
    assert [(c.path, c.before, c.after) for c in entry.changed] == [("level", 3, 4)]


def test_a_change_that_changes_nothing_is_not_told(tx):
    ann = hire(tx, "Ann", 3)
    before = len(audit.entries(tx).items)

    change(tx, access.SYSTEM, ann)

    assert len(audit.entries(tx).items) == before


def test_nobody_unknown_is_found(tx):
    with pytest.raises(UnknownPerson, match="per_"):
        access.person(tx, 99)


def test_solo_is_for_one_and_a_second_joins_only_after_it(tx):
    admin = hire(tx, "Admin", 7, "administration")
    access.set_solo(tx, admin, True, at=AT)

    with pytest.raises(SoloMeansOne, match="Ann"):
        hire(tx, "Ann", 3)

    access.set_solo(tx, access.actor_of(tx, admin.person_id, "console"), False, at=AT)
    hire(tx, "Ann", 3)
    with pytest.raises(SoloMeansOne, match="2 people"):
        access.set_solo(tx, admin, True, at=AT)
    assert not access.solo(tx)


def test_a_deputy_stands_in_for_a_time(tx):
    ann, bob = hire(tx, "Ann", 5), hire(tx, "Bob", 3)

    access.set_deputy(tx, ann, ann.person_id, bob.person_id, starts_at=AT, ends_at=AT + DAY, at=AT)

    def names(at):
        return [absent.name for absent in access.deputising(tx, bob.person_id, at)]

    assert names(AT - DAY) == []
    assert names(AT) == ["Ann"]
    assert names(AT + DAY) == []
    access.set_deputy(tx, ann, ann.person_id, None, at=AT)
    assert names(AT) == []


def test_a_deputy_is_named_by_oneself_or_by_who_manages_people(tx):
    ann, bob = hire(tx, "Ann", 5), hire(tx, "Bob", 3)
    admin = hire(tx, "Admin", 5, "administration")

    with pytest.raises(NotAllowed):
        access.set_deputy(tx, bob, ann.person_id, bob.person_id, ends_at=AT + DAY, at=AT)

    named = access.set_deputy(tx, admin, ann.person_id, bob.person_id, ends_at=AT + DAY, at=AT)
    assert (named.deputy_id, named.deputy_from, named.deputy_to) == (bob.person_id, AT, AT + DAY)


def test_who_follows_or_assists_is_nobodys_deputy(tx):
    ann, cleo = hire(tx, "Ann", 5), hire(tx, "Cleo", 2)

    for deputy, ends_at in [(cleo, AT + DAY), (ann, AT + DAY), (hire(tx, "Dan", 4), None)]:
        with pytest.raises(InvalidPerson):
            access.set_deputy(tx, ann, ann.person_id, deputy.person_id, ends_at=ends_at, at=AT)


def test_the_workspace_follows_one_zone_that_exists(tx):
    boss = hire(tx, "Boss", 7, "administration")

    access.set_zone(tx, boss, "America/New_York", at=AT)

    assert access.zone(tx) == "America/New_York"
    assert audit.entries(tx, action="workspace.set_zone").items[0].after == {"zone": "America/New_York"}
    with pytest.raises(Invalid, match="Europe/Berlin"):
        access.set_zone(tx, boss, "Mars/Crater", at=AT)
