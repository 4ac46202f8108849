"""Signing in, forms from elsewhere, and errors as pages."""

import re
import threading

import httpx
import pytest

from tests.acceptance.console.gallery import PASSWORD, PlainGate, server

BASE = "http://console.test"


def open_client(gate: PlainGate | None = None) -> httpx.AsyncClient:
    app = server(gate)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=BASE, headers={"Origin": BASE})


def token_in(text: str) -> str:
    found = re.search(r'csrf_token" value="(\w+)"', text)
    assert found
    return found.group(1)


async def sign_in(client: httpx.AsyncClient, password: str = PASSWORD, to: str = "/") -> httpx.Response:
    form = await client.get("/sign-in", params={"next": to})
    data = {
        "email": "ada@example.invalid",
        "password": password,
        "next": to,
        "csrf_token": token_in(form.text),
    }
    return await client.post("/sign-in", data=data)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


pytestmark = pytest.mark.anyio


async def test_whoever_is_not_signed_in_is_led_to_the_form_and_back() -> None:
    async with open_client() as client:
        sent = await client.get("/gallery?q=a")
        assert sent.headers["location"] == "/sign-in?next=%2Fgallery%3Fq%3Da"

        entered = await sign_in(client, to="/gallery?q=a")

        assert (entered.status_code, entered.headers["location"]) == (303, "/gallery?q=a")


async def test_sign_in_never_leads_to_another_site() -> None:
    async with open_client() as client:
        entered = await sign_in(client, to="//elsewhere.example")

    assert entered.headers["location"] == "/"


async def test_a_wrong_password_keeps_the_address_and_says_what_to_do() -> None:
    async with open_client() as client:
        refused = await sign_in(client, "wrong")

    assert refused.status_code == 401
    assert 'value="ada@example.invalid"' in refused.text
    assert "Check both" in refused.text
    assert "wrong" not in refused.text.replace("wrong-", "")


async def test_too_many_tries_are_stopped() -> None:
    async with open_client() as client:
        answers = [(await sign_in(client, "wrong")).status_code for _ in range(7)]

    assert answers == [401] * 5 + [429] * 2


async def test_the_first_person_is_set_up_and_signed_in() -> None:
    async with open_client(PlainGate(people=0)) as client:
        assert (await client.get("/sign-in")).headers["location"] == "/set-up"
        form = await client.get("/set-up")
        data = {"name": "Ada", "email": "ada@example.invalid", "csrf_token": token_in(form.text)}

        weak = await client.post("/set-up", data={**data, "password": "short"})
        assert weak.status_code == 422
        assert "Use at least 12 signs" in weak.text
        done = await client.post("/set-up", data={**data, "password": PASSWORD})

        assert done.headers["location"] == "/"
        assert (await client.get("/gallery")).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": BASE, "X-CSRF-Token": "0" * 64},
        {"Origin": BASE},
    ],
)
async def test_a_form_from_elsewhere_changes_nothing(headers: dict[str, str]) -> None:
    async with open_client() as client:
        await sign_in(client)

        answer = await client.post("/gallery/save", headers=headers)

        assert answer.status_code == 403


async def test_the_token_of_another_session_is_refused() -> None:
    async with open_client() as other, open_client() as client:
        await sign_in(other)
        await sign_in(other)
        foreign = token_in((await other.get("/gallery")).text)
        await sign_in(client)

        answer = await client.post("/gallery/save", data={"csrf_token": foreign})

        assert answer.status_code == 403


PART = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#results"}


async def test_a_saved_form_says_so_once() -> None:
    async with open_client() as client:
        await sign_in(client)
        token = token_in((await client.get("/gallery")).text)

        saved = await client.post("/gallery/save", data={"csrf_token": token})
        first, second = await client.get(saved.headers["location"]), await client.get("/gallery")

        assert "1,204 customers are in the segment now" in first.text
        assert "1,204 customers are in the segment now" not in second.text


async def test_a_part_of_a_page_does_not_take_what_the_page_is_to_say() -> None:
    async with open_client() as client:
        await sign_in(client)
        token = token_in((await client.get("/gallery")).text)
        saved = await client.post("/gallery/save", data={"csrf_token": token})

        await client.get("/gallery", headers=PART)
        page = await client.get(saved.headers["location"])

        assert "1,204 customers are in the segment now" in page.text


async def test_htmx_gets_the_named_block_only() -> None:
    async with open_client() as client:
        await sign_in(client)

        part = await client.get("/gallery", headers=PART)

        assert "Household 900" in part.text
        assert "<html" not in part.text


async def test_htmx_without_a_session_goes_to_sign_in_as_a_page() -> None:
    async with open_client() as client:
        answer = await client.get("/gallery", headers={"HX-Request": "true"})

    assert answer.headers["hx-redirect"] == "/sign-in"


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("forbidden", 403, "Somebody who looks after people and access can give you more"),
        ("not-found", 404, "No customer has the id"),
        ("stale", 409, "They saved"),
        ("conflict", 409, "has been sent"),
        ("invalid", 422, "Give the segment a name"),
        ("too-many", 429, "wait a minute"),
        ("fault", 500, "Reference"),
    ],
)
async def test_each_error_is_a_page_in_the_frame(name: str, status: int, words: str) -> None:
    async with open_client() as client:
        await sign_in(client)

        answer = await client.get(f"/gallery/errors/{name}")

        assert answer.status_code == status
        assert words in answer.text
        assert "secret text" not in answer.text
        assert 'class="areas"' in answer.text


async def test_an_unknown_address_is_a_page() -> None:
    async with open_client() as client:
        assert (await client.get("/nowhere")).status_code == 404
        await sign_in(client)
        assert 'class="areas"' in (await client.get("/nowhere")).text


async def test_every_answer_carries_the_policy() -> None:
    async with open_client() as client:
        for path in ("/sign-in", "/static/base.css", "/nowhere"):
            policy = (await client.get(path)).headers["content-security-policy"]
            assert "unsafe" not in policy
            assert "default-src 'none'" in policy


async def test_signing_out_ends_the_session() -> None:
    gate = PlainGate()
    async with open_client(gate) as client:
        await sign_in(client)
        token = token_in((await client.get("/gallery")).text)

        await client.post("/sign-out", data={"csrf_token": token})

        assert gate.sessions == set()
        assert (await client.get("/gallery")).status_code == 303


async def test_streams_end_when_the_server_is_about_to_stop() -> None:
    app = server()
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url=BASE, headers={"Origin": BASE}
    )
    async with client:
        await sign_in(client)
        threading.Timer(0.5, app.state.console.streams.close).start()

        answer = await client.get("/gallery/stream", timeout=5)

        assert "1,204 events arrived" in answer.text
