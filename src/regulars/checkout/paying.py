"""Points that are to pay: why so many may not, and what they are worth."""

from regulars.loyalty import Payable


def refusal(payable: Payable | None, points: int) -> str | None:
    """None when they may."""
    if payable is None:
        return "This programme takes no points for payment."
    coin = payable.currency
    if points > payable.points:
        return f"At most {payable.points:,} {coin} may pay: {'; '.join(payable.reasons)}."
    if points < payable.least:
        return f"An order takes at least {payable.least:,} {coin}; found {points:,}."
    if points % payable.step:
        return f"Points are taken in steps of {payable.step:,}; found {points:,}."
    return None


def worth_minor(payable: Payable, points: int) -> int:
    """In the smallest unit of the payment's money, half up."""
    return (2 * points * payable.rate_minor + payable.rate_points) // (2 * payable.rate_points)
