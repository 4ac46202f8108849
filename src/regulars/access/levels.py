"""Levels of responsibility and functions, in the words people read."""

from typing import Final, Literal, get_args

Function = Literal[
    "marketing",
    "loyalty",
    "analysis",
    "service_agent",
    "cashier",
    "finance",
    "privacy",
    "engineering",
    "administration",
]
FUNCTIONS: Final[tuple[Function, ...]] = get_args(Function)
# The product itself acts under a name of its own, which no person can have.
SYSTEM_FUNCTION: Final = "system"

LOWEST: Final = 1
HIGHEST: Final = 7
APPLIES: Final = 3  # The first level whose work may reach a customer.
ENABLES: Final = 4

# Each reads on from "somebody who".
LEVELS: Final = {
    1: "follows",
    2: "assists",
    3: "applies",
    4: "enables",
    5: "ensures and advises",
    6: "initiates and influences",
    7: "sets strategy",
}


def level_words(level: int) -> str:
    return LEVELS[level]


def function_words(function: str) -> str:
    return {"service_agent": "customer service", "cashier": "the till"}.get(function, function)
