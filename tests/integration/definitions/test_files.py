"""Files: what is written comes back the same, and applying is all or nothing, once."""

import os
from io import StringIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars import access, audit
from regulars.access import SYSTEM, NotAllowed
from regulars.definitions import (
    InUse,
    apply,
    archive,
    diff_files,
    draft,
    export,
    heads,
    live,
    publish,
    save_draft,
    versions,
)
from regulars.kernel import Invalid

from .kinds import AT, OFFER, SHELF, Shelf

MAIN = """kind: shelf
key: main
scope: null
body:
  title: Main
  rewards:
    mug: 100
  note: ''
"""
MUGS = """kind: offer
key: mugs
scope: brand:north
body:
  title: Mugs
  shelf: main
  reward: mug
  budget: 0
"""


def write(folder, files) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def contents(folder) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): p.read_text(encoding="utf-8") for p in folder.rglob("*.yaml")}


def refused(tx, people, registry, folder, **options) -> dict[str, str]:
    with pytest.raises(Invalid) as error:
        apply(tx, people["eva"], registry, folder, at=AT, **options)
    return {finding.path: finding.message for finding in error.value.findings}


def test_files_applied_and_exported_are_the_same_files(tx, people, registry, tmp_path):
    write(tmp_path / "in", {"shelf/main.yaml": MAIN, "offer/mugs.yaml": MUGS})

    applied = apply(tx, people["eva"], registry, tmp_path / "in", at=AT, publish=True)
    names = export(tx, registry, tmp_path / "out")

    assert [(c.action, c.kind, c.key) for c in applied.changes] == [
        ("create", "offer", "mugs"),
        ("create", "shelf", "main"),
    ]
    assert applied.published == ("Shelf “Main” is live.", "Mugs is on offer.")  # What is used comes first.
    assert names == ["offer/mugs.yaml", "shelf/main.yaml"]
    assert contents(tmp_path / "out") == contents(tmp_path / "in")
    assert live(tx, OFFER, "mugs").scope == "brand:north"


def test_applying_twice_changes_nothing(tx, people, registry, tmp_path):
    write(tmp_path, {"shelf/main.yaml": MAIN, "offer/mugs.yaml": MUGS})
    for publishing in (False, True):
        apply(tx, people["eva"], registry, tmp_path, at=AT, publish=publishing)
        before = (audit.entries(tx).items, versions(tx, SHELF, "main"), versions(tx, OFFER, "mugs"))

        again = apply(tx, people["eva"], registry, tmp_path, at=AT, publish=publishing)

        assert again.changes == ()
        assert (audit.entries(tx).items, versions(tx, SHELF, "main"), versions(tx, OFFER, "mugs")) == before
    assert diff_files(tx, registry, tmp_path) == []


def test_a_difference_names_each_field(tx, people, registry, tmp_path):
    write(tmp_path, {"shelf/main.yaml": MAIN})
    apply(tx, people["eva"], registry, tmp_path, at=AT, publish=True)
    save_draft(tx, people["ann"], SHELF, "other", {"title": "Other"}, at=AT)
    write(tmp_path, {"shelf/main.yaml": MAIN.replace("100", "90"), "offer/mugs.yaml": MUGS})

    changes = diff_files(tx, registry, tmp_path)

    assert [(c.action, c.kind, c.key) for c in changes] == [
        ("create", "offer", "mugs"),
        ("change", "shelf", "main"),
        ("missing", "shelf", "other"),
    ]
    assert [(d.path, d.before, d.after) for d in changes[1].compared.differences] == [
        ("body.rewards.mug", 100, 90)
    ]
    assert "-    mug: 100\n+    mug: 90\n" in changes[1].compared.text


def test_every_error_is_named_with_its_file_and_nothing_is_changed(tx, people, registry, tmp_path):
    write(
        tmp_path,
        {
            "shelf/main.yaml": MAIN,
            "shelf/other.yaml": MAIN,
            "shelf/broken.yaml": "kind: [shelf",
            "offer/mugs.yaml": MUGS.replace("budget: 0", "budget: much\n  colour: red"),
            "offer/none.yml": MUGS,
            "sofa/red.yaml": "kind: sofa\nkey: red\nbody: {}\n",
            "README.md": "what this is",
        },
    )

    found = refused(tx, people, registry, tmp_path)

    assert set(found) == {
        "shelf/other.yaml: key",
        "shelf/broken.yaml: line 1, column 13",
        "offer/mugs.yaml: body.budget",
        "offer/mugs.yaml: body.colour",
        "offer/none.yml",
        "sofa/red.yaml: kind",
    }
    assert heads(tx, state="all").items == ()


def test_the_rules_of_kinds_are_checked_over_all_files_together(tx, people, registry, tmp_path):
    write(tmp_path, {"shelf/main.yaml": MAIN.replace("mug", "cup"), "offer/mugs.yaml": MUGS})

    assert refused(tx, people, registry, tmp_path) == {
        "offer/mugs.yaml: body.reward": "The shelf has no 'mug'."
    }
    (tmp_path / "shelf/main.yaml").unlink()
    assert set(refused(tx, people, registry, tmp_path)) == {"offer/mugs.yaml: body.shelf"}


def test_a_trial_changes_nothing(tx, people, registry, tmp_path):
    write(tmp_path, {"shelf/main.yaml": MAIN})

    tried = apply(tx, people["eva"], registry, tmp_path, at=AT, publish=True, dry_run=True)

    assert [change.action for change in tried.changes] == ["create"]
    assert heads(tx, state="all").items == ()


def test_above_ones_level_files_become_drafts_and_requests(database, people, registry, tmp_path):
    write(tmp_path, {"shelf/main.yaml": MAIN, "offer/mugs.yaml": MUGS})
    with database.transaction() as tx:
        applied = apply(tx, people["ann"], registry, tmp_path, at=AT, publish=True)
    with database.transaction() as tx:
        again = apply(tx, people["ann"], registry, tmp_path, at=AT, publish=True)

        assert [r.key for r in applied.requested] == ["main"]
        assert applied.waiting == ("offer/mugs",)  # Its shelf is to be approved first.
        assert [r.approval_id for r in again.requested] == [r.approval_id for r in applied.requested]
        assert live(tx, SHELF, "main") is None
        assert draft(tx, OFFER, "mugs").author == "Ann"
        assert len(access.approvals(tx).items) == 1


def test_somebody_without_the_right_applies_nothing_at_all(database, people, registry, tmp_path):
    from dataclasses import replace

    write(tmp_path, {"shelf/main.yaml": MAIN, "offer/mugs.yaml": MUGS})
    south = replace(people["eva"], scope="brand:south")

    with database.transaction() as tx, pytest.raises(NotAllowed):
        apply(tx, south, registry, tmp_path, at=AT, publish=True)

    with database.transaction() as tx:
        assert heads(tx, state="all").items == ()


def test_a_persons_draft_that_files_replace_stays_among_the_versions(tx, people, registry, tmp_path):
    save_draft(tx, people["ann"], SHELF, "main", {"title": "Mine"}, at=AT)
    write(tmp_path, {"shelf/main.yaml": MAIN})

    apply(tx, people["eva"], registry, tmp_path, at=AT)

    assert [(v.body.title, v.state) for v in versions(tx, SHELF, "main")] == [
        ("Main", "draft"),
        ("Mine", "archived"),
    ]


def test_pruning_archives_what_the_files_lack_users_first(tx, people, registry, tmp_path):
    write(tmp_path, {"shelf/main.yaml": MAIN, "offer/mugs.yaml": MUGS})
    apply(tx, people["eva"], registry, tmp_path, at=AT, publish=True)
    (tmp_path / "shelf/main.yaml").unlink()
    with pytest.raises(InUse):
        apply(tx, people["eva"], registry, tmp_path, at=AT, prune=True)
    (tmp_path / "offer/mugs.yaml").unlink()

    kept = apply(tx, people["eva"], registry, tmp_path, at=AT)
    pruned = apply(tx, people["eva"], registry, tmp_path, at=AT, prune=True)

    assert kept.changes == ()
    assert [change.action for change in pruned.changes] == ["missing", "missing"]
    assert heads(tx).items == ()


def test_an_export_can_remove_the_files_of_what_is_no_more(tx, people, registry, tmp_path):
    write(tmp_path, {"shelf/main.yaml": MAIN, "shelf/README.md": "mine"})
    apply(tx, people["eva"], registry, tmp_path, at=AT, publish=True)
    archive(tx, people["eva"], SHELF, "main", at=AT)

    export(tx, registry, tmp_path)
    assert (tmp_path / "shelf/main.yaml").exists()
    export(tx, registry, tmp_path, prune=True)

    assert [p.name for p in (tmp_path / "shelf").iterdir()] == ["README.md"]


def test_a_stream_holds_the_same_as_the_files(tx, people, registry, tmp_path):
    write(tmp_path, {"shelf/main.yaml": MAIN, "offer/mugs.yaml": MUGS})
    apply(tx, people["eva"], registry, tmp_path, at=AT, publish=True)
    stream = StringIO()

    export(tx, registry, stream)

    assert diff_files(tx, registry, StringIO(stream.getvalue())) == []
    assert stream.getvalue().count("---\n") == 2


def test_hostile_files_are_refused_by_name(tx, people, registry, tmp_path):
    outside = tmp_path / "outside.yaml"
    outside.write_text(MAIN)
    folder = tmp_path / "in"
    (folder / "shelf").mkdir(parents=True)
    (folder / "shelf/main.yaml").symlink_to(outside)
    (folder / "shelf/big.yaml").write_text("a: " + "x" * 3_000_000)
    (folder / "shelf/bomb.yaml").write_text("a: &a [1,1]\nb: &b [*a,*a]\nc: [*b,*b]\n")
    (folder / "shelf/code.yaml").write_text("!!python/object/apply:os.system ['true']")
    (folder / "shelf/bytes.yaml").write_bytes(b"\xff\xfe")
    (folder / "shelf/folder.yaml").mkdir()
    os.mkfifo(folder / "shelf/pipe.yaml")

    found = refused(tx, people, registry, folder)

    assert {path.split(":")[0] for path in found} == {
        f"shelf/{name}.yaml" for name in ("main", "big", "bomb", "code", "bytes", "folder", "pipe")
    }
    assert "link" in found["shelf/main.yaml"]


def test_a_folder_that_leads_elsewhere_is_refused(tx, people, registry, tmp_path):
    write(tmp_path / "elsewhere", {"main.yaml": MAIN})
    (tmp_path / "in").mkdir()
    (tmp_path / "in/shelf").symlink_to(tmp_path / "elsewhere")

    assert set(refused(tx, people, registry, tmp_path / "in")) == {"shelf/main.yaml"}


def test_an_export_never_writes_through_a_link(tx, people, registry, tmp_path):
    outside = tmp_path / "outside.yaml"
    outside.write_text("mine")
    (tmp_path / "out/shelf").mkdir(parents=True)
    (tmp_path / "out/shelf/main.yaml").symlink_to(outside)
    save_draft(tx, people["ann"], SHELF, "main", {"title": "Main"}, at=AT)

    export(tx, registry, tmp_path / "out")

    assert outside.read_text() == "mine"
    assert not (tmp_path / "out/shelf/main.yaml").is_symlink()


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
shelves = st.builds(
    Shelf,
    title=texts,
    rewards=st.dictionaries(texts, st.integers(-(2**63), 2**63 - 1), max_size=4),
    note=texts,
)
keys = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(bodies=st.dictionaries(keys, shelves, max_size=4), scope=st.sampled_from([None, "brand:north"]))
def test_two_workspaces_compare_equal_after_export_and_apply(server, database, registry, bodies, scope):
    first, second = StringIO(), StringIO()
    with database.transaction() as tx:
        with tx.transaction(force_rollback=True):
            for key, body in bodies.items():
                save_draft(tx, SYSTEM, SHELF, key, body, at=AT, scope=scope)
                publish(tx, SYSTEM, SHELF, key, at=AT)
            export(tx, registry, first)
        with tx.transaction(force_rollback=True):  # The workspace is empty again.
            apply(tx, SYSTEM, registry, StringIO(first.getvalue()), at=AT, publish=True)
            assert {d.key: d.body for d in (live(tx, SHELF, key) for key in bodies)} == bodies
            assert diff_files(tx, registry, StringIO(first.getvalue())) == []
            export(tx, registry, second)

    assert second.getvalue() == first.getvalue()
