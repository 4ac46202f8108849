"""How an order's states and what does not fit about it read on a page."""

from collections.abc import Mapping

from regulars.console.formats import money
from regulars.console.parts import Tone
from regulars.kernel import Money
from regulars.orders import OrderFinding

STATUS_WORDS: Mapping[str, tuple[str, Tone]] = {
    "open": ("stands", "good"),
    "part_refunded": ("part given back", "waiting"),
    "refunded": ("given back", "quiet"),
    "cancelled": ("cancelled", "bad"),
}
KINDS: Mapping[str, str] = {
    "completed": "Ordered",
    "updated": "Changed",
    "refunded": "Given back",
    "cancelled": "Cancelled",
}


def finding_words(finding: OrderFinding, currency: str) -> str:
    """What does not fit, and what counts instead."""
    amount = "" if finding.minor is None else money(Money(finding.minor, currency))
    match finding.code:
        case "refund.beyond_paid":
            return (
                f"{amount} more was given back than was paid; it does not count. Look at the shop's refund."
            )
        case "refund.other_currency":
            return f"A refund came in {finding.note}, the order is in {currency}; it does not count."
        case "refund.line_unknown":
            return f"A refund names lines that the order has not ({finding.note}); {amount} of it counts."
        case "refund.more_than_bought":
            return f"More of line {finding.note} was given back than was bought; only what was bought counts."
        case _:
            return finding.code
