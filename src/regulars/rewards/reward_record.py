"""Rewards as they were launched, with their stock and what was redeemed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from regulars.db import Tx, maybe, rows, run
from regulars.kernel import Finding, Invalid
from regulars.rewards.errors import NotInStock, UnknownReward
from regulars.rewards.model import Reward
from regulars.rewards.statements import SQL

CHANGES_MAX = 200
REASON_SIGNS_MAX = 300
STOCK_MAX = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardRow:
    id: int
    key: str
    programme: str
    version: int
    body: dict[str, Any]
    stock: int
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Launched:
    """A reward with its stock."""

    id: int
    key: str
    programme: str
    version: int
    body: Reward
    stock: int  # Means something where the reward is counted.
    ended_at: datetime | None

    @property
    def is_low(self) -> bool:
        return self.body.counted and self.stock <= self.body.low_stock


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    reward_id: int
    redeemed: int = 0  # That stand.
    points: int = 0
    cost_minor: int = 0
    open: int = 0  # For which somebody has to do something.
    last_redeemed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StockChange:
    amount: int
    stock_after: int
    reason: str
    actor: str | None
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stocked:
    id: int
    stock: int


def read(row: RewardRow) -> Launched:
    return Launched(
        id=row.id,
        key=row.key,
        programme=row.programme,
        version=row.version,
        body=msgspec.convert(row.body, Reward),
        stock=row.stock,
        ended_at=row.ended_at,
    )


def maybe_reward(tx: Tx, key: str) -> Launched | None:
    found = maybe(tx, SQL.reward, RewardRow, key=key)
    return read(found) if found else None


def reward(tx: Tx, key: str) -> Launched:
    found = maybe_reward(tx, key)
    if found is None:
        raise UnknownReward(f"No reward is called {key[:80]!r}; publish it first.")
    return found


def rewards(tx: Tx, programme: str | None = None) -> list[Launched]:
    """The catalogue by price, those that ended last."""
    return [read(row) for row in rows(tx, SQL.rewards, RewardRow, programme=programme)]


def figures(tx: Tx, reward_ids: list[int]) -> dict[int, Figures]:
    return {one.reward_id: one for one in rows(tx, SQL.figures, Figures, reward_ids=reward_ids)}


def change_stock(tx: Tx, key: str, amount: int, *, reason: str, actor: str | None, at: datetime) -> int:
    """Put so many in stock, or take them out for a negative amount; gives what is there then."""
    refuse_wrong(amount, reason)
    reward(tx, key)
    changed = maybe(tx, SQL.change_stock, Stocked, key=key, amount=amount)
    if changed is None:
        there = reward(tx, key).stock
        raise NotInStock(f"{-amount:,} were to be taken out of stock and {there:,} are there; take less.")
    asked = {"reward_id": changed.id, "amount": amount, "stock": changed.stock, "reason": reason.strip()}
    run(tx, SQL.save_stock_change, actor=actor, at=at, **asked)
    return changed.stock


def refuse_wrong(amount: int, reason: str) -> None:
    found = []
    if amount == 0 or abs(amount) > STOCK_MAX:
        message = "Say how many come in, or below zero how many go out."
        found.append(Finding(path="amount", code="rewards.range", message=message))
    if not 0 < len(reason.strip()) <= REASON_SIGNS_MAX:
        message = "Say why, for whoever counts the shelf later."
        found.append(Finding(path="reason", code="rewards.empty", message=message))
    if found:
        raise Invalid(found[0].message, found)


def stock_changes(tx: Tx, reward_id: int) -> list[StockChange]:
    """The newest first; redemptions are not among them."""
    return rows(tx, SQL.stock_changes, StockChange, reward_id=reward_id, limit=CHANGES_MAX)
