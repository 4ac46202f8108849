"""The tag `fetch`: {% fetch "https://api.example/offers/{{ customer.id }}" :save offer %}."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TextIO
from urllib.parse import quote, urlsplit

from liquid import BoundTemplate, Environment, RenderContext, TokenStream
from liquid.ast import Node
from liquid.builtin.expressions import Identifier
from liquid.exceptions import LiquidError, LiquidSyntaxError
from liquid.stringify import to_liquid_string
from liquid.tag import Tag
from liquid.token import TOKEN_EXPRESSION, TOKEN_TAG, Token

from regulars.templates.aborting import Abort
from regulars.templates.fetching import CACHE_S, CACHE_S_MAX, Asked, Fetch, Fetched
from regulars.templates.masking import each_piece, with_filter

FETCHING = "_fetching"  # The variable that says how; no template of ours can name it.
FETCHES_MAX = 10
ADDRESS = re.compile(r"\s*(?:\"([^\"]*)\"|'([^']*)')\s*")
OPTION = re.compile(r":(?P<name>[a-z_]+)\s*")
VALUE = re.compile(r"(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s:\"'{}]+))\s*")
METHODS = ("GET", "POST", "PUT", "PATCH")
NAME = re.compile(r"[a-z_][a-z0-9_]*")
STATUS_GONE = (404, 410)
OK = range(200, 300)


@dataclass(slots=True)
class Fetching:
    """What the requests of one message go by."""

    fetch: Fetch | None
    hosts: frozenset[str]
    left: int = FETCHES_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the tag says; texts with Liquid are templates."""

    url: BoundTemplate
    host: str
    method: str
    headers: tuple[tuple[str, BoundTemplate], ...]
    body: Any  # Parsed JSON, whose texts are templates; None for none.
    save: str
    cache_s: int
    blank: bool  # Whether to go on with nothing when the other side fails.
    personal: bool  # Whether anything in it is of one person.


class FetchNode(Node):
    """One request, made where it stands."""

    __slots__ = ("request",)

    def __init__(self, token: Token, request: Request) -> None:
        super().__init__(token)
        self.request = request
        self.blank = False

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        said = self.request
        answer = _answer(said, context)
        content = _content(answer) if answer.status in OK else None
        if said.save:
            context.assign(said.save, {"status": answer.status} if content is None else content)
            return 0
        return buffer.write(to_liquid_string(content, context.autoescape))

    def children(self, static_context: RenderContext, *, include_partials: bool = True) -> Iterable[Node]:  # noqa: ARG002
        for template in _templates(self.request):
            yield from template.nodes

    def template_scope(self) -> Iterable[Identifier]:
        return [Identifier(self.request.save, token=self.token)] if self.request.save else []


class FetchTag(Tag):
    name = "fetch"
    block = False

    def parse(self, stream: TokenStream) -> Node:
        token = stream.eat(TOKEN_TAG)
        if stream.current.kind != TOKEN_EXPRESSION:
            raise LiquidSyntaxError("fetch takes an address in quotes", token=token)
        return FetchNode(token, _request(self.env, stream.current.value, token))


def _request(env: Environment, said: str, token: Token) -> Request:
    found = ADDRESS.match(said)
    if found is None:
        raise LiquidSyntaxError("fetch takes an address in quotes first", token=token)
    url = found[1] if found[1] is not None else found[2]
    host = _host(url, token)
    options = _options(said[found.end() :], token)
    method = str(options.pop("method", "post" if "body" in options else "get")).upper()
    if method not in METHODS:
        raise LiquidSyntaxError(
            f"fetch asks with {', '.join(METHODS).lower()}, not {method[:20]!r}", token=token
        )
    personal = "{{" in said or "{%" in said
    request = Request(
        url=env.from_string(each_piece(url, _encoded)),
        host=host,
        method=method,
        headers=_headers(env, options.pop("headers", {}), token),
        body=_templated(env, options.pop("body", None)),
        save=_name(options.pop("save", ""), token),
        cache_s=_cache_s(options.pop("cache_max_age", None), method, token, personal=personal),
        blank=_blank(options.pop("on_error", "abort"), token),
        personal=personal,
    )
    if options:
        known = "method, headers, body, save, cache_max_age, on_error"
        raise LiquidSyntaxError(f"fetch has no :{min(options)}; it has {known}", token=token)
    return request


def _host(url: str, token: Token) -> str:
    """The host is written out: no customer decides who is asked."""
    try:
        read = urlsplit(url.partition("{")[0])
        host, port, scheme, path = read.hostname or "", read.port, read.scheme, read.path
    except ValueError as cause:
        raise LiquidSyntaxError(f"fetch cannot read the address: {cause}", token=token) from cause
    if scheme not in ("https", "http") or not host or ("{" in url and not path) or "@" in read.netloc:
        raise LiquidSyntaxError(
            "fetch takes an address with its host written out, as in https://h/{{ x }}", token=token
        )
    return f"{host}:{port}" if port else host


def _encoded(piece: str) -> str:
    return with_filter(piece, "url_part")


def url_part(value: object) -> str:
    """Return the value as one part of an address: it can neither leave its place nor begin another."""
    return quote("" if value is None else str(value), safe="").replace(".", "%2E")


def _options(said: str, token: Token) -> dict[str, Any]:
    found: dict[str, Any] = {}
    at = 0
    while at < len(said):
        option = OPTION.match(said, at)
        if option is None:
            raise LiquidSyntaxError(
                f"fetch cannot read {said[at : at + 40]!r}; options begin with a colon", token=token
            )
        at = option.end()
        if said[at : at + 1] in "{[" and at < len(said):
            try:
                found[option["name"]], at = json.JSONDecoder().raw_decode(said, at)
            except ValueError as cause:
                raise LiquidSyntaxError(
                    f"fetch: :{option['name']} is no JSON ({cause})", token=token
                ) from cause
            at += len(said[at:]) - len(said[at:].lstrip())
        else:
            value = VALUE.match(said, at)
            if value is None:
                raise LiquidSyntaxError(f"fetch: :{option['name']} wants a value", token=token)
            found[option["name"]] = next(one for one in value.groups() if one is not None)
            at = value.end()
    return found


def _headers(env: Environment, given: Any, token: Token) -> tuple[tuple[str, BoundTemplate], ...]:
    if not isinstance(given, dict) or not all(isinstance(one, str) for one in given.values()):
        raise LiquidSyntaxError('fetch: :headers wants texts, as in {"X-Key": "…"}', token=token)
    return tuple((name, env.from_string(said)) for name, said in given.items())


def _templated(env: Environment, given: Any) -> Any:
    if isinstance(given, str):
        return env.from_string(given)
    if isinstance(given, dict):
        return {name: _templated(env, one) for name, one in given.items()}
    return [_templated(env, one) for one in given] if isinstance(given, list) else given


def _name(given: Any, token: Token) -> str:
    if given and (not isinstance(given, str) or not NAME.fullmatch(given)):
        raise LiquidSyntaxError("fetch: :save wants a name of small letters, as in offer", token=token)
    return given or ""


def _cache_s(given: Any, method: str, token: Token, *, personal: bool) -> int:
    """What was asked for one person is kept for minutes only."""
    most = CACHE_S if personal else CACHE_S_MAX
    if given is None:
        return CACHE_S if method == "GET" else 0
    if not str(given).isdigit() or int(given) > CACHE_S_MAX:
        raise LiquidSyntaxError(f"fetch: :cache_max_age wants seconds, at most {CACHE_S_MAX}", token=token)
    return min(int(given), most)


def _blank(given: Any, token: Token) -> bool:
    if given not in ("abort", "blank"):
        raise LiquidSyntaxError("fetch: :on_error is abort or blank", token=token)
    return bool(given == "blank")


def _templates(request: Request) -> Iterable[BoundTemplate]:
    yield request.url
    yield from (said for _, said in request.headers)
    yield from _inside(request.body)


def _inside(body: Any) -> Iterable[BoundTemplate]:
    if isinstance(body, BoundTemplate):
        yield body
    for one in body.values() if isinstance(body, dict) else body if isinstance(body, list) else ():
        yield from _inside(one)


def _answer(said: Request, context: RenderContext) -> Fetched:
    found = context.resolve(FETCHING)
    how = found if isinstance(found, Fetching) else Fetching(fetch=None, hosts=frozenset())
    if how.fetch is None:
        answer = Fetched(status=0, why="nothing is fetched here")
    elif said.host not in how.hosts:
        answer = Fetched(status=0, why=f"the brand does not allow to fetch from {said.host}")
    elif how.left <= 0:
        raise LiquidError(f"a message fetches at most {FETCHES_MAX} times", token=None)
    else:
        how.left -= 1
        answer = how.fetch(_asked(said, context))
    if answer.status not in OK and answer.status not in STATUS_GONE and not said.blank:
        raise Abort(f"fetch_failed: {said.host}: {answer.why or f'it answered {answer.status}'}")
    return answer


def _asked(said: Request, context: RenderContext) -> Asked:
    headers = {name: _header(_said(one, context)) for name, one in said.headers}
    content = None
    if said.body is not None:
        headers = {"content-type": "application/json"} | headers
        content = json.dumps(_filled(said.body, context)).encode()
    return Asked(
        method=said.method,
        url=_said(said.url, context),
        host=said.host,
        headers=headers,
        content=content,
        cache_s=said.cache_s,
    )


def _header(said: str) -> str:
    """What a header can carry: one line of plain signs."""
    return "".join(sign if sign.isascii() and sign.isprintable() else " " for sign in said).strip()


def _filled(body: Any, context: RenderContext) -> Any:
    if isinstance(body, BoundTemplate):
        return _said(body, context)
    if isinstance(body, dict):
        return {name: _filled(one, context) for name, one in body.items()}
    return [_filled(one, context) for one in body] if isinstance(body, list) else body


def _said(template: BoundTemplate, context: RenderContext) -> str:
    """Written with what the message has at this place, loops and assignments included."""
    buffer = context.get_buffer()
    escaping, context.autoescape = context.autoescape, False
    try:
        for node in template.nodes:
            node.render_to_output(context, buffer)
    finally:
        context.autoescape = escaping
    return buffer.getvalue()


def _content(answer: Fetched) -> Any:
    """JSON as values, with the status beside them; anything else as text."""
    text = answer.content.decode(errors="replace")
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return {"status": answer.status, **read} if isinstance(read, Mapping) else read
