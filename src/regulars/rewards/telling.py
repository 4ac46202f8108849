"""What the log is told of redemptions."""

from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from regulars.db import Tx, run, value
from regulars.rewards.redemption_record import Redemption
from regulars.rewards.statements import SQL


def tell(tx: Tx, event: str, nonce: str, made: Redemption, at: datetime, more: dict[str, Any]) -> None:
    """Once for each nonce, which says what happened."""
    name = f"regulars.rewards.{event}"
    told = {
        "programme": made.programme,
        "reward": made.reward,
        "redemption": made.public_id,
        "points": made.points,
    } | more
    asked = {"id": f"{name}/{nonce}", "name": name, "customer_id": made.customer_id}
    value(tx, SQL.tell, at=at, told=Jsonb(told), **asked)


def note_step(
    tx: Tx, redemption_id: int, state: str, *, at: datetime, actor: str | None, note: str | None
) -> None:
    run(tx, SQL.save_step, redemption_id=redemption_id, state=state, at=at, actor=actor, note=note)
