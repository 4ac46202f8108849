"""The permission table as a page of the documentation."""

from regulars.access.levels import FUNCTIONS, LEVELS, function_words, level_words
from regulars.access.permissions import PERMISSIONS, Permission

HEAD = """# Permissions

Written from the table in the code; a test keeps the two in step. What the levels mean stands in
[levels](../explanation/levels.md).

In **solo**, a company of one, one person may do everything, and looks twice at what cannot be undone. An API
key never gains from solo.

| to … | action | who works in | from | below that | scope | cannot be undone |
| --- | --- | --- | --- | --- | --- | --- |
"""

LEVELS_HEAD = """
## Levels

| level | somebody who |
| --- | --- |
"""

LIMITS_HEAD = """
## Amounts

Amounts are in the smallest unit: points, or cents.

| to … | limits |
| --- | --- |
"""


def permissions_page() -> str:
    """The whole of docs/reference/permissions.md."""
    table = "".join(_line(row) for row in PERMISSIONS.values())
    levels = "".join(f"| {level} | {words} |\n" for level, words in LEVELS.items())
    limited = [row for row in PERMISSIONS.values() if row.limits or row.two_people_above]
    limits = "".join(f"| {row.deed} | {_limits(row)} |\n" for row in limited)
    return f"{HEAD}{table}{LEVELS_HEAD}{levels}{LIMITS_HEAD}{limits}"


def _line(row: Permission) -> str:
    everybody = set(row.functions) == set(FUNCTIONS)
    who = "any function" if everybody else ", ".join(function_words(function) for function in row.functions)
    cells = [
        row.deed,
        f"`{row.action}`",
        who,
        level_words(row.level),
        _below(row),
        "its own" if row.scoped else "—",
        "yes" if row.lasting else "—",
    ]
    return f"| {' | '.join(cells)} |\n"


def _below(row: Permission) -> str:
    if row.below == "request":
        return f"on request by one who {level_words(row.asks_from)}"
    return "under their eye" if row.below == "assisted" else "—"


def _limits(row: Permission) -> str:
    steps = [f"one who {level_words(level)}: up to {most:,}" for level, most in row.limits]
    if row.two_people_above is not None:
        steps.append(f"above {row.two_people_above:,}: two people, whatever their level")
    return "; ".join(steps)
