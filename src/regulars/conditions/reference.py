"""The reference of the condition language: every node with an example and its sentence, and the schema."""

import json
from collections.abc import Mapping
from inspect import cleandoc
from typing import Any as Anything

import msgspec

from regulars.conditions.examples import EXAMPLES, WINDOW_EXAMPLES
from regulars.conditions.grammar import NODES, WINDOWS
from regulars.conditions.parse import parse
from regulars.conditions.schema import WINDOW_NODES, condition_schema
from regulars.conditions.source import SOURCES, Source
from regulars.conditions.window_words import window_words
from regulars.conditions.windows import Window
from regulars.conditions.words import sentence

ABOUT = """A condition asks something of a customer at an instant and is answered yes or no. It is data: the
same in the builder, in files, in the API. `GET /api/v1/conditions/schema` gives its JSON Schema
([condition.schema.json](condition.schema.json)); `POST /api/v1/conditions/sentence` says one in words, with
every error at its place and a warning for names that no data has yet. Conditions nest 32 levels and ask 200
questions at most, those of segments they name included. What a person did under any of their profiles counts
together."""


def schema_page() -> str:
    return json.dumps(condition_schema(), indent=2, ensure_ascii=False) + "\n"


def conditions_page(written: str) -> str:
    nodes = "".join(_node(name) for name in NODES)
    windows = "".join(_window(one) for one in WINDOW_EXAMPLES)
    sources = "".join(_source(one) for one in sorted(SOURCES.values(), key=lambda one: one.name))
    return (
        f"# Conditions\n\n{written}\n{ABOUT}\n{nodes}\n## Windows\n\nWithout a window all time before the "
        f"instant is looked at.\n{windows}\n## Sources\n\n"
        f"What `measured`, `sequence` and `not_followed` ask.\n{sources}"
    )


def _node(name: str) -> str:
    shown = "".join(_example(one) for one in EXAMPLES if one["is"] == name)
    about = cleandoc(NODES[name].__doc__ or "").strip()
    return f"\n## {name}\n" + (f"\n{about}\n" if about else "") + shown


def _example(one: Mapping[str, Anything]) -> str:
    return f"\n```json\n{json.dumps(one, ensure_ascii=False)}\n```\n\n> {sentence(parse(one))}\n"


def _window(one: Mapping[str, Anything]) -> str:
    words = window_words(msgspec.convert(one, type=Window)).strip() or "(nothing is said)"
    fields = ", ".join(f"`{name}`" for name in WINDOWS[one["is"]].fields)
    about = cleandoc(WINDOW_NODES[one["is"]].__doc__ or "")
    told = f" Fields: {fields}." if fields else ""
    return f"\n### {one['is']}\n\n{about}{told}\n\n> {json.dumps(one)} — {words}\n"


def _source(one: Source) -> str:
    facts = [f"{one.title.capitalize()}."]
    if one.has_name:
        facts.append(f"Names: {', '.join(one.names)}." if one.names else "Told apart by name.")
    if not one.has_moment:
        facts.append("Without a moment.")
    if one.ahead:
        facts.append("Their moment may lie ahead.")
    if one.has_told:
        facts.append("Any property that was told can be asked, inside objects by points.")
    listed = "".join(f"| `{name}` | {each.type} | {each.title} |\n" for name, each in one.columns.items())
    columns = f"\n| column | type | in a sentence |\n| --- | --- | --- |\n{listed}" if listed else ""
    return f"\n### {one.name}\n\n{' '.join(facts)}\n{columns}"
