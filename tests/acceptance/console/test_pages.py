"""The pages of the settings area, over the real rooms."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from regulars import access, audit, definitions, jobs, log
from regulars.app import App, assemble
from regulars.db import Database
from regulars.settings import read_settings
from tests.acceptance.console import office
from tests.acceptance.console.office import AT, PASSWORD, Person

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def app(database: Database) -> App:
    return office.build(database)


@pytest.fixture
async def ada(app: App) -> Person:
    return await Person(app).sign_in("ada@example.invalid")


@pytest.fixture
async def lea(app: App) -> Person:
    return await Person(app).sign_in("lea@example.invalid")


@pytest.fixture
async def max_(app: App) -> Person:
    return await Person(app).sign_in("max@example.invalid")


async def test_the_first_person_sets_the_workspace_up_with_the_printed_code(database: Database) -> None:
    app = assemble(read_settings(workspace="fresh"), database)
    with database.transaction() as tx:
        code = access.set_up_code(tx, app.wall.now())
    first = Person(app)
    data = {"name": "Ada", "email": "ada@example.invalid", "password": PASSWORD, "solo": "on"}

    wrong = await first.client.post(
        "/set-up", data={**data, "code": "x", "csrf_token": await first.token("/set-up")}
    )
    done = await first.client.post(
        "/set-up", data={**data, "code": code, "csrf_token": await first.token("/set-up")}
    )

    assert (wrong.status_code, done.status_code) == (403, 303)
    assert "That is not the set-up code" in wrong.text
    assert "a company of one" in await first.see("/people")


async def test_the_settings_show_what_one_may_see(ada: Person, max_: Person) -> None:
    assert 'href="/keys"' in await ada.see("/settings")
    assert 'href="/keys"' not in await max_.see("/settings")
    assert "Only engineering and administration may look at API keys" in await max_.see("/keys", 403)


async def test_somebody_is_added_invited_and_signs_in(app: App, ada: Person) -> None:
    typed = {"name": "Grace", "email": "grace@example.invalid", "level": "4", "function": "loyalty"}

    added = await ada.send("/people", **typed)
    link = re.search(r"/invitation/([\w-]+)", added.text)
    assert link
    grace = Person(app)
    token = await grace.token(link.group(0))
    entered = await grace.client.post(link.group(0), data={"password": PASSWORD, "csrf_token": token})

    assert entered.status_code == 303
    assert "Grace" in await grace.see("/you")
    assert "enables" in await ada.see("/people")


async def test_wrong_details_stand_at_their_field_and_keep_what_was_typed(ada: Person) -> None:
    answer = await ada.send("/people", name="Grace", email="nowhere", level="3", function="loyalty")

    assert answer.status_code == 422
    assert "An e-mail address looks like" in answer.text
    assert 'value="nowhere"' in answer.text


async def test_a_taken_address_stands_at_its_field(ada: Person) -> None:
    answer = await ada.send("/people", name="Max", email="max@example.invalid", level="3", function="loyalty")

    assert answer.status_code == 422
    assert "belongs to somebody else" in answer.text


async def test_shutting_somebody_out_wants_the_name_and_ends_their_sessions(
    ada: Person, max_: Person
) -> None:
    max_id = re.search(r'/people/(per_\w+)">Max', await ada.see("/people"))
    assert max_id
    path = f"/people/{max_id.group(1)}"

    assert (await ada.send(f"{path}/deactivate", confirm="Max")).status_code == 422
    assert (await ada.send(f"{path}/deactivate", confirm="Max Applies")).status_code == 303

    assert (await max_.client.get("/you")).status_code == 303
    assert "Shut out" in await ada.see(path)


async def test_who_may_not_manage_sees_why(max_: Person) -> None:
    text = await max_.see("/people")

    assert "Add somebody" not in text
    assert (
        await max_.send("/people", name="A", email="a@b.invalid", level="3", function="loyalty")
    ).status_code == 403


async def test_a_key_is_shown_once_and_revoked(ada: Person) -> None:
    made = await ada.send("/keys", name="web shop", kind="tracking", level="3", function="marketing")
    secret = re.search(r"rk_\w+_\w{20,}", made.text)
    assert secret

    listed = await ada.see("/keys")
    assert secret.group(0) not in listed
    key = re.search(r"/keys/(key_\w+)/revoke", listed)
    assert key
    assert (await ada.send(f"/keys/{key.group(1)}/revoke", confirm="shop")).status_code == 422
    await ada.send(f"/keys/{key.group(1)}/revoke", confirm="web shop")

    assert "Revoked" in await ada.see("/keys")


async def test_ones_password_is_changed_with_the_present_one(max_: Person) -> None:
    wrong = await max_.send("/you/password", present="no", chosen="another four plain words")
    weak = await max_.send("/you/password", present=PASSWORD, chosen="short")
    right = await max_.send("/you/password", present=PASSWORD, chosen="another four plain words")

    assert (wrong.status_code, weak.status_code, right.status_code) == (422, 422, 303)


async def test_a_deputy_stands_in_until_a_day(lea: Person) -> None:
    other = re.search(r'<option value="(per_\w+)">Ada', await lea.see("/you"))
    assert other

    missing = await lea.send("/you/deputy", deputy=other.group(1), until="")
    done = await lea.send("/you/deputy", deputy=other.group(1), until="2026-01-15")

    assert missing.status_code == 422
    assert "Say until when" in missing.text
    assert done.status_code == 303
    assert 'value="2026-01-15"' in await lea.see("/you")


def draft_template(app: App, actor: access.Actor, days: int = 90) -> definitions.Definition[object]:
    kind = app.kinds.kind("template")
    body = {"title": f"We miss you {days}", "subject": "Come back", "text": "Hello {{ unsubscribe_url }}"}
    with app.database.transaction() as tx:
        made: definitions.Definition[object] = definitions.save_draft(
            tx, actor, kind, "we-miss-you", body, at=AT, etag=_etag(tx, kind)
        )
    return made


def _etag(tx: object, kind: object) -> str | None:
    found = definitions.versions(tx, kind, "we-miss-you")  # type: ignore[arg-type]
    return next((v.etag for s in ("draft", "live") for v in found if v.state == s), None)


def actor(app: App, email: str) -> access.Actor:
    with app.database.transaction() as tx:
        who = access.person_by_email(tx, email)
        assert who
        return access.actor_of(tx, who.person_id, "console")


async def test_a_launch_above_ones_level_is_asked_for_decided_and_happens(
    app: App, lea: Person, max_: Person
) -> None:
    draft = draft_template(app, actor(app, "max@example.invalid"))
    here = "/definitions/template/we-miss-you"
    assert "Ask for approval of version 1" in await max_.see(here)

    asked = await max_.send(f"{here}/publish", etag=draft.etag)
    approval = asked.headers["location"]
    assert "Waits for approval" in await lea.see("/approvals")
    assert "You asked for this yourself" in await max_.see(approval)
    assert (await max_.send(f"{approval}/approve")).status_code == 403
    decided = await lea.send(f"{approval}/approve", note="Go ahead")

    assert decided.status_code == 303
    assert "Go ahead" in await max_.see(approval)
    assert "Live, version 1" in await max_.see(here)


async def test_a_request_can_be_refused_and_taken_back(app: App, lea: Person, max_: Person) -> None:
    draft = draft_template(app, actor(app, "max@example.invalid"))
    here = "/definitions/template/we-miss-you"
    approval = (await max_.send(f"{here}/publish", etag=draft.etag)).headers["location"]
    await max_.send(f"{approval}/withdraw")
    assert "Withdrawn" in await max_.see(approval)

    approval = (await max_.send(f"{here}/publish", etag=draft.etag)).headers["location"]
    await lea.send(f"{approval}/refuse", note="Not now")

    assert "Not now" in await max_.see(approval)
    assert "Draft, version" in await max_.see(here)


async def test_versions_are_compared_and_restored(app: App, lea: Person) -> None:
    here = "/definitions/template/we-miss-you"
    for days in (90, 30):
        draft = draft_template(app, actor(app, "lea@example.invalid"), days)
        assert (await lea.send(f"{here}/publish", etag=draft.etag)).status_code == 303

    compared = await lea.see(f"{here}?tab=diff")
    assert "<del>We miss you 90</del>" in compared
    assert "<ins>We miss you 30</ins>" in compared
    etag = re.search(r'name="etag" value="([^"]+)"', await lea.see(f"{here}?version=1"))
    assert etag
    await lea.send(f"{here}/restore", version="1", etag=etag.group(1))

    assert "Draft, version 3" in await lea.see(here)
    assert "Restored from version 1" in await lea.see(f"{here}?tab=versions")


async def test_publishing_what_somebody_changed_meanwhile_is_refused(app: App, lea: Person) -> None:
    old = draft_template(app, actor(app, "lea@example.invalid"))
    draft_template(app, actor(app, "lea@example.invalid"), 30)

    answer = await lea.send("/definitions/template/we-miss-you/publish", etag=old.etag)

    assert answer.status_code == 409
    assert "Somebody saved in between" in answer.text


async def test_the_audit_filters_and_shows_values_to_who_may_see_them(ada: Person, lea: Person) -> None:
    await ada.send("/people", name="Grace", email="grace@example.invalid", level="4", function="loyalty")

    listed = await ada.see("/audit?action=people.add")
    entry = re.search(r"/audit/(aud_\w+)", listed)
    assert entry

    assert "Grace" in await ada.see(f"/audit/{entry.group(1)}")
    assert "grace@example.invalid" not in await lea.see(f"/audit/{entry.group(1)}")
    assert "Nothing fits these filters" in await ada.see("/audit?action=nothing.at.all")


async def test_readers_are_paused_and_resumed(app: App, ada: Person) -> None:
    app.catch_up(AT)
    app.sequencer.close()  # Its own connection ends with the worker otherwise.
    with app.database.transaction() as tx:
        name = log.status(tx)[0].name
        ada_id = access.person_by_email(tx, "ada@example.invalid")
        assert ada_id
    assert name in await ada.see("/readers")
    assert (await ada.send(f"/readers/{name}/pause")).status_code == 403

    with app.database.transaction() as tx:
        log.pause(tx, name)

    assert "Paused" in await ada.see("/readers")


async def test_a_job_is_seen_cancelled_and_repeated(app: App, ada: Person) -> None:
    with app.database.transaction() as tx:
        number = jobs.defer(tx, "export", {"what": "customers"}, requested_by="Ada")
        path = f"/jobs/{jobs.get(tx, number).public_id}"
    assert "Waiting" in await ada.see(path)

    await ada.send(f"{path}/cancel")
    assert "Cancelled" in await ada.see(path)
    await ada.send(f"{path}/retry")

    assert "Waiting" in await ada.see(path)
    assert "export" in await ada.see("/jobs")


async def test_the_clock_is_advanced_by_a_job_once(app: App, lea: Person) -> None:
    first = await lea.send("/clock/advance", step="week", back="/people")
    await lea.send("/clock/advance", step="week", back="/people")

    with app.database.transaction() as tx:
        asked = jobs.jobs(tx, name="clock.advance").items
    assert first.headers["location"] == "/people"
    assert [job.args["to"] for job in asked] == [(AT + timedelta(days=7)).isoformat()]


@pytest.mark.parametrize(
    "path",
    [
        "/settings",
        "/people",
        "/approvals",
        "/definitions",
        "/jobs",
        "/readers",
        "/you",
        "/palette?q=people",
        "/templates",
    ],
)
async def test_each_page_is_there_in_less_than_300_ms(max_: Person, path: str) -> None:
    await max_.see(path)
    started = datetime.now(UTC)

    await max_.see(path)

    assert datetime.now(UTC) - started < timedelta(milliseconds=300)


async def test_unknown_things_are_not_found(ada: Person) -> None:
    for path in ("/people/per_zzz", "/approvals/x", "/audit/aud_zzz", "/definitions/a/b", "/jobs/job_zzz"):
        assert "There is nothing here" in await ada.see(path, 404)


async def test_an_audit_entry_of_another_room_is_readable(app: App, ada: Person) -> None:
    with app.database.transaction() as tx:
        written = audit.record(
            tx,
            actor_id=None,
            actor_name="Regulars",
            action="demo.did",
            subject_kind="thing",
            subject="x",
            before={"a": 1},
            after={"a": "<b>2</b>"},
            at=AT,
        )
        path = f"/audit/{audit.entry(tx, written).public_id}"

    assert "&lt;b&gt;2&lt;/b&gt;" in await ada.see(path)
