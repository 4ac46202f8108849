"""What a basket earns by a programme: a function of programme, basket, member and instant alone.

Computing twice changes nothing. The bulk statements of earning give the same, to the point.
"""

from datetime import datetime

from regulars.loyalty.basket import Basket
from regulars.loyalty.member_state import MemberState
from regulars.loyalty.model import Programme
from regulars.loyalty.priced import Priced


def evaluate(programme: Programme, basket: Basket, member: MemberState, at: datetime) -> Priced:
    """Rules in their written order; each award by line, and what is not awarded with the reason."""
    raise NotImplementedError
