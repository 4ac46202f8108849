"""A house of its own for each test."""

import pytest

from tests.integration.responses.given import House


@pytest.fixture
def house(database):
    return House(database=database)
