"""What the log is told of codes that belong to somebody."""

from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from regulars.db import Tx, value
from regulars.offers.statements import SQL


def tell(tx: Tx, deed: str, nonce: str, customer_id: int | None, at: datetime, told: dict[str, Any]) -> None:
    """Once for each nonce, which says what happened; codes of nobody are not told of."""
    if customer_id is None:
        return
    name = f"regulars.offers.code_{deed}"
    value(tx, SQL.tell, id=f"{name}/{nonce}", name=name, customer_id=customer_id, at=at, told=Jsonb(told))
