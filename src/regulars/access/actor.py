"""Who acts: a person, a key that somebody answers for, or the product itself."""

from dataclasses import dataclass
from typing import Final

from regulars.access.levels import HIGHEST, SYSTEM_FUNCTION


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    person_id: int | None  # With a key: who answers for it. None for the product itself.
    name: str
    level: int
    function: str
    scope: str | None  # None is everything.
    via: str  # console, api, cli, product, or the public id of an API key.
    solo: bool = False  # Whether the workspace is a company of one.

    @property
    def is_system(self) -> bool:
        return self.function == SYSTEM_FUNCTION

    @property
    def is_key(self) -> bool:
        return self.via.startswith("key_")

    def covers(self, scope: str | None) -> bool:
        """Whether this actor's scope takes in another; None is the whole company."""
        return self.scope is None or self.scope == scope


SYSTEM: Final = Actor(
    person_id=None, name="Regulars", level=HIGHEST, function=SYSTEM_FUNCTION, scope=None, via="product"
)
