"""YAML as the files hold it: what JSON can say, in a stable order, read by the safe loader with narrow rules.

Reading is narrower than YAML 1.1: no aliases (they can blow up), no dates, no octal or base-60 numbers, and
only true and false are booleans; everything else unquoted is text. Writing quotes whatever YAML 1.1 would
take for something else, so that other tools read the same.
"""

import re
from typing import Any

import yaml

from regulars.definitions.shape import DEPTH_MAX
from regulars.kernel import Finding, Invalid

SIGNS_MAX = 2_000_000
BREAKS = re.compile("[\x85\u2028\u2029]")
NARROW = (
    ("tag:yaml.org,2002:bool", r"^(?:true|false)$", "tf"),
    ("tag:yaml.org,2002:null", r"^(?:null|~|)$", ["n", "~", ""]),
    ("tag:yaml.org,2002:int", r"^-?(?:0|[1-9][0-9]{0,400})$", "-0123456789"),
    ("tag:yaml.org,2002:float", r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$", "-0123456789"),
)

TAKEN = re.compile("|".join(f"(?:{pattern})" for _, pattern, _ in NARROW))


class Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - the library's form
    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self._here()
            raise yaml.composer.ComposerError(
                None, None, "aliases are not allowed; write the value out", mark
            )
        self.depth += 1
        if self.depth > DEPTH_MAX + 4:
            mark = self._here()
            raise yaml.composer.ComposerError(None, None, f"nested more than {DEPTH_MAX} levels deep", mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def _here(self) -> Any:
        return self.peek_event().start_mark  # type: ignore[no-untyped-call]

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - the library's signature
        """Refuses a name given twice, which the library would silently let win."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:str":
                problem = "a name that is not text; put it in quotes"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            if key.value in seen:
                problem = f"the name {key.value!r} a second time"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


# Only what JSON can say: a written tag such as !!timestamp, !!set or !!binary is refused like an unknown one.
PLAIN = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str", "seq", "map")
)
Loader.yaml_constructors = {
    tag: construct
    for tag, construct in yaml.SafeLoader.yaml_constructors.items()
    if tag is None or tag in PLAIN
}

for tag, pattern, first in NARROW:
    Loader.add_implicit_resolver(tag, re.compile(pattern), list(first))


class Dumper(yaml.SafeDumper):
    def ignore_aliases(self, _data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - the library's signature
        return super().increase_indent(flow, False)


def _text(dumper: Dumper, text: str) -> yaml.ScalarNode:
    """Texts of several lines as blocks, which read and compare line by line.

    The library writes three rare line breaks as they are, and would read them back as spaces; and it leaves
    bare some texts, 0E0 for one, that our reader takes for numbers.
    """
    style = '"' if BREAKS.search(text) else "|" if "\n" in text else "'" if TAKEN.match(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


Dumper.add_representer(str, _text)


def dump(plain: Any) -> str:
    """The text of plain values; equal values give equal text."""
    return yaml.dump(plain, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=110)


def dump_all(documents: list[Any]) -> str:
    return yaml.dump_all(
        documents, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=110, explicit_start=True
    )


def load_all(text: str) -> list[Any]:
    """The documents of a text; raises Invalid with the line of what cannot be read."""
    if len(text) > SIGNS_MAX:
        raise _unreadable(f"The text is longer than {SIGNS_MAX:,} signs; divide it.", "")
    try:
        return list(yaml.load_all(text, Loader=Loader))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise _unreadable(f"The YAML cannot be read: {what}.", where) from error


def _unreadable(message: str, where: str) -> Invalid:
    return Invalid(message, [Finding(path=where, code="yaml.unreadable", message=message)])
