"""The generic provider: a request made from a template, and what in its answer means no."""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlencode

from liquid import BoundTemplate, Environment
from liquid.exceptions import LiquidError

from regulars.channels.asking import Asked, HttpWay, judged, read, said
from regulars.channels.body import ChannelBody, Http
from regulars.channels.channel import Message, Receipt
from regulars.channels.composing import Composer
from regulars.channels.mailboxes import Unsendable
from regulars.channels.work import Down, failed
from regulars.outgoing import Answer, WayOut

NAMES = (
    "to, subject, preheader, text, html, link, image, message_id, from_name, from_address, from, reply_to, "
    "headers, raw_base64, secret"
)
KNOWN = frozenset(NAMES.split(", "))
ALONE = re.compile(r"\s*\{\{-?\s*([a-z_]+)\s*-?\}\}\s*")
STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
DEPTH_MAX = 12


class _Limited(Environment):
    loop_iteration_limit = 1_000
    output_stream_limit = 20_000_000


@cache
def _environment() -> Environment:
    return _Limited(strict_filters=True)


Filled = Callable[[Mapping[str, Any]], Any]


def problems(one: Http) -> list[tuple[str, str]]:
    """What is wrong with a request, by place."""
    found = []
    texts = {f"headers.{name}": text for name, text in one.headers.items()}
    texts |= {f"form.{name}": text for name, text in one.form.items()}
    texts |= dict(_leaves(one.json, "json"))
    for path, text in texts.items():
        try:
            template = _environment().from_string(text)
        except LiquidError as wrong:
            found.append((path, f"It cannot be read as Liquid: {str(wrong)[:120]}"))
            continue
        unknown = sorted(set(template.global_variables()) - KNOWN)
        if unknown:
            found.append((path, f"Nothing is called {unknown[0][:40]!r}; there are {NAMES}."))
    if one.error_match:
        try:
            re.compile(one.error_match)
        except re.error as wrong:
            found.append(("error_match", f"It is no pattern: {wrong}."))
    return found


def _leaves(given: object, path: str, depth: int = 0) -> list[tuple[str, str]]:
    if depth > DEPTH_MAX:
        return [(path, "{{ it is nested too deep }")]
    if isinstance(given, str):
        return [(path, given)]
    if isinstance(given, Mapping):
        return [one for name, inner in given.items() for one in _leaves(inner, f"{path}.{name}", depth + 1)]
    if isinstance(given, list):
        return [one for n, inner in enumerate(given) for one in _leaves(inner, f"{path}[{n}]", depth + 1)]
    return []


def prepared(given: object) -> Filled:
    """A structure whose strings are filled in: what is put in can end no string and add no field."""
    if isinstance(given, str):
        alone = ALONE.fullmatch(given)
        if alone:
            name = alone[1]
            return lambda variables: variables.get(name)
        if "{{" not in given and "{%" not in given:
            return lambda _variables: given
        template: BoundTemplate = _environment().from_string(given)
        return lambda variables: template.render(**variables)
    if isinstance(given, Mapping):
        fields = {str(name): prepared(inner) for name, inner in given.items()}
        return lambda variables: {name: inner(variables) for name, inner in fields.items()}
    if isinstance(given, list):
        members = [prepared(inner) for inner in given]
        return lambda variables: [inner(variables) for inner in members]
    return lambda _variables: given


class RequestWay(HttpWay):
    def __init__(self, provider: Http, composer: Composer, secret: str | None, *, way: WayOut) -> None:
        super().__init__(
            provider.name,
            at_once=provider.at_once,
            per_second=provider.per_second,
            timeout_s=provider.timeout_s,
            way=way,
        )
        self._provider, self._composer, self._secret = provider, composer, secret
        self._headers, self._json = prepared(provider.headers), prepared(provider.json)
        self._form = prepared(provider.form)
        told = f"{provider.headers}{provider.json}{provider.form}"
        self._wants_raw, self._wants_secret = "raw_base64" in told, re.search(r"\bsecret\b", told)
        self._wrong = re.compile(provider.error_match) if provider.error_match else None

    def asked(self, message: Message) -> Asked:
        if self._wants_secret and self._secret is None:
            raise Down("Its secret is not set, or was given for another place.")
        variables = variables_of(self._composer, message, raw=self._wants_raw) | {
            "secret": self._secret or ""
        }
        try:
            headers = {name: str(text) for name, text in self._headers(variables).items()}
            if self._provider.form:
                content = urlencode(
                    {name: _text(one) for name, one in self._form(variables).items()}
                ).encode()
                kind = "application/x-www-form-urlencoded"
            else:
                content, kind = json.dumps(self._json(variables)).encode(), "application/json"
        except LiquidError as wrong:
            raise Unsendable(f"The request could not be filled in: {str(wrong)[:200]}") from wrong
        if any(not text.isascii() or not text.isprintable() for text in headers.values()):
            raise Unsendable("A header of the request would hold signs that no header may hold.")
        return Asked(
            url=self._provider.url,
            method=self._provider.method,
            content=content,
            headers={"content-type": kind} | {name.lower(): text for name, text in headers.items()},
        )

    def judged(self, message: Message, answer: Answer) -> Receipt:
        """Some answer 200 with an error inside."""
        told = judged(message, answer, success=tuple(self._provider.success))
        if told.outcome != "sent":
            return told
        if self._provider.error_path:
            inside = at_path(read(answer), self._provider.error_path)
            if inside not in (None, "", [], {}, False, 0):
                return failed(message, f"{answer.status}, with an error inside: {str(inside)[:250]}")
        if self._wrong and self._wrong.search(answer.content.decode("utf-8", "replace")):
            return failed(message, f"{answer.status}, with an error inside: {said(answer)}")
        return told


def variables_of(composer: Composer, message: Message, *, raw: bool) -> dict[str, Any]:
    body: ChannelBody = composer.body
    headers = composer.headers(message) if body.from_address else dict(message.more)
    made: dict[str, Any] = {
        "to": message.address,
        "subject": message.subject,
        "preheader": message.preheader,
        "text": message.text,
        "html": message.html,
        "link": message.link,
        "image": message.image,
        "message_id": message.id,
        "from_name": body.from_name,
        "from_address": body.from_address,
        "from": headers.get("From", ""),
        "reply_to": body.reply_to,
        "headers": headers,
    }
    if raw:
        made["raw_base64"] = b64encode(composer.compose(message).data).decode()
    return made


def at_path(given: Any, path: str) -> Any:
    """What stands at a place of an answer, as in errors[0].message; None when there is no such place."""
    for name, number in STEP.findall(path):
        if number:
            given = given[int(number)] if isinstance(given, list) and int(number) < len(given) else None
        else:
            given = given.get(name) if isinstance(given, Mapping) else None
    return given


def _text(one: object) -> str:
    return "" if one is None else one if isinstance(one, str) else json.dumps(one)
