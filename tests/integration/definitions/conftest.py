"""The people and the kinds of these tests."""

import pytest

from regulars import access
from regulars.access import SYSTEM, Actor
from regulars.definitions import Registry

from .kinds import AT, OFFER, SHELF


@pytest.fixture
def registry() -> Registry:
    return Registry([SHELF, OFFER])


@pytest.fixture
def people(database) -> dict[str, Actor]:
    """One person of each level that matters, in marketing."""
    named = {"ben": 2, "ann": 3, "eva": 4, "ida": 4}
    with database.transaction() as tx:
        return {
            name: access.add_person(
                tx,
                SYSTEM,
                email=f"{name}@shop.example",
                name=name.title(),
                level=level,
                function="marketing",
                at=AT,
            ).actor("console")
            for name, level in named.items()
        }
