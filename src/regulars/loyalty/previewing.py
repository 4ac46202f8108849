"""What a basket would earn a member now, and how many points may pay of it; nothing is written."""

from datetime import datetime

from regulars.db import Tx
from regulars.loyalty.basket import Basket
from regulars.loyalty.model import Programme
from regulars.loyalty.priced import Priced


def preview_basket(
    tx: Tx,
    programme: str,
    customer_id: int | None,
    basket: Basket,
    at: datetime,
    *,
    draft: Programme | None = None,
) -> Priced:
    """By the version that rules the instant, or by a draft; of a stranger (None) as if they joined.

    What the basket does not say of its products is looked up in the catalogue by key. Raises
    UnknownProgramme.
    """
    raise NotImplementedError
