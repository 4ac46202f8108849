"""Money of offers and rewards is in a currency that there is."""

import pytest
from msgspec.structs import replace

from regulars import offers, rewards
from regulars.offers.validation import findings as of_pool
from regulars.rewards.validation import findings as of_reward


@pytest.mark.parametrize("code", ["ZZZ", "usd", "Euro", "ÄÖÜ", "ZZZ" * 40, "XAU"])
def test_a_currency_that_nobody_pays_in_is_refused_at_its_place(code: str) -> None:
    pool = offers.five_off("USD")
    reward = replace(rewards.five_voucher(programme="club", pool="five"), cost="2.50", money="USD")

    found = [*of_pool(replace(pool, currency=code)), *of_reward(replace(reward, money=code), None)]
    bare = list(of_reward(replace(reward, cost="", money=code), None))

    assert [one.path for one in found] == ["currency", "money"]
    assert [one.path for one in bare] == ["money"]
    assert all("is no ISO currency; write one such as USD" in one.message for one in (*found, *bare))
    assert all(len(one.message) < 80 for one in found)
    assert [*of_pool(pool), *of_reward(reward, None)] == []
