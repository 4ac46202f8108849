"""Liquid as we speak it: limits, escaping, `abort_message`, and what a missing variable does."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sized
from collections.abc import Set as AbstractSet
from contextvars import ContextVar
from functools import cache, wraps
from math import prod
from typing import Any

from liquid import BoundTemplate, Environment, RenderContext, Undefined
from liquid.ast import Node
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.filters.misc import default
from liquid.exceptions import LiquidError, LiquidInterrupt, OutputStreamLimitError, StopRender
from liquid.expression import Expression
from liquid.loader import BaseLoader
from liquid.token import Token
from liquid.undefined import UNDEFINED

from regulars.templates.aborting import AbortTag, Wanted
from regulars.templates.blanks import take_missing_for_blank
from regulars.templates.fetch_tag import FetchTag, url_part
from regulars.templates.product import LINES, ORDER, ORDER_PATHS, product
from regulars.templates.shelf import BRAND_FIELDS
from regulars.templates.weblinks import css_text, web_address

# What a template can ask for; those without a sure value need a default.
SURE = frozenset({
    "customer.id", "preferences_url", "unsubscribe_url", "member_url", "view_url",
    "campaign.key", "campaign.title",
})  # fmt: skip
KNOWN = SURE | {
    "customer.name", "customer.first_name", "customer.email", "customer.phone", "tier", "points",
    "form.title", "form.confirm_url",
    *ORDER_PATHS, *(f"brand.{name}" for name in BRAND_FIELDS),
}  # fmt: skip
# What these hold, differs: the traits of a person, the event or the journey's entry that a message answers.
OPEN = frozenset({"traits", "event", "entry"})

SIGNS_MAX = 200_000
SAID_SIGNS_MAX = 1_000_000
OPEN_MAX = 50  # Each {{ or raw that is never closed makes the lexer read the rest once more.
RAW = re.compile(r"\{%-?\s*raw\b")
# What the filters of one message may take in all, about signs; `a | replace: b, c` may make their product.
EFFORT_MAX = 5_000_000
NUMBER_BITS_MAX = 512
# What these make is no larger than what they are given, and takes no longer than reading it.
NO_LARGER = frozenset({
    "default", "upcase", "downcase", "capitalize", "strip", "lstrip", "rstrip", "strip_newlines", "size",
    "first", "last", "product", "web_address", "css_text", "date", "escape_once", "truncate",
})  # fmt: skip
# Of these, those that want neither context nor environment, as filters are looked up for each use of them.
PLAIN: dict[str, Callable[..., object]] = {
    "web_address": web_address,
    "css_text": css_text,
    "default": default,
}
effort: ContextVar[int] = ContextVar("effort")


class _Limited(Environment):
    loop_iteration_limit = 10_000
    output_stream_limit = SAID_SIGNS_MAX
    local_namespace_limit = 1_000_000  # Bytes.


class _Buffer:
    """What has been said so far; cheaper than a limited file, since it counts signs and not bytes."""

    __slots__ = ("left", "parts")

    def __init__(self, left: int) -> None:
        self.left = left
        self.parts: list[str] = []

    def write(self, text: str) -> int:
        self.left -= len(text)
        if self.left < 0:
            raise OutputStreamLimitError("the message gets too long", token=None)
        self.parts.append(text)
        return len(text)

    def getvalue(self) -> str:
        return "".join(self.parts)


class _Context(RenderContext):
    """What a message is written with; the two things done most often, done without detours."""

    def get(self, path: list[object], *, token: Token | None, default: object = UNDEFINED) -> object:
        try:
            found: Any = self.scope[path[0]]  # type: ignore[index]
            for part in path[1:]:
                if type(found) is not dict:
                    break
                found = found[part]
            else:
                return found
        except (KeyError, TypeError):
            pass  # It may still have a size, a first or a last; and what is missing is told there.
        return super().get(path, token=token, default=default)

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        plain = PLAIN.get(name)
        return plain if plain is not None else super().filter(name, token)

    def get_buffer(self, buf: Any = None) -> Any:
        return _Buffer(buf.left if isinstance(buf, _Buffer) else SAID_SIGNS_MAX)


def said(template: BoundTemplate, variables: Mapping[str, Any]) -> str:
    """Return what the template says with these variables; raises what its nodes raise."""
    context, buffer = _Context(template, globals=variables), _Buffer(SAID_SIGNS_MAX)
    for node in template.nodes:
        try:
            node.render_to_output(context, buffer)  # type: ignore[arg-type]
        except StopRender:
            break
        except LiquidInterrupt as cause:
            raise LiquidError(f"unexpected '{cause}'", token=node.token) from cause
    return buffer.getvalue()


@cache
def environment(*, html: bool, wanted: bool) -> Environment:
    """Return the shared environment: HTML escapes by default; `wanted` aborts on a missing variable."""
    return made_environment(html=html, wanted=wanted)


def made_environment(*, html: bool, wanted: bool, loader: BaseLoader | None = None) -> Environment:
    """Return an environment of one's own; templates of ours load none, blocks are put in before."""
    made = _Limited(autoescape=html, undefined=Wanted if wanted else Undefined, loader=loader)
    made.add_tag(AbortTag)
    made.add_tag(FetchTag)
    del made.filters["safe"]  # What somebody's traits or another system says, is never markup.
    made.add_filter("product", product)
    made.add_filter("web_address", web_address)
    made.add_filter("url_part", url_part)
    made.add_filter("css_text", css_text)
    made.add_filter("json", _json)
    made.filters = {
        name: one if name in NO_LARGER else _bounded(name, one) for name, one in made.filters.items()
    }
    return made


def _json(value: object) -> str:
    return json.dumps(None if isinstance(value, Undefined) else value, ensure_ascii=False, default=str)


def _bounded(name: str, apply: Callable[..., object]) -> Callable[..., object]:
    """Return the filter, refusing what would take for ever: doubled texts, huge ranges, endless numbers."""

    @wraps(apply)
    def bounded(*given: object, **named: object) -> object:
        spent = effort.get(0) + prod(max(1, len(one)) for one in given if isinstance(one, Sized))
        if spent > EFFORT_MAX:
            raise LiquidError(f"{name}: too much to work out for one message", token=None)
        effort.set(spent)
        made = apply(*given, **named)
        if isinstance(made, int) and made.bit_length() > NUMBER_BITS_MAX:
            raise LiquidError(f"{name}: the number is too large", token=None)
        return made

    return bounded


def parsed(env: Environment, source: str, name: str) -> BoundTemplate:
    """Return the template; raises LiquidError also for a text that would be read for minutes."""
    if len(source) > SIGNS_MAX:
        raise LiquidError(f"{len(source):,} signs are too many, at most {SIGNS_MAX:,} are read", token=None)
    unclosed = sum("}}" not in part for part in source.split("{{")[1:])
    if unclosed > OPEN_MAX or len(RAW.findall(source)) - source.count("endraw") > OPEN_MAX:
        raise LiquidError("many {{ or raw are never closed; close them", token=None)
    template = env.from_string(source, name=name)
    if "blank" in source:
        take_missing_for_blank(nodes(template))
    return template


def unsure_paths(template: BoundTemplate, sure: AbstractSet[str] = SURE) -> Iterator[str]:
    """Yield each variable printed that is neither sure, nor has a default, nor is asked for in an if.

    Who has a last order has all of it. A key given to `product` is judged there.
    """
    made_here = {
        str(name) for node in nodes(template) for name in (*node.template_scope(), *node.block_scope())
    }
    asked = {
        str(path) for node in nodes(template) if hasattr(node, "condition") for path in _paths(node.condition)
    }
    if ORDER in asked:
        asked |= ORDER_PATHS
    for node in nodes(template):
        for expression in node.expressions():
            if not isinstance(expression, FilteredExpression) or not isinstance(expression.left, Path):
                continue
            path = str(expression.left)
            defaulted = any(f.name in ("default", "product") for f in expression.filters or ())
            if not defaulted and path not in sure | asked and path.partition(".")[0] not in made_here:
                yield path


def unknown_paths(template: BoundTemplate) -> Iterator[str]:
    """Yield each variable that no customer can ever have a value for."""
    for name, uses in template.analyze().globals.items():
        if name not in OPEN:
            yield from (
                str(use) for use in uses if str(use) not in KNOWN and not str(use).startswith(f"{LINES}[")
            )


def unknown_filters(template: BoundTemplate) -> Iterator[str]:
    """Yield each filter that is not there; the library tells only when a message is written."""
    for node in nodes(template):
        waiting = list(node.expressions())
        while waiting:
            one = waiting.pop()
            waiting.extend(one.children())
            for use in (*(getattr(one, "filters", None) or ()), *(getattr(one, "tail_filters", None) or ())):
                if use.name not in template.env.filters:
                    yield use.name


def nodes(template: BoundTemplate) -> Iterator[Node]:
    """Yield every node, those inside others too."""
    context = RenderContext(template)
    waiting = list(template.nodes)
    while waiting:
        node = waiting.pop(0)
        yield node
        waiting.extend(node.children(context, include_partials=False))


def _paths(expression: Expression) -> Iterator[Path]:
    if isinstance(expression, Path):
        yield expression
    for child in expression.children():
        yield from _paths(child)
