"""Where in a YAML text the place named by a path stands, so that a finding is shown at its line."""

import re

import yaml

STEPS = re.compile(r"[^.\[\]]+|\[\d+\]")
SIGNS_MAX = 200_000  # Of a text that is read a second time only for its lines.


def line_of(text: str, path: str) -> int | None:
    """The line of a path, as of `stages[2].condition.days`; of its nearest parent where it is missing.

    A finding of the YAML itself says its line already.

    >>> line_of("name: Lapsed\\nstages:\\n- key: a\\n", "stages[0].key")
    3
    """
    if said := re.match(r"line (\d+)", path):
        return int(said.group(1))
    if len(text) > SIGNS_MAX:
        return None
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return None
    line = None
    for step in STEPS.findall(path):
        found = _inner(node, step)
        if found is None:
            break
        node, line = found
    return line


def _inner(node: yaml.Node | None, step: str) -> tuple[yaml.Node, int] | None:
    """What stands below a node at one step, and the line where it begins."""
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == step:
                return value, name.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and step.startswith("["):
        at = int(step[1:-1])
        if at < len(node.value):
            return node.value[at], node.value[at].start_mark.line + 1
    return None
