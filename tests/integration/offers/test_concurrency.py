"""Many at once on one code, with real connections, and one that dies in the middle."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from regulars import offers
from regulars.db import Database, Tx
from tests.integration.offers.pools import CARD, after, open_pool
from tests.integration.people import know

TILLS = 64


def at_once(database: Database, deeds: Sequence[Callable[[Tx], offers.Used]]) -> list[offers.Used]:
    def done(deed: Callable[[Tx], offers.Used]) -> offers.Used:
        with database.connect() as own:
            found = deed(own)
            own.commit()
            return found

    with ThreadPoolExecutor(TILLS) as pool:
        return list(pool.map(done, deeds))


def using(code: str, key: str, **more: object) -> Callable[[Tx], offers.Used]:
    return lambda tx: offers.redeem(tx, code, key=key, at=after(1), **more)  # type: ignore[arg-type]


def test_of_many_tills_with_one_code_one_wins_and_one_id_wins_always(database: Database) -> None:
    with database.transaction() as tx:
        open_pool(tx)
        code = offers.issue(tx, "five", None, key="i", at=after()).code

    found = at_once(database, [using(code, f"till-{n % 32}") for n in range(TILLS)])

    winners = {one.use_id for one in found if not one.reasons}
    assert len(winners) == 1
    assert len([one for one in found if not one.reasons]) == 2  # Both with the id that won.
    assert {one.reasons[0].code for one in found if one.reasons} == {"used_up"}


def test_a_shared_code_stops_at_its_limits_however_many_come(database: Database) -> None:
    with database.transaction() as tx:
        know(tx, [7, 8])
        open_pool(tx, "shared", uses_per_code=None, uses=10, uses_per_customer=3)
        codes = [offers.issue(tx, "shared", None, key=f"i{n}", at=after()).code for n in range(4)]

    by_customer = at_once(
        database, [using(codes[n % 4], f"c{n}", customer_id=7 + n % 2) for n in range(TILLS // 2)]
    )
    with database.transaction() as tx:
        open_pool(tx, "shared", 2, uses_per_code=None, uses=10)
    anybody = at_once(database, [using(codes[n % 4], f"a{n}") for n in range(TILLS // 2)])

    assert len([one for one in by_customer if not one.reasons]) == 6
    assert len([one for one in anybody if not one.reasons]) == 4
    with database.transaction() as tx:
        assert tx.execute("select used from offers.tally where span = 'ever'").fetchone() == (10,)


def test_a_gift_card_is_never_overdrawn_and_each_part_is_given_back_once(database: Database) -> None:
    with database.transaction() as tx:
        open_pool(tx, "card", worth=CARD, uses_per_code=None)
        card = offers.issue(tx, "card", None, key="i", at=after())

    paid = at_once(database, [using(card.code, f"p{n}", amount_minor=300) for n in range(TILLS // 2)])
    winners = [one for one in paid if not one.reasons]
    assert len(winners) == 16  # 16 times 3.00 is 48.00.

    def back(n: int) -> offers.GivenBack:
        with database.connect() as own:
            use_id = winners[n % 8].use_id
            assert use_id is not None
            given = offers.cancel_redemption(own, use_id, key=f"b{n}", at=after(2))
            own.commit()
            return given

    with ThreadPoolExecutor(16) as pool:
        assert all(one.whole for one in pool.map(back, range(32)))
    with database.transaction() as tx:
        assert offers.code(tx, card.id).balance_minor == 5000 - 8 * 300
        assert offers.liability(tx, after(3))[0].owed_minor == 5000 - 8 * 300


def test_many_are_handed_out_at_once_and_nobody_gets_the_same(database: Database) -> None:
    with database.transaction() as tx:
        open_pool(tx, "own", own_codes=True)
        offers.upload(tx, "own", [f"OWN-CODE-{n:04}" for n in range(20)], at=after())

    def issued(n: int) -> str:
        with database.connect() as own:
            try:
                code = offers.issue(own, "own", None, key=f"i{n}", at=after()).code
            except offers.NoCodesLeft:
                return ""
            own.commit()
            return code

    with ThreadPoolExecutor(32) as pool:
        found = [code for code in pool.map(issued, range(40)) if code]
    assert len(found) == len(set(found)) == 20
