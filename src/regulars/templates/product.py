"""Products in messages: those of the last order, and any by its key, looked up for a whole batch at once."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from liquid import RenderContext
from liquid.ast import Node
from liquid.builtin.expressions import FilteredExpression, Path, StringLiteral
from liquid.builtin.tags.for_tag import ForNode
from liquid.expression import Expression
from liquid.filter import with_context

FIELDS = ("name", "key", "brand", "category", "price", "in_stock", "image", "url", "attributes")
LINE_FIELDS = (
    "name", "key", "brand", "category", "price", "paid", "variant", "quantity", "image", "url",
)  # fmt: skip
ORDER = "last_order"
LINES = f"{ORDER}.products"
ORDER_PATHS = frozenset({ORDER, LINES}) | {
    f"{ORDER}.{field}" for field in ("id", "order_id", "date", "total", "currency", "store", "products.size")
}
LOOKUPS_MAX = 50
KEY_SIGNS_MAX = 200
FOUND = "_products"  # The variable that holds what was looked up; no template of ours can name it.


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """One use of the filter `product`."""

    said: str  # As it stands in the template.
    key: str | None  # A key written out.
    path: tuple[object, ...]  # A variable that holds the key; empty for anything else.
    field: str | None  # None when it is not written out.
    first: bool  # Only before all other filters is the key known in time.
    defaulted: bool


@with_context
def product(key: object, field: object = "name", *, context: RenderContext) -> object:
    """Return a field of the product with this key, as in {{ "sku-1" | product: "name" }}."""
    found = context.resolve(FOUND)
    value: object = found.get(str(key)) if isinstance(found, Mapping) else None
    for part in str(field).split(".", 1):
        value = value.get(part) if isinstance(value, Mapping) else None
    if value is None or value == "":
        return context.env.undefined(f"product {str(key)[:KEY_SIGNS_MAX]}.{field}")
    return value


def lookups(nodes: Iterable[Node]) -> Iterator[Lookup]:
    for node in nodes:
        for expression in node.expressions():
            for filtered in _filtered(expression):
                yield from _lookups(filtered)


def _filtered(expression: Expression) -> Iterator[FilteredExpression]:
    if isinstance(expression, FilteredExpression):
        yield expression
    for child in expression.children():
        yield from _filtered(child)


def _lookups(filtered: FilteredExpression) -> Iterator[Lookup]:
    filters = filtered.filters or []
    for place, one in enumerate(filters):
        if one.name != "product":
            continue
        left = filtered.left
        given = getattr(one.args[0], "value", None) if one.args else StringLiteral(one.token, "name")
        yield Lookup(
            said=f"{left} | {one}",
            key=left.value if isinstance(left, StringLiteral) else None,
            path=tuple(left.path) if isinstance(left, Path) else (),
            field=given.value if isinstance(given, StringLiteral) else None,
            first=place == 0,
            defaulted=any(later.name == "default" for later in filters[place + 1 :]),
        )


def keys(uses: Iterable[Lookup], variables: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys that one message will look up."""
    for use in uses:
        found: Any = use.key if use.key is not None else variables
        for part in use.path if use.key is None else ():
            found = _inside(found, part)
        if isinstance(found, str | int) and len(str(found)) <= KEY_SIGNS_MAX:
            yield str(found)


def _inside(holder: Any, part: object) -> Any:
    if isinstance(holder, Mapping) and isinstance(part, str):
        return holder.get(part)
    if isinstance(holder, list) and isinstance(part, int) and -len(holder) <= part < len(holder):
        return holder[part]
    return None


def unknown_line_fields(nodes: Iterable[Node]) -> Iterator[str]:
    """Yield what a loop over the last order's products asks of a product and none has."""
    for node in nodes:
        if not isinstance(node, ForNode) or str(node.expression.iterable) != LINES:
            continue
        name = str(node.expression.identifier)
        for inner in _inner(node):
            for expression in inner.expressions():
                for path in _paths(expression):
                    head, _, rest = str(path).partition(".")
                    if head == name and rest and rest.partition(".")[0] not in LINE_FIELDS:
                        yield str(path)


def _inner(node: Node) -> Iterator[Node]:
    waiting: list[Node] = [node.block]  # type: ignore[attr-defined]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(getattr(one, "nodes", ()))
        block = getattr(one, "block", None)
        if isinstance(block, Node):
            waiting.append(block)


def _paths(expression: Expression) -> Iterator[Path]:
    if isinstance(expression, Path):
        yield expression
    for child in expression.children():
        yield from _paths(child)
