"""Publishing: checked, allowed or asked for, and done once."""

import threading
from dataclasses import replace

import pytest

from regulars import access
from regulars.access import ApprovalClosed, NotAllowed
from regulars.definitions import (
    ChangedSinceRequest,
    InUse,
    Published,
    Requested,
    archive,
    carry_out,
    draft,
    heads,
    live,
    publish,
    save_draft,
    used_by,
    validate,
    versions,
)
from regulars.kernel import Invalid, NotFound, Stale

from .kinds import AT, OFFER, SHELF


def shelf(tx, actor, *, published=True, **rewards):
    save_draft(tx, actor, SHELF, "main", {"title": "Main", "rewards": rewards or {"mug": 100}}, at=AT)
    if published:
        publish(tx, actor, SHELF, "main", at=AT)


def offer(tx, actor, title="Mugs", etag=None, **fields):
    body = {"title": title, "shelf": "main", "reward": "mug", **fields}
    return save_draft(tx, actor, OFFER, "mugs", body, at=AT, etag=etag)


def launched(tx) -> list[tuple[str, int]]:
    if tx.execute("select to_regclass('public.launched')").fetchone()[0] is None:
        return []
    return tx.execute("select key, version from public.launched").fetchall()


def test_publishing_supersedes_the_live_version_and_says_what_happened(tx, people):
    shelf(tx, people["eva"])
    first = offer(tx, people["eva"])
    publish(tx, people["eva"], OFFER, "mugs", at=AT)
    second = offer(tx, people["eva"], "More mugs", etag=first.etag)

    done = publish(tx, people["eva"], OFFER, "mugs", at=AT, etag=second.etag)

    assert isinstance(done, Published)
    assert done.sentence == "More mugs is on offer."
    assert [(v.version, v.state) for v in versions(tx, OFFER, "mugs")] == [(2, "live"), (1, "superseded")]
    assert (done.definition.published_by, done.definition.published_at) == ("Eva", AT)
    assert launched(tx) == [("mugs", 1), ("mugs", 2)]


def test_what_hinders_publishing_is_found_with_its_place(tx, people):
    offer(tx, people["eva"])

    assert [f.path for f in validate(tx, OFFER, draft(tx, OFFER, "mugs"))] == ["shelf"]
    with pytest.raises(Invalid):
        publish(tx, people["eva"], OFFER, "mugs", at=AT)
    shelf(tx, people["eva"], cup=50)
    with pytest.raises(Invalid) as error:
        publish(tx, people["eva"], OFFER, "mugs", at=AT)

    assert [f.code for f in error.value.findings] == ["offer.reward"]
    assert live(tx, OFFER, "mugs") is None


def test_publishing_another_version_than_the_one_looked_at_is_refused(tx, people):
    seen = offer(tx, people["eva"])
    shelf(tx, people["eva"])
    offer(tx, people["eva"], "Other", etag=seen.etag)

    with pytest.raises(Stale):
        publish(tx, people["eva"], OFFER, "mugs", at=AT, etag=seen.etag)


def ask(database, people, **fields) -> Requested:
    with database.transaction() as tx:
        shelf(tx, people["eva"])
        offer(tx, people["ann"], **fields)
        asked = publish(tx, people["ann"], OFFER, "mugs", at=AT, note="For June")
    assert isinstance(asked, Requested)
    return asked


def approve(tx, people, asked):
    return access.decide(tx, people["eva"], asked.approval_id, "approve", at=AT)


def test_above_ones_level_a_request_shows_exactly_what_will_happen(database, people):
    asked = ask(database, people, budget=5000)

    with database.transaction() as tx:
        approval = access.approval(tx, asked.approval_id)
        assert live(tx, OFFER, "mugs") is None
        assert (approval.subject_kind, approval.subject, approval.version) == ("offer", "mugs", 1)
        assert (approval.amount, approval.reason) == (5000, "For June")
        assert approval.preview == {
            "headline": "Everybody may take mug.",
            "facts": [["Cost at most", "50.00 USD"]],
            "warnings": ["It cannot be taken back."],
            "reversible": False,
            "cost": {"minor": 5000, "currency": "USD"},
        }


def test_an_approved_request_is_carried_out_exactly_once(database, people, registry):
    asked = ask(database, people)
    with database.transaction() as tx:
        approve(tx, people, asked)
    said = []

    def runner():
        with database.transaction() as tx:
            said.append(carry_out(tx, registry, asked.approval_id, people["eva"], at=AT))

    threads = [threading.Thread(target=runner) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert said == ["Mugs is on offer."] * 4
    with database.transaction() as tx:
        assert launched(tx) == [("mugs", 1)]
        assert access.approval(tx, asked.approval_id).state == "done"


def test_a_request_nobody_approved_is_not_carried_out(database, people, registry):
    asked = ask(database, people)

    with pytest.raises(ApprovalClosed), database.transaction() as tx:
        carry_out(tx, registry, asked.approval_id, people["eva"], at=AT)
    with database.transaction() as tx:
        assert launched(tx) == []


def test_an_approval_is_for_the_version_that_was_shown(database, people, registry):
    asked = ask(database, people)
    with database.transaction() as tx:
        offer(tx, people["ann"], "Worse mugs", etag=draft(tx, OFFER, "mugs").etag)
        approve(tx, people, asked)

    with pytest.raises(ChangedSinceRequest), database.transaction() as tx:
        carry_out(tx, registry, asked.approval_id, people["eva"], at=AT)

    with database.transaction() as tx:
        assert live(tx, OFFER, "mugs") is None
        again = publish(tx, people["ann"], OFFER, "mugs", at=AT)
        assert (again.version, again.approval_id != asked.approval_id) == (2, True)


def test_an_approved_request_is_checked_again_when_it_is_carried_out(database, people, registry):
    asked = ask(database, people)
    with database.transaction() as tx:
        approve(tx, people, asked)
        was = live(tx, SHELF, "main")
        save_draft(tx, people["eva"], SHELF, "main", {"title": "Main"}, at=AT, etag=was.etag)
        publish(tx, people["eva"], SHELF, "main", at=AT)

    with pytest.raises(Invalid), database.transaction() as tx:
        carry_out(tx, registry, asked.approval_id, people["eva"], at=AT)
    with database.transaction() as tx:
        assert access.approval(tx, asked.approval_id).state == "approved"


def test_asking_twice_for_one_version_is_one_request(database, people):
    asked = ask(database, people)

    with database.transaction() as tx:
        again = publish(tx, people["ann"], OFFER, "mugs", at=AT)

    assert again.approval_id == asked.approval_id


def test_somebody_without_the_function_cannot_even_ask(tx, people):
    from dataclasses import replace

    shelf(tx, people["eva"], published=False)

    with pytest.raises(NotAllowed):
        publish(tx, replace(people["eva"], function="cashier"), SHELF, "main", at=AT)


def test_what_something_live_uses_is_not_archived(tx, people):
    shelf(tx, people["eva"])
    offer(tx, people["eva"])
    publish(tx, people["eva"], OFFER, "mugs", at=AT)

    with pytest.raises(InUse) as error:
        archive(tx, people["eva"], SHELF, "main", at=AT)

    assert [(user.kind, user.key) for user in error.value.users] == [("offer", "mugs")]
    assert [(u.kind, u.version, u.state) for u in used_by(tx, "shelf", "main")] == [("offer", 1, "live")]
    archive(tx, people["eva"], OFFER, "mugs", at=AT)
    archive(tx, people["eva"], SHELF, "main", at=AT)
    assert live(tx, SHELF, "main") is None
    assert heads(tx).items == ()
    with pytest.raises(NotFound):
        archive(tx, people["eva"], SHELF, "main", at=AT)


def test_archiving_above_ones_level_is_asked_for_and_carried_out(database, people, registry):
    with database.transaction() as tx:
        shelf(tx, people["eva"])
        asked = archive(tx, people["ann"], SHELF, "main", at=AT)
        assert isinstance(asked, Requested)
        approve(tx, people, asked)

    with database.transaction() as tx:
        said = carry_out(tx, registry, asked.approval_id, people["eva"], at=AT)

    assert said == "Shelf “Main” is archived."
    with database.transaction() as tx:
        assert live(tx, SHELF, "main") is None


def test_a_shelf_cannot_be_archived_while_an_offer_of_it_is_being_published(database, people):
    with database.transaction() as tx:
        shelf(tx, people["eva"])
        offer(tx, people["eva"])
    outcome = []

    def archiver():
        try:
            with database.transaction() as tx:
                archive(tx, people["ida"], SHELF, "main", at=AT)
        except InUse as error:
            outcome.append(error)

    other = threading.Thread(target=archiver)
    with database.transaction() as tx:
        publish(tx, people["eva"], OFFER, "mugs", at=AT)
        other.start()
        other.join(0.5)
        assert other.is_alive()  # It waits for us, then finds the offer.
    other.join(10)

    assert len(outcome) == 1


def test_a_version_of_another_place_is_not_replaced_by_who_may_publish_only_here(tx, people):
    save_draft(tx, people["eva"], SHELF, "main", {"title": "South"}, at=AT, scope="brand:south")
    first = publish(tx, people["eva"], SHELF, "main", at=AT).definition
    moved = {"title": "North"}
    save_draft(tx, people["eva"], SHELF, "main", moved, at=AT, etag=first.etag, scope="brand:north")
    northern = replace(people["ida"], scope="brand:north")

    with pytest.raises(NotAllowed):
        publish(tx, northern, SHELF, "main", at=AT)

    assert live(tx, SHELF, "main").scope == "brand:south"
