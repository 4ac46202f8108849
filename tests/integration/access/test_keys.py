"""API keys: shown once, with rights of their own, ended at once."""

from datetime import timedelta

import pytest

from regulars import access, audit
from regulars.access import InvalidKey, NotAllowed, UnknownKey, WrongKey
from tests.integration.access.factory import AT, NOW, hire


@pytest.fixture
def eve(tx):
    return hire(tx, "Eve", 4, "engineering")


def make(tx, actor, **changed):
    plain = {"name": "till 3", "level": 3, "function": "cashier", "scope": "north"}
    return access.make_key(tx, actor, **(plain | changed), at=AT)


def test_a_key_acts_with_its_own_rights_and_its_owners_answer(tx, eve):
    made = make(tx, eve)

    actor = access.use_key(tx, made.text, NOW).actor()

    assert made.text.startswith("rk_")
    assert (actor.name, actor.level, actor.function, actor.scope) == ("till 3", 3, "cashier", "north")
    assert (actor.person_id, actor.via) == (eve.person_id, made.key.public_id)


def test_a_key_is_listed_without_its_secret(tx, eve):
    made = make(tx, eve)

    (listed,) = access.keys(tx)

    assert (listed.name, listed.owner_name, listed.last_used_at) == ("till 3", "Eve", None)
    assert made.text.startswith(listed.shown.removesuffix("…"))
    assert "hash" not in repr(listed)


@pytest.mark.parametrize(
    "wrong", ["", "rk_", "rk_1", "rk_1_", "rk_1_" + "0" * 48, "rk_zz_x", "pk_1_x", "rk_1_\ud800", "rk_\x00_x"]
)
def test_a_wrong_key_reads_the_same_whatever_is_wrong(tx, eve, wrong):
    make(tx, eve)

    with pytest.raises(WrongKey) as told:
        access.use_key(tx, wrong, NOW)

    assert str(told.value).startswith("The API key is not known here")


def test_a_revoked_key_ends_at_once(tx, eve):
    made = make(tx, eve)

    first = access.revoke_key(tx, eve, made.key.key_id, at=AT, now=NOW)
    again = access.revoke_key(tx, eve, made.key.key_id, at=AT, now=NOW + timedelta(days=1))

    assert first == again
    with pytest.raises(WrongKey):
        access.use_key(tx, made.text, NOW)
    told = [entry.action for entry in audit.entries(tx, subject_kind="key").items]
    assert told == ["keys.revoke", "keys.make"]


def test_the_last_use_is_written_at_most_once_a_minute(tx, eve):
    made = make(tx, eve)

    def used(seconds):
        access.use_key(tx, made.text, NOW + timedelta(seconds=seconds))
        return access.key(tx, made.key.key_id).last_used_at

    assert [used(0), used(59), used(60)] == [NOW, NOW, NOW + timedelta(seconds=60)]


def test_a_slow_request_does_not_hold_up_others_with_the_same_key(database):
    with database.transaction() as tx:
        made = make(tx, hire(tx, "Eve", 4, "engineering"))

    with database.transaction() as slow:
        access.use_key(slow, made.text, NOW)
        with database.transaction() as quick:
            quick.execute("set local lock_timeout = '1s'")
            access.use_key(quick, made.text, NOW)


def test_a_tracking_key_only_sends_events_in(tx, eve):
    made = access.make_key(tx, eve, name="shop", kind="tracking", at=AT)

    key = access.use_key(tx, made.text, NOW)

    assert key.kind == "tracking"
    with pytest.raises(NotAllowed, match="sends events"):
        key.actor()


@pytest.mark.parametrize(
    "wrong", [{"level": None}, {"function": "boss"}, {"name": ""}, {"kind": "tracking"}, {"kind": "other"}]
)
def test_a_key_is_made_whole(tx, eve, wrong):
    with pytest.raises(InvalidKey):
        make(tx, eve, **wrong)


def test_nobody_makes_a_key_above_themselves_and_no_key_makes_keys(tx, eve):
    with pytest.raises(NotAllowed, match="above your level"):
        make(tx, eve, level=5)
    with pytest.raises(NotAllowed, match="north"):
        make(tx, hire(tx, "Nora", 4, "engineering", "north"), scope=None)
    with pytest.raises(NotAllowed):
        make(tx, hire(tx, "Mia", 7, "marketing"))
    made = make(tx, eve, level=4, function="engineering", scope=None)
    with pytest.raises(NotAllowed, match="a person does"):
        make(tx, made.key.actor())


def test_an_unknown_key_is_not_found(tx, eve):
    with pytest.raises(UnknownKey):
        access.revoke_key(tx, eve, 99, at=AT, now=NOW)
