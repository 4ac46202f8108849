"""The tests of this room commit nothing: each works in a transaction that is rolled back."""

from tests.integration.rolled_back import shared, tx

__all__ = ["shared", "tx"]
