"""Ways in: sign-in, sessions, the first person, invitations, and their limits."""

import statistics
import threading
import time
from datetime import timedelta

import pytest

from regulars import access, audit
from regulars.access import (
    AlreadySetUp,
    NoSession,
    TooManyTries,
    WeakPassword,
    WrongCredentials,
    WrongCsrfToken,
    WrongInvitation,
    WrongSetUpCode,
)
from regulars.db import Query, values
from tests.integration.access.factory import AT, DAY, NOW, PASSWORD, enter, hire

HOUR = timedelta(hours=1)


@pytest.fixture
def ann(database):
    with database.transaction() as tx:
        return hire(tx, "Ann", 4, password=PASSWORD)


def session_at(database, token, now):
    with database.transaction() as tx:
        return access.session(tx, token, now)


def test_the_right_password_begins_a_session(database, ann):
    new = enter(database, " Ann@SHOP.example")

    found = session_at(database, new.token, NOW)
    assert found.actor == ann
    assert (found.standing.agent, found.standing.address) == ("Firefox", "192.0.2.1")


@pytest.mark.parametrize(
    "email", ["ann@shop.example", "nobody@shop.example", "new@shop.example", "a\x00\ud800"]
)
def test_whoever_cannot_come_in_reads_the_same(database, ann, email):
    with database.transaction() as tx:
        hire(tx, "New", 4)

    with pytest.raises(WrongCredentials) as told:
        enter(database, email, "not the password at all")

    assert str(told.value) == "E-mail address and password do not belong together. Check both."


def test_an_unknown_account_costs_as_much_as_a_known_one(database, ann):
    def seconds(email):
        began = time.process_time()
        with pytest.raises(WrongCredentials):
            enter(database, email, "not the password at all")
        return time.process_time() - began

    seconds("first@shop.example")
    known = statistics.median(seconds("ann@shop.example") for _ in range(7))
    unknown = statistics.median(seconds("nobody@shop.example") for _ in range(7))

    assert 0.6 < unknown / known < 1.7


def test_somebody_shut_out_does_not_come_in(database, ann):
    with database.transaction() as tx:
        access.deactivate(tx, access.SYSTEM, ann.person_id, at=AT, now=NOW)

    with pytest.raises(WrongCredentials):
        enter(database, "ann@shop.example")


def test_tokens_and_passwords_are_nowhere_in_the_database(database, ann):
    new = enter(database, "ann@shop.example")
    with database.transaction() as tx:
        invitation = access.invite(tx, access.SYSTEM, ann.person_id, at=AT, now=NOW)
        made = access.make_key(tx, access.SYSTEM, name="till", level=3, function="cashier", at=AT)
        tables = values(
            tx,
            Query(
                "select format('%%I.%%I', table_schema, table_name) from information_schema.tables "
                "where table_schema in ('access', 'audit')"
            ),
        )
        everything = "".join(
            str(row) for table in tables for row in tx.execute(f"select t::text from {table} t").fetchall()
        )

    for secret in (new.token, new.session.csrf, PASSWORD, invitation, made.text, made.text.split("_")[2]):
        assert secret not in everything
        assert secret.encode().hex() not in everything
    assert new.token not in repr(new)
    assert new.session.csrf not in repr(new)
    assert made.text not in repr(made)


def test_a_session_slides_while_it_is_used_and_ends_when_idle(database, ann):
    token = enter(database, "ann@shop.example").token

    session_at(database, token, NOW + 11 * HOUR)
    session_at(database, token, NOW + 22 * HOUR)

    with pytest.raises(NoSession):
        session_at(database, token, NOW + 34 * HOUR)


def test_a_session_ends_at_its_limit_however_much_it_is_used(database, ann):
    token = enter(database, "ann@shop.example").token

    for hours in range(6, 168, 6):
        session_at(database, token, NOW + hours * HOUR)

    with pytest.raises(NoSession):
        session_at(database, token, NOW + 168 * HOUR)


def test_sliding_is_written_at_most_once_a_minute(database, ann):
    token = enter(database, "ann@shop.example").token

    session_at(database, token, NOW + timedelta(seconds=59))
    assert session_at(database, token, NOW + timedelta(seconds=59)).standing.seen_at == NOW
    session_at(database, token, NOW + timedelta(seconds=60))
    assert session_at(database, token, NOW + timedelta(seconds=60)).standing.seen_at == NOW + timedelta(
        seconds=60
    )


def test_a_request_that_takes_long_does_not_hold_up_others_of_the_session(database, ann):
    token = enter(database, "ann@shop.example").token

    with database.transaction() as slow:
        access.session(slow, token, NOW + HOUR)
        with database.transaction() as quick:
            quick.execute("set local lock_timeout = '1s'")
            access.session(quick, token, NOW + HOUR)


def test_sessions_are_listed_and_ended_one_by_one_or_all_others(database, ann):
    here, there, elsewhere = (enter(database, "ann@shop.example", now=NOW + n * HOUR) for n in range(3))
    now = NOW + 3 * HOUR

    with database.transaction() as tx:
        listed = [found.session_id for found in access.sessions_of(tx, ann.person_id, now)]
        assert listed == [elsewhere.session.session_id, there.session.session_id, here.session.session_id]
        access.end_session(tx, ann, there.session.session_id, at=AT, now=now)
    with pytest.raises(NoSession):
        session_at(database, there.token, now)
    with database.transaction() as tx:
        assert access.end_other_sessions(tx, here.session, at=AT, now=now) == 1
    with pytest.raises(NoSession):
        session_at(database, elsewhere.token, now)
    session_at(database, here.token, now)


def test_a_stranger_ends_nobodys_session(database, ann):
    new = enter(database, "ann@shop.example")

    with database.transaction() as tx:
        bob = hire(tx, "Bob", 7)
        with pytest.raises(access.NotAllowed):
            access.end_session(tx, bob, new.session.session_id, at=AT, now=NOW)


def test_a_form_token_belongs_to_one_session(database, ann):
    one, other = enter(database, "ann@shop.example"), enter(database, "ann@shop.example")

    again = session_at(database, one.token, NOW)

    access.check_csrf(again, one.session.csrf)
    for wrong in (other.session.csrf, "", None, "\ud800ö"):
        with pytest.raises(WrongCsrfToken):
            access.check_csrf(again, wrong)


def test_an_account_is_limited_whatever_the_address(database, ann):
    for n in range(10):
        with pytest.raises(WrongCredentials):
            enter(database, "ann@shop.example", "wrong wrong wrong", address=f"192.0.2.{n}")

    with pytest.raises(TooManyTries, match="15 minutes") as told:
        enter(database, "ANN@shop.example", address="192.0.2.99")

    assert told.value.retry_after_s == 900
    enter(database, "ann@shop.example", now=NOW + timedelta(minutes=15))


def test_an_address_is_limited_whatever_the_account(database, ann, monkeypatch):
    monkeypatch.setattr("regulars.access.throttle.TRIES_PER_ADDRESS", 3)
    for n in range(3):
        with pytest.raises(WrongCredentials):
            enter(database, f"a{n}@shop.example", address=f"2001:db8::{n}")

    with pytest.raises(TooManyTries):
        enter(database, "ann@shop.example", address="2001:db8::ffff")
    enter(database, "ann@shop.example", address="2001:db8:0:1::1")


def test_a_success_forgets_the_accounts_earlier_tries(database, ann):
    for _ in range(2):
        for _ in range(9):
            with pytest.raises(WrongCredentials):
                enter(database, "ann@shop.example", "wrong wrong wrong")
        enter(database, "ann@shop.example")


def test_many_hosts_at_once_count_as_one(database, ann):
    outcomes = []

    def host():
        try:
            enter(database, "ann@shop.example", "wrong wrong wrong")
        except (WrongCredentials, TooManyTries) as told:
            outcomes.append(type(told))

    threads = [threading.Thread(target=host) for _ in range(14)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes.count(WrongCredentials) == 10
    assert outcomes.count(TooManyTries) == 4


def test_a_password_is_changed_by_who_knows_it_and_ends_the_other_sessions(database, ann):
    here, there = enter(database, "ann@shop.example"), enter(database, "ann@shop.example")
    chosen = "a mill under seven herons"

    with pytest.raises(WrongCredentials):
        access.change_password(database, here.session, present="no", chosen=chosen, at=AT, now=NOW)
    access.change_password(database, here.session, present=PASSWORD, chosen=chosen, at=AT, now=NOW)

    session_at(database, here.token, NOW)
    with pytest.raises(NoSession):
        session_at(database, there.token, NOW)
    with pytest.raises(WrongCredentials):
        enter(database, "ann@shop.example", PASSWORD)
    enter(database, "ann@shop.example", chosen)


@pytest.mark.parametrize("weak", ["short", "x" * 257, "aaaaaaaaaaaaaaaa", "ANN@shop.example"])
def test_a_weak_password_is_refused_and_not_repeated(database, ann, weak):
    with database.transaction() as tx, pytest.raises(WeakPassword) as told:
        access.give_password(tx, access.SYSTEM, ann.person_id, weak, at=AT)

    assert weak not in str(told.value)
    assert told.value.findings[0].path == "password"


def test_nobody_but_the_machine_gives_a_password(database, ann):
    with database.transaction() as tx, pytest.raises(access.NotAllowed):
        access.give_password(tx, ann, ann.person_id, "a mill under seven herons", at=AT)


def set_up(database, code, email="first@shop.example", *, solo=False, now=NOW):
    return access.set_up(
        database,
        code=code,
        email=email,
        name="First",
        password=PASSWORD,
        solo=solo,
        address="192.0.2.1",
        agent="Firefox",
        at=AT,
        now=now,
    )


def new_code(database, now=NOW):
    with database.transaction() as tx:
        return access.set_up_code(tx, now)


@pytest.mark.parametrize("solo", [False, True])
def test_the_first_person_comes_in_with_the_code_on_the_screen(database, solo):
    code = new_code(database)

    new = set_up(database, code, solo=solo)

    actor = session_at(database, new.token, NOW).actor
    assert (actor.level, actor.function, actor.scope, actor.solo) == (7, "administration", None, solo)
    with database.transaction() as tx:
        assert access.is_set_up(tx)
        assert access.solo(tx) is solo
        assert "people.add" in [entry.action for entry in audit.entries(tx).items]
    with pytest.raises(AlreadySetUp):
        set_up(database, code, "second@shop.example")
    with pytest.raises(AlreadySetUp):
        new_code(database)


def test_a_stranger_without_the_code_claims_nothing(database):
    code = new_code(database)

    for wrong in ("", "guess", code + "x"):
        with pytest.raises(WrongSetUpCode):
            set_up(database, wrong)
    with pytest.raises(WrongSetUpCode):
        set_up(database, code, now=NOW + DAY)

    set_up(database, code)


def test_two_who_set_up_at_once_make_one_first_person(database):
    code, outcomes = new_code(database), []

    def claim(n):
        try:
            set_up(database, code, f"first{n}@shop.example")
            outcomes.append("in")
        except (AlreadySetUp, WrongSetUpCode):
            outcomes.append("out")

    threads = [threading.Thread(target=claim, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["in", "out", "out", "out"]


def accept(database, token, password=PASSWORD, now=NOW):
    return access.accept_invitation(
        database, token=token, password=password, address="192.0.2.1", agent="Firefox", at=AT, now=now
    )


def test_an_invitation_lets_somebody_choose_a_password_once(database):
    with database.transaction() as tx:
        bob = hire(tx, "Bob", 3)
        token = access.invite(tx, access.SYSTEM, bob.person_id, at=AT, now=NOW)
        assert access.invited(tx, token, NOW).name == "Bob"

    new = accept(database, token)

    assert session_at(database, new.token, NOW).actor == bob
    enter(database, "bob@shop.example")
    with pytest.raises(WrongInvitation):
        accept(database, token)


def test_an_invitation_ends_after_a_week_or_by_the_next_one(database, ann):
    with database.transaction() as tx:
        first = access.invite(tx, access.SYSTEM, ann.person_id, at=AT, now=NOW)
        second = access.invite(tx, access.SYSTEM, ann.person_id, at=AT, now=NOW)

    with pytest.raises(WrongInvitation):
        accept(database, first)
    with pytest.raises(WrongInvitation):
        accept(database, second, now=NOW + 7 * DAY)


def test_an_invitation_anew_ends_the_sessions_before_it(database, ann):
    old = enter(database, "ann@shop.example")
    with database.transaction() as tx:
        token = access.invite(tx, access.SYSTEM, ann.person_id, at=AT, now=NOW)

    with pytest.raises(WeakPassword):
        accept(database, token, "short")
    accept(database, token, "a mill under seven herons")

    with pytest.raises(NoSession):
        session_at(database, old.token, NOW)


def test_what_is_over_is_forgotten(database, ann):
    with pytest.raises(WrongCredentials):
        enter(database, "ann@shop.example", "wrong wrong wrong")
    enter(database, "ann@shop.example")
    with database.transaction() as tx:
        access.invite(tx, access.SYSTEM, ann.person_id, at=AT, now=NOW)
        assert access.forget_old(tx, NOW) == 0
        assert access.forget_old(tx, NOW + 30 * DAY) == 3
