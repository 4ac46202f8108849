"""The settings: drafting definitions, the workspace, decisions that are carried out, the audit in words."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from regulars import access, definitions, jobs, loyalty
from regulars.access import SYSTEM
from regulars.app import App, assemble
from regulars.console.deeds import DEEDS
from regulars.console.ready_made import starts
from regulars.console.yaml_places import line_of
from regulars.db import Database, Tx, drop_database
from regulars.kernel import Finding, Invalid
from regulars.settings import read_settings
from tests.acceptance.console import office
from tests.acceptance.console.office import AT, PASSWORD, Person
from tests.conftest import TestServer

HERE = "/definitions/template/hello"
TEXT = "title: Hello\nsubject: Come by\ntext: Hello you {{ unsubscribe_url }}\n"

anyio = pytest.mark.anyio


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
async def sam(app: App) -> Person:
    return await Person(app).sign_in("sam@example.invalid")


@pytest.fixture
async def cas(app: App) -> Person:
    return await Person(app).sign_in("cas@example.invalid")


def etag_in(text: str) -> str:
    found = re.search(r'name="etag" value="([^"]*)"', text)
    assert found
    return found.group(1)


@anyio
async def test_a_definition_begins_ready_made_is_changed_and_goes_live(lea: Person) -> None:
    begun = await lea.see("/definitions/new?kind=template&start=we-miss-you")
    assert "We miss you" in begun

    saved = await lea.send("/definitions/new/template", key="hello", text=TEXT, note="The first")
    text = await lea.see(f"{HERE}/edit")
    again = await lea.send(f"{HERE}/edit", text=TEXT.replace("Come by", "Come back"), etag=etag_in(text))

    assert (saved.headers["location"], again.headers["location"]) == (HERE, HERE)
    shown = await lea.see(HERE)
    assert "Come back" in shown
    assert (await lea.send(f"{HERE}/publish", etag=etag_in(shown))).status_code == 303
    assert "Live, version 1" in await lea.see(HERE)


@anyio
async def test_everything_wrong_stands_at_its_line_and_the_text_is_kept(lea: Person) -> None:
    wrong = "title: 7\nsubjekt: Come by\ntext: Hello\n"

    answer = await lea.send("/definitions/new/template", key="Not A Key", text=wrong)

    assert answer.status_code == 422
    assert "subjekt: Come by" in answer.text
    for path, line in (("title", 1), ("subjekt", 2)):
        assert f'data-line="{line}">Line {line}</a> <code>{path}</code>' in answer.text
    assert "<code>subject</code>" in answer.text
    key = await lea.send("/definitions/new/template", key="Not A Key", text=TEXT)
    assert "Write the key with small letters" in key.text


@anyio
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title: Hello\nsubject: [", "Line 2"),
        ("- a\n- b", "a list was found"),
        ("", "0 documents were found"),
        ("a: 1\n---\nb: 2", "2 documents were found"),
        ("a: &x 1\nb: *x", "aliases are not allowed"),
    ],
)
async def test_text_that_is_no_definition_says_why(lea: Person, text: str, said: str) -> None:
    answer = await lea.send("/definitions/new/template", key="hello", text=text, do="look")

    assert answer.status_code == 422
    assert said in answer.text


@anyio
async def test_looking_shows_the_meaning_and_saves_nothing(app: App, lea: Person) -> None:
    answer = await lea.send("/definitions/new/template", key="hello", text=TEXT, do="look")

    assert "If it were published now" in answer.text
    assert "Come by" in answer.text
    with app.database.transaction() as tx:
        assert definitions.heads(tx).items == ()


@anyio
async def test_what_hinders_publishing_is_said_and_can_be_saved(lea: Person) -> None:
    text = "name: Lost\napproach: lifecycle\nstage: lapsed\n"

    looked = await lea.send("/definitions/new/segment", key="lost", text=text, do="look")
    saved = await lea.send("/definitions/new/segment", key="lost", text=text)

    assert "Before it can be published" in looked.text
    assert saved.status_code == 303


@anyio
async def test_of_two_who_save_the_later_sees_the_difference_and_loses_nothing(app: App, lea: Person) -> None:
    await lea.send("/definitions/new/template", key="hello", text=TEXT)
    begun = etag_in(await lea.see(f"{HERE}/edit"))
    max_ = await Person(app).sign_in("max@example.invalid")
    await max_.send(f"{HERE}/edit", text=TEXT.replace("Come by", "By Max"), etag=begun)

    late = await lea.send(f"{HERE}/edit", text=TEXT.replace("Come by", "By Lea"), etag=begun)

    assert late.status_code == 409
    assert "Max Applies" in late.text
    assert "<del>By Max</del>" in late.text
    assert "<ins>By Lea</ins>" in late.text
    assert "subject: By Lea" in late.text
    knowing = await lea.send(f"{HERE}/edit", text=TEXT.replace("Come by", "By Lea"), etag=etag_in(late.text))
    assert knowing.status_code == 303
    taken = await max_.send("/definitions/new/template", key="hello", text=TEXT)
    assert (taken.status_code, "exists already" in taken.text) == (409, True)


@anyio
async def test_a_draft_under_somebodys_eye_is_marked_and_taken_on(app: App, sam: Person, lea: Person) -> None:
    begun = await sam.see("/definitions/new?kind=template")
    assert "under the eye of somebody who" in begun

    await sam.send("/definitions/new/template", key="hello", text=TEXT)

    assert "Prepared under somebody" in await sam.see(HERE)
    assert "Take this draft on" not in await sam.see(HERE)
    assert (await sam.send(f"{HERE}/take-on")).status_code == 403
    assert "Publish version" not in await lea.see(HERE)
    await lea.send(f"{HERE}/take-on")
    assert "Publish version 1" in await lea.see(HERE)


@anyio
async def test_a_version_is_saved_as_its_file(app: App, lea: Person) -> None:
    await lea.send("/definitions/new/template", key="hello", text=TEXT)

    answer = await lea.client.get(f"{HERE}/file?version=1")

    assert answer.headers["content-disposition"] == 'attachment; filename="hello.yaml"'
    assert answer.text.startswith("kind: template\nkey: hello\nscope: null\nbody:\n  title: Hello\n")


@anyio
async def test_who_may_not_draft_sees_the_reason_and_no_button(lea: Person, cas: Person, ada: Person) -> None:
    await lea.send("/definitions/new/template", key="hello", text=TEXT)

    for who in (cas, ada):
        shown = await who.see(HERE)
        assert "Edit the draft" not in shown
        assert "Discard" not in shown
        assert "may draft templates; you work in" in shown
        await who.see(f"{HERE}/edit", 403)
        assert (await who.send(f"{HERE}/edit", text=TEXT)).status_code == 403
    assert "not yours to draft" in await cas.see("/definitions/new")
    offered = await ada.see("/definitions/new")  # Who runs it may draft channels.
    assert "kind=channel" in offered
    assert "kind=template" not in offered


@anyio
async def test_an_approved_request_that_cannot_be_done_says_what_stood_in_the_way(app: App) -> None:
    with app.database.transaction() as tx:
        lea, max_ = (office.actor(app, who) for who in ("lea", "max"))
        template = app.kinds.kind("template")
        definitions.save_draft(
            tx,
            max_,
            template,
            "hello",
            {"title": "Hello", "subject": "x", "text": "{{ unsubscribe_url }}"},
            at=AT,
        )
        asked = definitions.publish(tx, max_, template, "hello", at=AT)
        assert isinstance(asked, definitions.Requested)
        found = definitions.draft(tx, template, "hello")
        assert found
        definitions.save_draft(
            tx,
            lea,
            template,
            "hello",
            {"title": "Other", "subject": "x", "text": "{{ unsubscribe_url }}"},
            at=AT,
            etag=found.etag,
        )
        public = access.approval(tx, asked.approval_id).public_id
    boss = await Person(app).sign_in("lea@example.invalid")

    decided = await boss.send(f"/approvals/{public}/approve")

    assert decided.status_code == 303
    shown = await boss.see(f"/approvals/{public}")
    assert "something stood in the way" in shown
    assert "Do it now" in shown
    assert (await boss.send(f"/approvals/{public}/carry-out")).status_code == 409
    cas = await Person(app).sign_in("cas@example.invalid")
    assert "Do it now" not in await cas.see(f"/approvals/{public}")
    assert (await cas.send(f"/approvals/{public}/carry-out")).status_code == 403


@anyio
async def test_points_above_ones_limit_are_posted_by_the_approval(app: App) -> None:
    ned, tia = club(app)
    with app.database.transaction() as tx:
        loyalty.enrol(tx, "club", 7, at=AT)
        deed = loyalty.Deed(programme="club", customer_id=7, kind="give", amount=2000, reason="goodwill")
        asked = loyalty.ask_by_hand(tx, office.actor(app, ned), deed, key="one", at=AT)
    boss = await Person(app).sign_in(f"{tia}@example.invalid")
    here = f"/approvals/{asked.public_id}"
    assert "Give 2,000 points" in await boss.see("/approvals")
    assert 'href="/loyalty/club/members/cus_' in await boss.see(here)

    await boss.send(f"{here}/approve")

    shown = await boss.see(here)
    assert "Approved and posted: give 2,000 points." in shown
    assert "Do it now" not in shown
    with app.database.transaction() as tx:
        member = loyalty.member(tx, 7, programme="club", at=AT)
    assert member
    assert member.spendable == 2000


def club(app: App) -> tuple[str, str]:
    """A programme, somebody who may give a little, and somebody who may give more."""
    body = loyalty.points_club(name="Club", legal_entity="The shop", zone="UTC", money="USD")
    with app.database.transaction() as tx:
        for email, level, function in (("ned", 3, "service_agent"), ("tia", 5, "loyalty")):
            address = f"{email}@example.invalid"
            one = access.add_person(
                tx, SYSTEM, email=address, name=email, level=level, function=function, at=AT
            )
            access.give_password(tx, SYSTEM, one.person_id, PASSWORD, at=AT)
        definitions.save_draft(tx, SYSTEM, loyalty.PROGRAMME, "club", body, at=AT)
        definitions.publish(tx, SYSTEM, loyalty.PROGRAMME, "club", at=AT)
    return "ned", "tia"


@anyio
async def test_the_zone_is_changed_by_who_administers(app: App, ada: Person, lea: Person) -> None:
    assert "Only administration may change the workspace" in await lea.see("/workspace")
    assert "Save the zone" not in await lea.see("/workspace")
    assert (await lea.send("/workspace/zone", zone="Europe/Berlin")).status_code == 403

    wrong = await ada.send("/workspace/zone", zone="Europe/Nowhere")
    right = await ada.send("/workspace/zone", zone="Europe/Berlin")

    assert (wrong.status_code, right.status_code) == (422, 303)
    assert "Give an IANA name" in wrong.text
    assert "Start it again, and the new zone holds" in await ada.see("/workspace")
    with app.database.transaction() as tx:  # Segments look at days.
        assert tx.execute("select sweep_due from segments.state").fetchone() == (True,)


@anyio
async def test_a_company_of_one_is_one_person(app: App, ada: Person) -> None:
    assert "5 are" in await ada.see("/workspace")
    assert (await ada.send("/workspace/solo", on="on")).status_code == 409
    with app.database.transaction() as tx:
        for one in access.people(tx, active=True):
            if one.name != "Ada Admin":
                access.deactivate(tx, office.actor(app, "ada"), one.person_id, at=AT, now=app.wall.now())

    assert (await ada.send("/workspace/solo", on="on")).status_code == 303
    assert "company of one" in await ada.see("/workspace")
    await ada.send("/workspace/solo")

    assert "I work alone" in await ada.see("/workspace")


@anyio
async def test_the_audit_speaks_in_words_and_tells_repeats_once(app: App, ada: Person) -> None:
    for _ in range(2):
        await Person(app).sign_in("ada@example.invalid")
    with app.database.transaction() as tx:
        number = jobs.defer(tx, "export", {}, requested_by="Ada")
        path = f"/jobs/{jobs.get(tx, number).public_id}"
    await ada.send(f"{path}/cancel")

    text = await ada.see("/audit")

    assert "signed in <strong>3 times</strong>" in text
    assert "cancelled a job" in text
    assert "Sunday, 28 December 2025" in text
    assert "0 fields" not in text
    only = await ada.see("/audit?action=sign_in")
    assert "cancelled a job<" not in only.split("<tbody>", 1)[1]


@anyio
async def test_the_product_s_own_changes_stand_in_the_audit(app: App, lea: Person, ada: Person) -> None:
    await lea.send("/clock/advance", step="day", back="/settings")

    assert "advanced the clock" in await ada.see("/audit?action=clock.advance")


PLACES = ("/people", "/workspace", "/keys", "/approvals", "/audit", "/definitions", "/readers", "/jobs")
FORBIDDEN = {
    "sam": {"/keys", "/audit", "/readers", "/jobs"},
    "cas": {"/keys", "/audit", "/readers", "/jobs"},
    "lea": {"/keys"},
    "ada": set(),
}


@anyio
@pytest.mark.parametrize("who", list(FORBIDDEN))
async def test_each_place_is_there_or_says_why_not(app: App, who: str) -> None:
    person = await Person(app).sign_in(f"{who}@example.invalid")
    listed = await person.see("/settings")

    for path in PLACES:
        shut = path in FORBIDDEN[who]
        text = await person.see(path, 403 if shut else 200)
        assert (f'class="place" href="{path}"' in listed) is not shut
        assert ("You may not do this" in text) is shut
        assert ("Somebody who looks after people and access" in text) is shut


@anyio
async def test_empty_places_say_what_they_are_for(ada: Person, lea: Person) -> None:
    for path, words in (
        ("/keys", "No keys yet"),
        ("/approvals", "Nothing waits for you"),
        ("/definitions", "Nothing is defined yet"),
        ("/definitions?q=zzz", "Nothing fits these filters"),
        ("/jobs", "No job has run yet"),
        ("/readers", "No reader has started yet"),
        ("/audit?subject=zzz", "Nothing fits these filters"),
    ):
        assert words in await ada.see(path)
    assert "Start from a ready-made one" in await lea.see("/definitions")


def test_every_ready_made_body_can_be_drafted(app: App) -> None:
    for kind in app.kinds:
        *ready, empty = starts(kind, "UTC")
        assert ready, f"The kind {kind.name} has nothing ready-made."
        for one in ready:
            definitions.decode(kind.body, one.body)
        assert all(finding.path for finding in findings_of(kind, empty.body))


def findings_of(kind: definitions.Kind[Any], body: dict[str, Any]) -> tuple[Finding, ...]:
    try:
        definitions.decode(kind.body, body)
    except Invalid as error:
        return error.findings
    return ()


def test_a_path_is_found_at_its_line_or_its_parent_s() -> None:
    text = "name: A\nstages:\n  - key: a\n    condition:\n      is: ever\n  - key: b\n"

    assert [line_of(text, path) for path in ("name", "stages[1].key", "stages[0].condition.days")] == [
        1,
        6,
        4,
    ]
    assert line_of(text, "line 4, column 2") == 4
    assert line_of("a: [", "a") is None


def test_every_action_of_the_audit_has_words() -> None:
    root = Path(access.__file__).parents[1]
    called = re.compile(r'(?:recorded?|_tell)\(\s*(?:[\w.]+,\s*)*"([a-z_]+(?:\.[a-z_]+)?)"')
    written = {action for path in root.rglob("*.py") for action in called.findall(path.read_text())}

    assert len(written) > 15
    assert written - DEEDS.keys() == set()


SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def office_app(server: TestServer) -> Iterator[App]:
    """One of everything that the settings show; its tests only look."""
    dsn = server.clone()
    with Database(dsn) as database:
        app = office.build(database)
        furnish(app)
        yield app
    drop_database(server.dsn, dsn.split("dbname=")[1].split()[0])


def furnish(app: App) -> None:
    ada, lea, max_, sam = (office.actor(app, who) for who in ("ada", "lea", "max", "sam"))
    body = {"title": "Hello", "subject": "Come by", "text": "Hello you {{ unsubscribe_url }}"}
    template = app.kinds.kind("template")
    with app.database.transaction() as tx:
        definitions.save_draft(tx, lea, template, "hello", body, at=AT)
        definitions.publish(tx, lea, template, "hello", at=AT)
        live = definitions.live(tx, template, "hello")
        assert live
        changed = body | {"subject": "Come back"}
        definitions.save_draft(tx, max_, template, "hello", changed, at=AT, etag=live.etag)
        definitions.publish(tx, max_, template, "hello", at=AT)
        definitions.save_draft(tx, sam, template, "draft-of-sam", body, at=AT)
        access.make_key(tx, ada, name="shop", kind="tracking", level=None, function=None, scope=None, at=AT)
        jobs.defer(tx, "clock.advance", {"to": AT.isoformat()}, requested_by="Lea")


@pytest.fixture(scope="module")
def office_url(office_app: App, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with office.serving(office_app, tmp_path_factory.mktemp("office")) as url:
        yield url


def enter(browser: Browser, url: str, who: str, theme: str) -> Page:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=url)
    context.add_cookies([{"name": "regulars-theme", "value": theme, "url": url}])
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto("/sign-in")
    assert serious(page) == []
    page.fill("#f-email", f"{who}@example.invalid")
    page.fill("#f-password", PASSWORD)
    page.click("button")
    page.wait_for_url("**/")
    return page


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found if one["impact"] in SERIOUS]


SEEN_BY_ADA = (
    "/settings",
    "/workspace",
    "/people",
    "/people/new",
    "/people/{person}",
    "/you",
    "/keys",
    "/keys/new",
    "/audit",
    "/audit/{entry}",
    "/readers",
    "/jobs",
    "/jobs/{job}",
    "/nowhere-at-all",
    "/invitation/{invitation}",
)
SEEN_BY_LEA = (
    "/approvals",
    "/approvals/apr_1",
    "/definitions",
    "/definitions/new",
    "/definitions/new?kind=programme&start=club",
    "/definitions/template/hello",
    "/definitions/template/hello?tab=versions",
    "/definitions/template/hello?tab=diff",
    "/definitions/template/hello/edit",
    "/definitions/template/draft-of-sam",
    "/keys",
)


def addresses(app: App) -> dict[str, str]:
    with app.database.transaction() as tx:
        return {
            "person": access.people(tx)[0].public_id,
            "entry": "aud_1",
            "invitation": invitation(app, tx),
            "job": jobs.jobs(tx).items[0].public_id,
        }


def invitation(app: App, tx: Tx) -> str:
    found = access.person_by_email(tx, "max@example.invalid")
    assert found
    ada = office.actor(app, "ada")
    return access.invite(tx, ada, found.person_id, at=AT, now=app.wall.now())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_first_page_of_all_is_accessible(
    browser: Browser, database: Database, tmp_path: Path, theme: str
) -> None:
    app = assemble(read_settings(workspace="fresh"), database)
    with office.serving(app, tmp_path) as url:
        context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=url)
        context.add_cookies([{"name": "regulars-theme", "value": theme, "url": url}])
        page = context.new_page()

        page.goto("/")

        expect(page.locator("h1")).to_have_text("You are the first here")
        assert serious(page) == []
        context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_fits_and_axe_finds_nothing_serious(
    browser: Browser, office_app: App, office_url: str, theme: str
) -> None:
    wrong: list[str] = []
    known = addresses(office_app)
    for who, paths in (("ada", SEEN_BY_ADA), ("lea", SEEN_BY_LEA)):
        page = enter(browser, office_url, who, theme)
        for path in paths:
            page.goto(path.format(**known))
            wrong += [f"{path}: {one}" for one in serious(page)]
            page.set_viewport_size({"width": 390, "height": 844})
            if page.evaluate("document.documentElement.scrollWidth") > 390:
                wrong.append(f"{path} is wider than a phone")
            page.set_viewport_size({"width": 1440, "height": 900})
            if page.locator("h1").count() != 1:
                wrong.append(f"{path} has not one heading")
        page.context.close()

    assert wrong == []


def test_a_finding_leads_to_its_line_in_the_text(browser: Browser, office_url: str) -> None:
    page = enter(browser, office_url, "lea", "light")
    page.goto("/definitions/template/hello/edit")
    page.fill("#f-text", "title: Hello\nsubjekt: Come by\ntext: Hello\n")

    page.click("text=Show what it would mean")
    page.click("text=Line 2")

    expect(page.locator("#f-text")).to_be_focused()
    chosen = "t => t.value.slice(t.selectionStart, t.selectionEnd)"
    assert page.locator("#f-text").evaluate(chosen) == "subjekt: Come by"
    assert serious(page) == []
    page.context.close()


def test_an_entry_of_the_audit_opens_beside_the_list(browser: Browser, office_url: str) -> None:
    page = enter(browser, office_url, "ada", "light")
    page.goto("/audit?action=definitions.published")

    page.locator("#results [data-drawer]").first.click()

    expect(page.locator("#drawer h2")).to_contain_text("Lea Leads published")
    assert serious(page) == []
    page.context.close()
