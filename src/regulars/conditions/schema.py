"""The JSON Schema (draft 2020-12) of conditions, made from the same rules that `parse` reads them with.

It cannot say everything: that a window is not empty, a sum has one currency, a column is there and its
type fits, 32 levels and 200 questions; `parse` says those.
"""

from inspect import cleandoc
from typing import Any as Anything

from regulars.conditions import windows
from regulars.conditions.grammar import NODES, WINDOWS, fields_of
from regulars.conditions.rules import Fields

DIALECT = "https://json-schema.org/draft/2020-12/schema"
WINDOW_NODES = {
    str(node.__struct_config__.tag): node
    for node in windows.Node.__subclasses__()
    if node.__module__ == windows.__name__
}


def condition_schema() -> dict[str, Anything]:
    """With the sources that are registered by now."""
    nodes = {name: _tagged(name, fields_of(node), node.__doc__) for name, node in NODES.items()}
    spans = {
        f"window_{name}": _tagged(name, fields, WINDOW_NODES[name].__doc__)
        for name, fields in WINDOWS.items()
    }
    return {
        "$schema": DIALECT,
        "title": "Condition",
        "description": "What is asked of a customer.",
        "$ref": "#/$defs/condition",
        "$defs": {
            "condition": {"oneOf": [{"$ref": f"#/$defs/{name}"} for name in nodes]},
            **nodes,
            "window": {"oneOf": [{"$ref": f"#/$defs/{name}"} for name in spans]},
            **spans,
        },
    }


def _tagged(name: str, fields: Fields, about: str | None) -> dict[str, Anything]:
    made = fields.schema()
    described = {"description": cleandoc(about)} if about else {}
    return {
        **described,
        **made,
        "properties": {"is": {"const": name}, **made["properties"]},
        "required": ["is", *made.get("required", ())],
    }
