"""Links to a member's page, for staff to hand over."""

from datetime import datetime
from urllib.parse import quote

from regulars import loyalty, preferences
from regulars.db import Tx
from regulars.kernel import public_id
from regulars.loyalty import UnknownMember
from regulars.preferences import MEMBER_PLACE


def member_link(tx: Tx, programme: str, customer_id: int, base: str, *, at: datetime, now: datetime) -> str:
    """It shows no points by itself; raises UnknownProgramme and UnknownMember."""
    if loyalty.member(tx, customer_id, programme=programme, at=at) is None:
        raise UnknownMember(f"{public_id('cus', customer_id)} is no member of {programme}; enrol them first.")
    page = preferences.link(tx, customer_id, base, now=now, place=MEMBER_PLACE)
    return f"{page}?programme={quote(programme, safe='')}"
