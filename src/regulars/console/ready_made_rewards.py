"""Ready-made voucher pools and rewards."""

from collections.abc import Iterator

import msgspec

from regulars import offers, rewards


def ready_made(kind: str) -> Iterator[tuple[str, msgspec.Struct]]:
    if kind == "voucher-pool":
        yield "five-off", offers.five_off("USD")
        yield "newcomers", offers.welcome_code("USD")
        yield "gift-card", offers.gift_card("USD")
    elif kind == "reward":
        yield "five-voucher", rewards.five_voucher(programme="club", pool="five-off")
        yield "mug", rewards.coffee_mug(programme="club")
        yield "box", rewards.gold_box(programme="club", tier="club/Gold")
