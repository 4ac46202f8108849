"""Texts that come in and what became of texts, as Twilio and its like tell it: signed, or not there."""

from collections.abc import Callable, Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from regulars import channels, connections, definitions, messaging, preferences
from regulars.app import App
from regulars.channels import CHANNEL, ChannelBody, Provider, Texting, Twilio
from regulars.db import Tx
from regulars.intake.hosted_forms import Typed
from regulars.kernel import CallerError, NotFound, parse_public_id
from regulars.messaging import Reaction

XML = "text/xml; charset=utf-8"
# What Twilio says of a number to which nothing will ever go; and that its owner said STOP to the provider.
FOR_GOOD = frozenset({"21211", "21614", "30004", "30005", "30006"})
SAID_STOP = "21610"


def add(router: APIRouter, app: App, guarded: Callable[[Callable[[], Response]], Response]) -> None:
    @router.post("/{key}/texts/{provider}")
    def text_in(key: str, provider: str, request: Request, typed: Typed) -> Response:
        return guarded(lambda: _text_in(app, key, provider, request, typed))

    @router.post("/{key}/texts/{provider}/status")
    def text_status(key: str, provider: str, request: Request, typed: Typed) -> Response:
        return guarded(lambda: _text_status(app, key, provider, request, typed))


def live_body(tx: Tx, key: str, medium: str) -> ChannelBody:
    found = definitions.live(tx, CHANNEL, key)
    if found is None or found.body.medium != medium:
        raise NotFound("There is no such channel.")
    return found.body


def secrets_of(app: App, tx: Tx, key: str, provider: Provider) -> list[str]:
    """Those that count, newest first."""
    name, place = channels.secret_name(key, provider.name), channels.place_of(provider)
    return connections.opened(tx, app.vault, name, app.wall.now(), place=place)


def _genuine(
    app: App, tx: Tx, key: str, provider: str, request: Request, typed: dict[str, list[str]] | str
) -> tuple[Mapping[str, str], Texting]:
    """The fields of what a provider sent; raises NotFound for what it did not."""
    body = live_body(tx, key, "sms")
    one = next((p for p in body.providers if isinstance(p, Twilio) and p.name == provider), None)
    if one is None or isinstance(typed, str):
        raise NotFound("There is no such channel.")
    form = {name: found[0] for name, found in typed.items()}
    query = f"?{request.url.query}" if request.url.query else ""
    url = f"{app.settings.address}{request.url.path}{query}"
    given = request.headers.get("x-twilio-signature", "")
    tokens = secrets_of(app, tx, key, one)
    if not any(channels.is_genuine(token, url, form, given) for token in tokens):
        raise NotFound("There is no such channel.")
    return form, body.texting


def _text_in(
    app: App, key: str, provider: str, request: Request, typed: dict[str, list[str]] | str
) -> Response:
    """One word stops all texts, at once; what says something else is left to whoever reads texts."""
    with app.database.transaction() as tx:
        form, texting = _genuine(app, tx, key, provider, request, typed)
        wish = channels.wish_of(form.get("Body", ""))
        if wish is None:
            return Response(channels.reply(""), media_type=XML)
        at = app.now(tx)
        preferences.hear_text(tx, form.get("From", ""), wish, key=form.get("MessageSid", "")[:64], at=at)
    answers = {"stop": texting.stop, "start": texting.start, "help": texting.help}
    return Response(channels.reply(answers[wish]), media_type=XML)


def _text_status(
    app: App, key: str, provider: str, request: Request, typed: dict[str, list[str]] | str
) -> Response:
    with app.database.transaction() as tx:
        form, _ = _genuine(app, tx, key, provider, request, typed)
        state, code = form.get("MessageStatus", ""), form.get("ErrorCode", "")
        try:
            send_id = parse_public_id("msg", request.query_params.get("message", ""))
        except CallerError:
            return Response(status_code=204)
        at = app.now(tx)
        if code == SAID_STOP:
            preferences.hear_text(tx, form.get("To", ""), "stop", key=f"status:{send_id}", at=at)
        if state == "delivered":
            messaging.react(
                tx, [Reaction(key=f"text:{send_id}:delivered", send_id=send_id, kind="delivered", at=at)]
            )
        elif state in ("undelivered", "failed"):
            hard, told = code in FOR_GOOD or code == SAID_STOP, f"{state} {code}".strip()
            bounced = Reaction(
                key=f"text:{send_id}:failed", send_id=send_id, kind="bounced", at=at, hard=hard, detail=told
            )
            messaging.react(tx, [bounced])
            if hard and code != SAID_STOP:
                messaging.suppress(tx, [form.get("To", "")], reason="hard_bounce", at=at, channel="sms")
    return Response(status_code=204)
