"""What is missing is blank: `{% if traits.town != blank %}` asks whether there is one, as in Ruby."""

from collections.abc import Iterable

from liquid import RenderContext, Undefined
from liquid.ast import Node
from liquid.builtin.expressions.logical import EqExpression, NeExpression
from liquid.builtin.expressions.primitive import Blank
from liquid.expression import Expression


class _OrBlank(Expression):
    """The other side of a comparison with blank: nothing and false count as an empty text."""

    __slots__ = ("inner",)

    def __init__(self, inner: Expression) -> None:
        super().__init__(inner.token)
        self.inner = inner

    def __str__(self) -> str:
        return str(self.inner)

    def evaluate(self, context: RenderContext) -> object:
        value = self.inner.evaluate(context)
        return "" if value is None or value is False or isinstance(value, Undefined) else value

    def children(self) -> list[Expression]:
        return [self.inner]


def take_missing_for_blank(nodes: Iterable[Node]) -> None:
    """Change the comparisons with blank in these nodes."""
    for node in nodes:
        waiting = list(node.expressions())
        while waiting:
            one = waiting.pop()
            if isinstance(one, EqExpression | NeExpression):
                if isinstance(one.right, Blank):
                    one.left = _OrBlank(one.left)
                elif isinstance(one.left, Blank):
                    one.right = _OrBlank(one.right)
            waiting.extend(one.children())
