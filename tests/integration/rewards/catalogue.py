"""Factories for the tests of rewards: a club with points, and rewards in force."""

from datetime import datetime
from typing import Any

from regulars.access import Actor
from regulars.db import Tx
from regulars.loyalty import adjust, enrol
from regulars.offers import VoucherPool, Worth, launch_pool
from regulars.rewards import Reward, launch_reward
from tests.integration.loyalty.books import CLUB, START, after, changed, open_club
from tests.integration.people import know

__all__ = ["CLUB", "START", "after", "changed", "open_club"]

ADA = Actor(person_id=None, name="Ada", level=4, function="loyalty", scope=None, via="console")
CASHIER = Actor(person_id=None, name="Cem", level=2, function="cashier", scope=None, via="console")
MARKETER = Actor(person_id=None, name="Mia", level=5, function="marketing", scope=None, via="console")


def a_member(tx: Tx, customer_id: int, points: int) -> None:
    know(tx, [customer_id])
    enrol(tx, "club", customer_id, at=after(0))
    give(tx, customer_id, points, at=after(1))


def give(tx: Tx, customer_id: int, points: int, *, at: datetime) -> None:
    key = f"gift-{customer_id}-{at.isoformat()}"
    adjust(tx, "club", customer_id, points, key=key, at=at, reason="opening", actor="Ada")


def offer(tx: Tx, key: str = "mug", version: int = 1, **body: Any) -> Reward:
    made = Reward(**({"name": key.title(), "programme": "club", "points": 200} | body))
    launch_reward(tx, key, version, made)
    return made


def a_pool(tx: Tx, key: str = "five", **body: Any) -> None:
    worth = Worth(kind="money_off", amount="5.00")
    launch_pool(tx, key, 1, VoucherPool(**({"name": key, "worth": worth, "currency": "USD"} | body)), START)
