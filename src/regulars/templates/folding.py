"""What a template says the same of everybody, said once when it is made ready: the brand, mostly."""

from collections.abc import Iterable, Iterator, Mapping

from liquid import BoundTemplate, RenderContext
from liquid.ast import BlockNode, Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.exceptions import LiquidError
from liquid.expression import Expression
from liquid.stringify import to_liquid_string

from regulars.templates.aborting import Abort

# Their result depends on nothing but what they are given.
PURE = frozenset(
    {"default", "css_text", "web_address", "escape", "upcase", "downcase", "capitalize", "strip"}
)


def fold(template: BoundTemplate, known: Mapping[str, object]) -> None:
    """Replace in the template what only says the known variables by what it says."""
    names = {str(name) for node in _all(template) for name in (*node.template_scope(), *node.block_scope())}
    known = {name: value for name, value in known.items() if name not in names}
    context = RenderContext(template, globals=known)
    template.nodes = _folded(template.nodes, context)


def _all(template: BoundTemplate) -> Iterator[Node]:
    context = RenderContext(template)
    waiting = list(template.nodes)
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(node.children(context, include_partials=False))


def _folded(nodes: Iterable[Node], context: RenderContext) -> list[Node]:
    made: list[Node] = []
    for node in nodes:
        for one in _one(node, context):
            if isinstance(one, ContentNode) and made and isinstance(made[-1], ContentNode):
                made[-1] = ContentNode(made[-1].token, made[-1].text + one.text)
            else:
                made.append(one)
    return made


def _one(node: Node, context: RenderContext) -> Iterable[Node]:
    if isinstance(node, OutputNode) and _is_known(node.expression, context):
        text = _said(node.expression, context)
        return [node] if text is None else [ContentNode(node.token, text)]
    if isinstance(node, IfNode) and not node.alternatives and _is_known(node.condition, context):
        chosen = node.consequence if node.condition.evaluate(context) else node.default
        return _folded(chosen.nodes, context) if chosen is not None and not chosen.blank else []
    _within(node, context)
    return [node]


def _within(node: Node, context: RenderContext) -> None:
    for child in node.children(context, include_partials=False):
        if isinstance(child, BlockNode):
            child.nodes = _folded(child.nodes, context)
        else:
            _within(child, context)


def _is_known(expression: Expression, context: RenderContext) -> bool:
    """Whether it asks for known variables, at least one, and does nothing else with them."""
    paths, waiting = 0, [expression]
    while waiting:
        one = waiting.pop()
        if isinstance(one, FilteredExpression) and any(f.name not in PURE for f in one.filters or ()):
            return False
        if isinstance(one, Path):
            paths += 1
            if one.head() not in context.globals or not all(isinstance(part, str) for part in one.path):
                return False
        waiting.extend(one.children())
    return paths > 0


def _said(expression: Expression, context: RenderContext) -> str | None:
    try:
        return str(to_liquid_string(expression.evaluate(context), context.autoescape))
    except (Abort, LiquidError):
        return None  # It is for the message to fail, not for the template.
