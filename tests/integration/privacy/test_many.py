"""Many are erased together; what is live stays where it may be the company's own; killed anywhere it goes on."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from regulars import access, analytics, customers, definitions, forms, jobs, privacy, segments, templates
from regulars.access import SYSTEM
from regulars.app import assemble
from regulars.conditions import All, InSegment, Not, TraitEquals
from regulars.db import Database
from regulars.segments import SegmentBody
from regulars.segments.plan import plan_of
from regulars.segments.writing import hold_state
from regulars.settings import read_settings
from tests.integration.log.killing import begin, wait_for_silence
from tests.integration.privacy.marked import (
    AT,
    EMAIL,
    OTHER_EMAIL,
    USER,
    World,
    closed,
    found_in,
    identify,
    live,
    order,
    tables_with_marks,
    world,
)

SUPPORT, STAFF, ANNA = "support@shop.test", "max@shop.test", "anna@markers.com"
ROOMS = ("Orders", "Forms", "Audit", "Profile")


@pytest.fixture
def made(database: Database, tmp_path: Path) -> Iterator[World]:
    yield from closed(world(database, tmp_path))


class Quiet:
    def update(self, *_: object) -> None:
        return None


def ask(made: World, *users: str) -> list[int]:
    with made.database.transaction() as tx:
        numbers = [made.find(user) or 0 for user in users]
        return [privacy.ask_erasure(tx, n, asked_by="staff", by="Pia", at=AT).erasure_id for n in numbers]


def approve_all(made: World) -> None:
    with made.database.transaction() as tx:
        tx.execute("update privacy.erasure set state = 'waiting' where state = 'asked'")


def run_until(dsn: str, home: Path, erasure_ids: list[int], title: str) -> None:
    """Die when a room has erased and nothing of it is written yet."""
    with Database(dsn) as database:
        eraser = assemble(read_settings(workspace="privacy", home=home), database).eraser

        def dying(subject: privacy.Subject) -> privacy.Subject:
            def erase(*given: object) -> None:
                assert subject.erase is not None
                subject.erase(*given)  # type: ignore[arg-type]
                os.kill(os.getpid(), signal.SIGKILL)

            return replace(subject, erase=erase) if subject.title == title else subject  # type: ignore[arg-type]

        subjects = tuple(dying(subject) for subject in eraser.subjects)
        replace(eraser, subjects=subjects).run_many(erasure_ids, lambda *_: None)


@pytest.mark.one_postgresql
def test_many_are_erased_by_one_job_that_goes_on_after_the_last_room_when_it_is_killed(made: World) -> None:
    live(made)
    made.tell(
        *(
            identify(f"zqxwvk-more-{n}", AT - timedelta(days=3), email=f"zqxwvk.more{n}@markers.com")
            for n in range(30)
        ),
        *(order(f"zqxwvk-more-{n}", f"order-m{n}", AT - timedelta(days=2)) for n in range(30)),
    )
    analytics.export(made.app.lake)
    users = [USER, *(f"zqxwvk-more-{n}" for n in range(30))]
    ids = ask(made, *users)
    approve_all(made)

    for title in ROOMS:
        process = begin(run_until, made.database.dsn, made.home, ids, title)
        process.join(90)
        assert process.exitcode == -signal.SIGKILL, title
        wait_for_silence(made.database.dsn)
    with made.database.transaction() as tx:
        (step,) = {row[0] for row in tx.execute("select step from privacy.erasure").fetchall()}
        assert step == "listed/Jobs"  # All before the profiles is done, and is not done again.
        assert privacy.go_on(tx, AT) == len(ids)
        assert privacy.go_on(tx, AT) == len(ids)  # The same job has them.
        (job,) = [one for one in jobs.jobs(tx).items if one.name == privacy.ERASE]
    assert job.args == {"erasures": ids}
    made.app.eraser.work(made.database, job.args, Quiet())  # type: ignore[arg-type]

    with made.database.transaction() as tx:
        done = [privacy.erasure(tx, one) for one in ids]
    assert {(one.state, one.people, one.problem) for one in done} == {("done", len(ids), None)}
    assert tables_with_marks(made.database) == {}
    assert found_in(made.home) == []
    assert len(made.app.settings.erasures.read_text().splitlines()) == len(ids)
    assert made.rows("select count(*), sum(total_minor) from orders.purchase") == [(33, 33 * 450)]
    with made.database.transaction() as tx:
        assert customers.count(tx) == 1
        assert customers.get(tx, made.find("other") or 0).email == "other@shop.test"


def publish(made: World, kind: definitions.Kind, key: str, body: object) -> None:  # type: ignore[type-arg]
    with made.database.transaction() as tx:
        before = definitions.versions(tx, kind, key)
        etag = before[0].etag if before else None
        definitions.save_draft(tx, SYSTEM, kind, key, body, at=AT, etag=etag)  # type: ignore[arg-type]
        definitions.publish(tx, SYSTEM, kind, key, at=AT)


def meaning(made: World, key: str, address: str) -> None:
    body = SegmentBody(name=f"Who has {address}", condition=TraitEquals(trait="email", value=address))
    publish(made, segments.SEGMENT, key, body)


def bodies(made: World) -> dict[str, str]:
    told = "select key || ' ' || number || ' ' || state, title || body::text from definitions.version"
    return dict(made.rows(told))


def test_what_is_live_stays_unless_it_picks_customers_by_what_surely_is_the_persons(made: World) -> None:
    page = {"context": {"public": True}}
    made.tell(
        replace(identify("claims", email=SUPPORT), **page),
        identify("till", email=STAFF),
        identify(USER, name="Anna", email=ANNA),
        identify("other", email="other@shop.test"),
    )
    with made.database.transaction() as tx:
        access.add_person(tx, SYSTEM, email=STAFF, name="Max", level=3, function="marketing", at=AT)
    text = forms.CONFIRM_TEMPLATE
    for address in (ANNA, SUPPORT):
        told = msgspec.structs.replace(text, text=f"{text.text}\nWrite to {address}")
        publish(made, templates.TEMPLATE, f"letter-{address.split('@')[0]}", told)
    meaning(made, "anna", "somebody@shop.test")
    for key, address in (("support", SUPPORT), ("max", STAFF), ("anna", ANNA), ("other", "other@shop.test")):
        meaning(made, key, address)
    with made.database.transaction() as tx:
        draft = SegmentBody(name="Draft", condition=TraitEquals(trait="email", value=SUPPORT))
        definitions.save_draft(tx, SYSTEM, segments.SEGMENT, "draft", draft, at=AT)
        foreseen = privacy.foresee_erasure(tx, made.find("claims") or 0)
        of_anna = privacy.foresee_erasure(tx, made.find(USER) or 0)
    assert (foreseen.taken_out, foreseen.stay) == ((), ("segment/support", "template/letter-support"))
    assert (of_anna.taken_out, of_anna.stay) == (("segment/anna",), ("template/letter-anna",))
    before = bodies(made)

    done = []
    for who in ("claims", "till", USER):
        made.app.catch_up(AT)  # Nobody else does here: an erasure would wait for it as long as it may.
        done.append(made.erase(who))
    of_claims, of_till, of_user = done

    after = bodies(made)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"draft 1 draft", "anna 2 live"}
    assert ANNA not in after["anna 2 live"] and "erased" in after["anna 2 live"]
    assert made.rows("select title from definitions.head where key in ('anna', 'support') order by key") == [
        ("Who has erased",),
        (f"Who has {SUPPORT}",),
    ]
    assert (of_claims.taken_out, of_claims.stayed) == ([], ["segment/support", "template/letter-support"])
    assert (of_till.taken_out, of_till.stayed) == ([], ["segment/max"])
    assert (of_user.taken_out, of_user.stayed) == (["segment/anna"], ["template/letter-anna"])
    assert ANNA not in str(of_user.counts) and dict(of_user.places)["definitions.version"] > 0


def test_a_segment_that_no_longer_names_somebody_is_asked_again_and_a_key_of_another_stays(
    made: World,
) -> None:
    made.tell(identify(USER, email=ANNA), identify("other", email="other@shop.test"))
    her = TraitEquals(trait="email", value=ANNA)
    publish(made, segments.SEGMENT, USER, SegmentBody(name="Not she", condition=Not(condition=her)))
    named = All(conditions=(InSegment(segment=USER), TraitEquals(trait="plan", value="gold")))
    publish(made, segments.SEGMENT, "naming", SegmentBody(name="Naming", condition=named))
    made.app.catch_up(AT)
    generation = "select generation from segments.state"
    begun = made.rows(generation)

    done = made.erase()

    assert (done.taken_out, done.stayed) == ([f"segment/{USER}"], ["segment/naming"])
    assert made.rows("select key, body::text like '%erased%' from definitions.version order by key") == [
        ("naming", False),
        (USER, True),
    ]
    assert made.rows(generation) != begun
    with made.database.transaction() as tx:
        customers.hold(tx)
        plan = plan_of(tx, hold_state(tx).generation)
        assert len(plan.counted) == 2 and ANNA not in str(plan.units)
        assert segments.refresh(tx, AT).entered == {}


def test_an_erasure_that_meets_another_transaction_is_done_again_at_once(made: World) -> None:
    made.tell(identify(USER, name="Zqxwvk", email=EMAIL), identify("second", email=OTHER_EMAIL))
    ids = ask(made, USER, "second")
    approve_all(made)
    met: list[str] = []

    def meeting(subject: privacy.Subject) -> privacy.Subject:
        def erase(tx, atoms, values):  # type: ignore[no-untyped-def]
            if subject.title not in met:
                met.append(subject.title)
                tx.execute("do $$ begin raise exception 'met' using errcode = '40P01'; end $$")
            return subject.erase(tx, atoms, values)  # type: ignore[misc]

        return replace(subject, erase=erase) if subject.erase else subject

    subjects = tuple(meeting(subject) for subject in made.app.eraser.subjects)
    replace(made.app.eraser, subjects=subjects).run_many(ids, lambda *_: None)

    assert len(met) > 10
    with made.database.transaction() as tx:
        assert {privacy.erasure(tx, one).state for one in ids} == {"done"}
    assert tables_with_marks(made.database) == {}
