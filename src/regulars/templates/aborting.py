"""Not sending: the tag `abort_message`, and what a missing variable does where the template wants it."""

import re
from typing import TextIO

from liquid import RenderContext, TokenStream, Undefined
from liquid.ast import Node
from liquid.exceptions import LiquidSyntaxError
from liquid.tag import Tag
from liquid.token import TOKEN_EXPRESSION, TOKEN_TAG

REASON = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)')?\s*""")


class Abort(Exception):
    """The template declines to be sent to this person; the text is the reason."""


class Wanted(Undefined):
    """A missing variable of a template that declares: without it, do not send."""

    __slots__ = ()

    def __str__(self) -> str:
        path = (self.hint or self.name).removesuffix(" is undefined")
        raise Abort(f"missing_variable: {path}")


class _AbortNode(Node):
    __slots__ = ("reason",)

    def __init__(self, token: object, reason: str) -> None:
        super().__init__(token)  # type: ignore[arg-type]
        self.reason = reason
        self.blank = False  # A block that holds nothing else would be skipped as blank.

    def render_to_output(self, _context: RenderContext, _buffer: TextIO) -> int:
        raise Abort(f"aborted: {self.reason}" if self.reason else "aborted")


class AbortTag(Tag):
    name = "abort_message"
    block = False

    def parse(self, stream: TokenStream) -> Node:
        token = stream.eat(TOKEN_TAG)
        if stream.current.kind != TOKEN_EXPRESSION:
            return _AbortNode(token, "")
        given = REASON.fullmatch(stream.current.value)
        if given is None:
            raise LiquidSyntaxError("abort_message takes one quoted text, its reason", token=token)
        return _AbortNode(token, given[1] or given[2] or "")
