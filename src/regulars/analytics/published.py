"""What a statement may name where contact details are masked: published tables, nothing behind them."""

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

import duckdb

from regulars.analytics.engine import StatementRefused

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
HARMLESS = frozenset({"range", "generate_series", "unnest", "json_each", "json_tree"})


def refuse_unpublished(duck: Any, text: str, *, published: Collection[str], hidden: Collection[str]) -> None:
    """Raise StatementRefused where a query names a table, file or function that could show what is masked.

    The name of a subquery counts too, but not one that hides a table: within itself it would mean that table.
    """
    try:
        told = duck.cursor().execute("select json_serialize_sql(?)", [text]).fetchone()[0]
    except duckdb.Error as cause:
        raise StatementRefused(str(cause)[:600]) from cause
    tree = json.loads(told)
    if tree.get("error"):
        raise StatementRefused(f"Only plain queries are run here ({tree.get('error_message')}).")
    nodes = list(_nodes(tree))
    own = {one.lower() for one in _names_of_subqueries(nodes) if PLAIN.fullmatch(one)} - set(hidden)
    for node in nodes:
        kind, name = node.get("type"), str(node.get("table_name") or "")
        if kind == "BASE_TABLE" and name.lower() not in {*published, *own}:
            raise StatementRefused(f"There is no table {name}; there are: {', '.join(sorted(published))}.")
        function = (node.get("function") or {}).get("function_name") if kind == "TABLE_FUNCTION" else None
        if function is not None and function.lower() not in HARMLESS:
            raise StatementRefused(
                f"{function} is not called here, since it could show what is masked. With --contacts, which "
                "is audited, it is."
            )


def _nodes(tree: object) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        for one in tree.values():
            yield from _nodes(one)
    elif isinstance(tree, list):
        for one in tree:
            yield from _nodes(one)


def _names_of_subqueries(nodes: Collection[dict[str, Any]]) -> Iterator[str]:
    for node in nodes:
        for one in (node.get("cte_map") or {}).get("map", ()):
            yield str(one["key"])
