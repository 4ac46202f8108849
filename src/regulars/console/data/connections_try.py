"""The try-out box of a connection: paste a payload, see the events it becomes or what is wrong and where."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from regulars import access, connections
from regulars.connections import ConnectionBody, LastPayload, Sample, Trial
from regulars.console.console import pages
from regulars.console.data import shielding
from regulars.console.data.connections import known_body
from regulars.console.visit import Visit, Visiting, page, redirect

router = pages()


@dataclass(frozen=True, slots=True, kw_only=True)
class TryPage:
    key: str
    body: ConnectionBody
    topic: str
    headers: str
    payload: str
    trial: Trial | None
    events: tuple[tuple[str, str], ...]  # What it is, and its text.
    samples: tuple[Sample, ...]
    last: tuple[LastPayload, ...]
    masked: bool  # Contact details of what really came.
    chosen: str


@router.get("/data/connections/{key}/try")
def trying(visit: Visiting, key: str, sample: str = "", last: str | None = None) -> Response:
    """Empty, with a sample, or with the last payload of a topic that really came."""
    access.require(visit.actor, "sources.view")
    topic, headers, payload = "", "", ""
    chosen = next((one for one in connections.samples() if one.key == sample), None)
    if chosen is not None:
        topic, headers, payload = chosen.topic, _lines(chosen.headers), chosen.text
    elif last is not None:
        with visit.app.database.transaction() as tx:
            kept = connections.last_payloads(tx, key, now=visit.app.wall.now())
        real = next((one for one in kept if one.topic == last), None)
        if real is not None:
            sees = access.allows(visit.actor, "customers.view_contacts").outcome == "yes"
            payload = shielding.shown(real.payload, path="", sees_contacts=sees).text
            topic, headers = real.topic, _lines(real.headers)
    return page(visit, "data/connections/try.html", _page(visit, key, topic, headers, payload, sample))


@router.post("/data/connections/{key}/try")
def tried(
    visit: Visiting,
    key: str,
    topic: Annotated[str, Form()] = "",
    headers: Annotated[str, Form()] = "",
    payload: Annotated[str, Form()] = "",
) -> Response:
    access.require(visit.actor, "sources.view")
    value = _page(visit, key, topic.strip(), headers, payload)
    return page(visit, "data/connections/try.html", value)


@router.post("/data/connections/{key}/payloads/erase")
def erase(visit: Visiting, key: str) -> Response:
    """What really came last is personal data: it can be let go before its time."""
    access.require(visit.actor, "rejects.mend")
    with visit.app.database.transaction() as tx:
        count = connections.erase_payloads(tx, key)
        visit.record(tx, "connections.erase_payloads", kind="connection", subject=key, after={"count": count})
    return redirect(visit, f"/data/connections/{key}/try", "The last payloads are erased.")


def _page(visit: Visit, key: str, topic: str, headers: str, payload: str, chosen: str = "") -> TryPage:
    sees = access.allows(visit.actor, "customers.view_contacts").outcome == "yes"
    with visit.app.database.transaction() as tx:
        body = known_body(tx, key)
        now = visit.app.wall.now()
        trial = (
            connections.try_out(tx, body, payload, now=now, topic=topic, headers=_read(headers), key=key)
            if payload.strip()
            else None
        )
        last = connections.last_payloads(tx, key, now=now)
    return TryPage(
        key=key,
        body=body,
        topic=topic,
        headers=headers,
        payload=payload,
        trial=trial,
        events=tuple((_title(one), trial.text_of(one)) for one in trial.messages) if trial else (),
        samples=tuple(one for one in connections.samples() if one.shape == body.shape),
        last=tuple(last),
        masked=not sees,
        chosen=chosen,
    )


def _title(message: dict[str, object]) -> str:
    who = message.get("userId") or message.get("anonymousId")
    name = message.get("event") or message.get("name") or message["type"]
    return f"{name} of {who}" if who else f"{name}"


def _lines(headers: dict[str, str]) -> str:
    return "\n".join(f"{name}: {text}" for name, text in headers.items())


def _read(text: str) -> dict[str, str]:
    """Name and value of each line; what is no header is passed over."""
    pairs = (line.partition(":") for line in text.splitlines()[:50])
    return {name.strip().lower(): value.strip() for name, colon, value in pairs if colon and name.strip()}
