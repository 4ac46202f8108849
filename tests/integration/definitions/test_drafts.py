"""Drafts: nothing of anybody's is lost."""

import threading

import pytest

from regulars import audit
from regulars.access import NotAllowed
from regulars.definitions import (
    NotTakenOn,
    diff,
    discard_draft,
    draft,
    get,
    heads,
    live,
    publish,
    restore,
    save_draft,
    take_on,
    versions,
)
from regulars.kernel import Invalid, Stale

from .kinds import AT, SHELF, Shelf


def save(tx, actor, title="Shelf", *, key="main", etag=None, **fields):
    return save_draft(tx, actor, SHELF, key, {"title": title, **fields}, at=AT, etag=etag)


def test_a_draft_stands_beside_the_live_version(tx, people):
    save(tx, people["eva"], "One")
    publish(tx, people["eva"], SHELF, "main", at=AT)
    save(tx, people["ann"], "Two", etag=live(tx, SHELF, "main").etag)

    assert live(tx, SHELF, "main").body == Shelf(title="One")
    assert get(tx, SHELF, "main").body == Shelf(title="Two")
    assert [(v.version, v.state, v.author) for v in versions(tx, SHELF, "main")] == [
        (2, "draft", "Ann"),
        (1, "live", "Eva"),
    ]


def test_saving_a_draft_again_keeps_its_number_and_the_same_body_changes_nothing(tx, people):
    first = save(tx, people["ann"], "One")
    second = save(tx, people["ann"], "Two", etag=first.etag)
    again = save(tx, people["eva"], "Two", etag=second.etag)

    assert (second.version, second.etag != first.etag) == (1, True)
    assert again == second
    actions = [entry.action for entry in audit.entries(tx, subject_kind="shelf", subject="main").items]
    assert actions == ["definitions.draft_saved"] * 2


def test_the_audit_holds_what_a_draft_was_and_became(tx, people):
    first = save(tx, people["ann"], "One")
    save(tx, people["ann"], "Two", etag=first.etag)

    entry = audit.entries(tx, subject_kind="shelf", subject="main").items[0]

    assert [(c.path, c.before, c.after) for c in entry.changed] == [("body.title", "One", "Two")]


def test_who_saves_over_somebody_elses_work_is_shown_the_difference(tx, people):
    first = save(tx, people["ann"], "One", rewards={"mug": 100})
    save(tx, people["eva"], "Two", rewards={"mug": 90}, etag=first.etag)

    with pytest.raises(Stale) as error:
        save(tx, people["ann"], "One", rewards={"mug": 100, "cup": 50}, etag=first.etag)

    assert error.value.difference == (
        ("title", "Two", "One"),
        ("rewards.mug", 90, 100),
        ("rewards.cup", None, 50),
    )
    assert "Eva" in str(error.value)
    assert draft(tx, SHELF, "main").body.title == "Two"


def test_of_two_who_save_at_once_one_wins_and_the_other_sees_the_difference(database, people):
    with database.transaction() as tx:
        start = save(tx, people["ann"], "Start")
    barrier, results = threading.Barrier(2), {}

    def saver(name):
        barrier.wait()
        try:
            with database.transaction() as tx:
                results[name] = save(tx, people[name], f"By {name}", etag=start.etag)
        except Stale as error:
            results[name] = error

    threads = [threading.Thread(target=saver, args=(name,)) for name in ("ann", "eva")]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    lost = [name for name, result in results.items() if isinstance(result, Stale)]
    won = ({"ann", "eva"} - set(lost)).pop()
    assert len(lost) == 1
    assert results[lost[0]].difference == (("title", f"By {won}", f"By {lost[0]}"),)


def test_two_who_make_the_same_new_definition_at_once_do_not_overwrite_each_other(database, people):
    barrier, results = threading.Barrier(2), []

    def maker(name):
        barrier.wait()
        try:
            with database.transaction() as tx:
                results.append(save(tx, people[name], f"By {name}"))
        except Stale as error:
            results.append(error)

    threads = [threading.Thread(target=maker, args=(name,)) for name in ("ann", "eva")]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert sorted(isinstance(result, Stale) for result in results) == [False, True]


def test_a_discarded_draft_can_be_brought_back(tx, people):
    save(tx, people["ann"], "One")
    gone = discard_draft(tx, people["ann"], SHELF, "main", at=AT)

    assert draft(tx, SHELF, "main") is None
    back = restore(tx, people["ann"], SHELF, "main", gone.version, at=AT)

    assert (back.version, back.body.title, back.note) == (2, "One", "Restored from version 1.")


def test_what_somebody_who_assists_drafts_waits_for_somebody_to_take_it_on(tx, people):
    assert save(tx, people["ben"], "One").assisted
    with pytest.raises(NotTakenOn):
        publish(tx, people["eva"], SHELF, "main", at=AT)
    with pytest.raises(NotAllowed):
        take_on(tx, people["ben"], SHELF, "main", at=AT)

    taken = take_on(tx, people["ann"], SHELF, "main", at=AT)

    assert not taken.assisted
    assert publish(tx, people["eva"], SHELF, "main", at=AT).definition.state == "live"


def test_a_body_of_the_wrong_shape_is_refused_with_every_place(tx, people):
    with pytest.raises(Invalid) as error:
        save_draft(tx, people["ann"], SHELF, "main", {"titel": "x", "rewards": {"mug": "many"}}, at=AT)

    assert [finding.path for finding in error.value.findings] == ["titel", "title", "rewards.mug"]


def test_a_key_that_cannot_be_a_file_name_is_refused(tx, people):
    with pytest.raises(Invalid) as error:
        save(tx, people["ann"], key="../up")

    assert [finding.path for finding in error.value.findings] == ["key"]


def test_two_versions_are_compared_by_field_and_as_text(tx, people):
    first = save(tx, people["eva"], "One", rewards={"mug": 100})
    publish(tx, people["eva"], SHELF, "main", at=AT)
    second = save(tx, people["eva"], "Two", rewards={"mug": 100}, etag=first.etag)

    compared = diff(first, second)

    assert [(d.path, d.before, d.after) for d in compared.differences] == [("title", "One", "Two")]
    assert "-title: One\n+title: Two\n" in compared.text
    assert diff(second, second).text == ""


def test_definitions_are_listed_in_pages_and_found_by_folded_words(tx, people):
    for number in range(5):
        save(tx, people["ann"], f"Étagère {number}", key=f"s{number}")
    discard_draft(tx, people["ann"], SHELF, "s4", at=AT)

    first = heads(tx, kind="shelf", limit=3)
    rest = heads(tx, kind="shelf", limit=3, cursor=first.next)

    assert [head.key for head in (*first.items, *rest.items)] == ["s0", "s1", "s2", "s3"]
    assert rest.next is None
    assert [head.key for head in heads(tx, search="ETAGERE 2").items] == ["s2"]
    assert [head.key for head in heads(tx, state="archived").items] == ["s4"]
    assert [head.author for head in heads(tx, state="draft", limit=1).items] == ["Ann"]


def test_a_published_body_cannot_be_changed_even_in_the_database(tx, people):
    save(tx, people["eva"], "One")
    publish(tx, people["eva"], SHELF, "main", at=AT)

    with pytest.raises(Exception, match="never changes"), tx.transaction():
        tx.execute("update definitions.version set body = '{}'")


def test_a_scoped_person_drafts_only_in_their_scope(tx, people):
    from dataclasses import replace

    north = replace(people["ann"], scope="brand:north")

    saved = save_draft(tx, north, SHELF, "n", {"title": "N"}, at=AT, scope="brand:north")
    assert saved.assisted is False
    with pytest.raises(NotAllowed):
        save_draft(tx, north, SHELF, "n", {"title": "N"}, at=AT, scope="brand:south", etag=saved.etag)
    with pytest.raises(NotAllowed):
        save_draft(tx, north, SHELF, "everywhere", {"title": "N"}, at=AT)
