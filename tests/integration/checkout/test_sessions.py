"""A session of a till: points and codes are kept for a cart, used once with it, and free again without it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from regulars import checkout, customers, log, loyalty, offers
from regulars.app import App, assemble
from regulars.checkout import Cart, CartLine
from regulars.db import Database
from regulars.kernel import Invalid
from regulars.settings import read_settings
from tests.integration.loyalty.books import changed

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
PAYMENT = loyalty.Payment(rate=loyalty.Rate(points=100, worth="1.00"), money="USD", step=50)
CART = Cart(
    currency="USD",
    lines=(
        CartLine(key="1", product="beans", total_minor=2000),
        CartLine(key="2", product="cups", total_minor=1000, quantity=Decimal(2)),
    ),
)


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Iterator[App]:
    made = assemble(read_settings(workspace="till", home=tmp_path), database)
    with database.transaction() as tx:
        log.stand(tx, AT)
        loyalty.launch_version(tx, "club", 1, changed(tier_set=None, payment=PAYMENT, hold_minutes=10), AT)
        offers.launch_pool(tx, "five", 1, offers.five_off("USD"), AT)
        offers.launch_pool(tx, "card", 1, offers.gift_card("USD"), AT)
    tell(made, order("ann", "first", 1000.0, AT))
    yield made
    made.sequencer.close()


def order(who: str, key: str, total: float, at: datetime) -> log.NewEvent:
    said = {"order_id": key, "currency": "USD", "total": total}
    return log.NewEvent(
        message_id=key, name="Order Completed", user_id=who, source="shop", occurred_at=at, properties=said
    )


def tell(app: App, *events: log.NewEvent) -> None:
    with app.database.transaction() as tx:
        log.append(tx, events)
    app.catch_up(AT)


def ann(app: App) -> int:
    with app.database.transaction() as tx:
        found = customers.find(tx, "user_id", "ann")
    assert found is not None
    return found


def spendable(app: App, at: datetime = AT) -> int:
    with app.database.transaction() as tx:
        member = loyalty.member(tx, ann(app), programme="club", at=at)
    assert member is not None
    return member.spendable


def a_code(app: App, pool: str, key: str) -> str:
    with app.database.transaction() as tx:
        return offers.issue(tx, pool, None, key=key, at=AT).code


def opened(app: App, key: str, *, points: int = 0, codes: tuple[str, ...] = (), at: datetime = AT):
    with app.database.transaction() as tx:
        return checkout.open_session(
            tx, "club", ann(app), CART, key=key, at=at, points=points, codes=codes, actor="Till 7"
        )


def test_points_and_codes_pay_once_and_the_order_earns_for_what_was_paid(app: App) -> None:
    code = a_code(app, "five", "v1")
    first = opened(app, "s1", points=300, codes=(code, "NO-SUCH-CODE"))

    said = {one.id: one for one in first.answered.said}
    assert said[code].applied
    assert said[code].amount == 500
    assert said["points"].applied
    assert not said["NO-SUCH-CODE"].applied
    assert said["NO-SUCH-CODE"].code == "unknown"
    assert first.answered.worth_minor == 300
    assert first.answered.left_minor == 3000 - 500 - 300
    assert first.answered.earns == {"points": 25}
    assert spendable(app) == 700
    assert opened(app, "s1", points=300, codes=(code, "NO-SUCH-CODE")) == first
    with pytest.raises(checkout.KeyConflict, match="another points: 300, and now 100"):
        opened(app, "s1", points=100, codes=(code, "NO-SUCH-CODE"))

    def capture() -> checkout.Session:
        with app.database.transaction() as tx:
            return checkout.capture_session(
                tx, first.session_id, order_key="till-1", key="c1", at=AT, actor="Till 7"
            )

    done = capture()
    assert done.state == "captured"
    assert done.came_to is not None
    assert (done.came_to.points, done.came_to.codes) == (300, (code,))
    assert capture() == done
    app.catch_up(AT)
    assert spendable(app) == 725  # 1,000 less 300, and 25 for the 25.00 that the goods cost.
    again = opened(app, "s2", codes=(code,))
    assert [one.code for one in again.answered.said] == ["used_up"]


def test_a_voided_session_frees_points_and_codes_and_is_closed_for_good(app: App) -> None:
    code = a_code(app, "five", "v1")
    first = opened(app, "s1", points=500, codes=(code,))
    assert [one.code for one in opened(app, "s2", codes=(code,)).answered.said] == ["reserved"]
    with app.database.transaction() as tx:
        assert checkout.void_session(tx, first.session_id, key="v", at=AT, actor="Till 7").state == "voided"
    assert spendable(app) == 1000
    assert opened(app, "s3", codes=(code,)).answered.said[0].applied
    with app.database.transaction() as tx, pytest.raises(checkout.SessionClosed, match="voided already"):
        checkout.capture_session(tx, first.session_id, order_key="o", key="c", at=AT, actor="Till 7")


def test_a_session_out_of_time_frees_everything_also_before_the_job_says_so(app: App) -> None:
    first = opened(app, "s1", points=500)
    late = AT + timedelta(minutes=10)
    assert spendable(app, late) == 1000
    with app.database.transaction() as tx, pytest.raises(checkout.SessionClosed, match="ran out"):
        checkout.capture_session(tx, first.session_id, order_key="o", key="c", at=late, actor="Till 7")
    with app.database.transaction() as tx:
        assert checkout.expire_sessions(tx, late) == 1
        assert checkout.expire_sessions(tx, late) == 0
        assert checkout.session(tx, first.session_id).state == "expired"


def test_gift_cards_pay_last_and_only_what_is_left(app: App) -> None:
    card = a_code(app, "card", "g1")
    first = opened(app, "s1", points=1000, codes=(card,))
    assert (first.answered.worth_minor, first.answered.left_minor) == (1000, 0)
    assert next(one for one in first.answered.said if one.id == card).amount == 2000
    with app.database.transaction() as tx:
        checkout.capture_session(tx, first.session_id, order_key="o1", key="c", at=AT, actor="Till 7")
        assert offers.find(tx, card).balance_minor == 3000
    app.catch_up(AT)
    assert spendable(app) == 30  # Payments do not reduce what earns.


def test_a_gift_card_pays_a_part_of_a_larger_cart_and_never_pays_two_carts_with_the_same_money(
    app: App,
) -> None:
    card = a_code(app, "card", "g1")
    with app.database.transaction() as tx:
        offers.redeem(tx, card, None, 3500, key="before", at=AT, currency="USD").confirmed()
    first = opened(app, "s1", codes=(card,))
    assert (first.answered.said[0].amount, first.answered.left_minor) == (1500, 1500)
    second = opened(app, "s2", codes=(card,)).answered
    assert [(one.applied, one.code) for one in second.said] == [(False, "reserved")]
    assert second.left_minor == 3000

    with app.database.transaction() as tx:  # Its owner uses it elsewhere, while the till takes the rest.
        offers.redeem(tx, card, ann(app), 1000, key="elsewhere", at=AT, currency="USD").confirmed()
    with pytest.raises(offers.NotUsable, match="1,500"), app.database.transaction() as tx:
        checkout.capture_session(tx, first.session_id, order_key="o1", key="c", at=AT, actor="Till 7")
    with app.database.transaction() as tx:
        assert offers.find(tx, card).balance_minor == 500
        assert checkout.session(tx, first.session_id).state == "open"
        later = AT + timedelta(minutes=11)
        assert checkout.expire_sessions(tx, later) == 2
    assert opened(app, "s3", codes=(card,), at=later).answered.left_minor == 2500


def test_more_points_than_there_are_or_than_the_programme_takes_are_refused_with_the_reason(app: App) -> None:
    for points, words in ((5000, "At most 1,000"), (70, "steps of 50")):
        answer = opened(app, f"s{points}", points=points).answered
        assert not answer.said[0].applied
        assert words in answer.said[0].words
        assert answer.left_minor == 3000


def test_orders_and_returns_are_told_once_and_a_changed_repeat_names_the_field(app: App) -> None:
    told = checkout.Order(key="till-9", cart=CART, customer_id=ann(app), user_id="ann")
    with app.database.transaction() as tx:
        assert checkout.tell_order(tx, told, at=AT)
        assert not checkout.tell_order(tx, told, at=AT + timedelta(hours=1))
        other = checkout.Order(key="till-9", cart=CART.less(100), customer_id=ann(app), user_id="ann")
        with pytest.raises(checkout.KeyConflict, match=r"another cart.lines\[0\].total_minor: 2000, and now"):
            checkout.tell_order(tx, other, at=AT)
    app.catch_up(AT)
    assert spendable(app) == 1030
    with app.database.transaction() as tx:
        back = [checkout.Returned(line="2", quantity=Decimal(1))]
        assert checkout.tell_refund(tx, "till-9", back, key="r1", at=AT)
        assert not checkout.tell_refund(tx, "till-9", back, key="r1", at=AT)
    app.catch_up(AT)
    assert spendable(app) == 1025
    with app.database.transaction() as tx:
        checkout.tell_refund(tx, "till-9", [], key="r2", at=AT)
    app.catch_up(AT)
    assert spendable(app) == 1000


def test_who_is_new_at_the_till_is_announced_then_enrolled(app: App) -> None:
    shown = checkout.Shown(kind="phone", value="+49 30 1234567")
    with app.database.transaction() as tx:
        assert checkout.find_at_till(tx, "club", shown, at=AT) is None
        assert checkout.enrol_at_till(tx, "club", shown, key="e1", at=AT).state == "waiting"
        checkout.announce(tx, shown, {"name": "Bo"}, key="e1", at=AT)
    app.catch_up(AT)
    with app.database.transaction() as tx:
        first = checkout.enrol_at_till(tx, "club", shown, key="e1", at=AT)
        assert (first.state, first.joined) == ("member", True)
        assert not checkout.enrol_at_till(tx, "club", shown, key="e1", at=AT).joined
        found = checkout.find_at_till(tx, "club", shown, at=AT)
    assert found is not None
    assert found.name == "Bo"
    assert found.member is not None


def test_ids_as_long_as_allowed_reach_the_log_and_what_it_cannot_store_is_refused(app: App) -> None:
    key, back = "o" * 200, "r" * 200
    told = checkout.Order(key=key, cart=CART, customer_id=ann(app), user_id="ann")
    with app.database.transaction() as tx:
        assert checkout.tell_order(tx, told, at=AT)
    app.catch_up(AT)
    assert spendable(app) == 1030
    with app.database.transaction() as tx:
        assert checkout.tell_refund(tx, key, (), key=back, at=AT)
    app.catch_up(AT)
    assert spendable(app) == 1000
    long = opened(app, "s" * 200, points=100, codes=(a_code(app, "five", "f"),))
    assert all(one.applied for one in long.answered.said)
    shown = checkout.Shown(kind="phone", value="+49 30 7654321")
    for wrong in ("\0", float("nan")):
        with pytest.raises(Invalid, match="cannot be stored"), app.database.transaction() as tx:
            checkout.announce(tx, shown, {"note": wrong}, key="e" * 200, at=AT)


def test_an_order_that_comes_back_gives_its_points_and_codes_back(app: App) -> None:
    code = a_code(app, "five", "v1")
    for n, key in ((1, "till-1"), (2, "till-1")):
        one = opened(app, f"s{n}", points=300 if n == 1 else 100, codes=(code,) if n == 1 else ())
        with app.database.transaction() as tx:
            if n == 1:
                checkout.capture_session(tx, one.session_id, order_key=key, key="c", at=AT, actor="Till 7")
            else:
                with pytest.raises(checkout.SessionClosed, match="'till-1' was paid in ses_"):
                    checkout.capture_session(tx, one.session_id, order_key=key, key="d", at=AT, actor="T")
                checkout.void_session(tx, one.session_id, key="v", at=AT, actor="Till 7")
    app.catch_up(AT)
    assert spendable(app) == 725
    with app.database.transaction() as tx:
        part = [checkout.Returned(line="1")]
        checkout.tell_refund(tx, "till-1", part, key="r1", at=AT)
    app.catch_up(AT)
    with app.database.transaction() as tx:
        assert offers.find(tx, code).used == 1
        checkout.tell_refund(tx, "till-1", [], key="r2", at=AT)
    app.catch_up(AT)
    assert spendable(app) == 1000
    with app.database.transaction() as tx:
        assert offers.find(tx, code).used == 0
    assert opened(app, "s3", codes=(code,)).answered.said[0].applied


def test_a_return_of_more_than_was_bought_says_what_is_left(app: App) -> None:
    with app.database.transaction() as tx:
        checkout.tell_order(tx, checkout.Order(key="o1", cart=CART, user_id="ann"), at=AT)
    app.catch_up(AT)
    for line, words in (
        (checkout.Returned(line="2", quantity=Decimal(3)), "3 of line '2' were to come back and 2"),
        (checkout.Returned(line="9"), "no line '9'; it has 1, 2"),
    ):
        with app.database.transaction() as tx, pytest.raises(Invalid) as refused:
            checkout.tell_refund(tx, "o1", [line], key=f"r{line.line}", at=AT)
        assert words in refused.value.findings[0].message
    with app.database.transaction() as tx:
        assert checkout.tell_refund(tx, "not-yet-known", [checkout.Returned(line="9")], key="r", at=AT)


def test_lines_that_come_to_more_than_the_total_are_refused() -> None:
    with pytest.raises(Invalid) as refused:
        checkout.tell_order(
            None, checkout.Order(key="o", cart=Cart(currency="USD", lines=CART.lines, total_minor=1)), at=AT
        )  # type: ignore[arg-type]
    assert [one.path for one in refused.value.findings] == ["total_minor"]


def test_codes_of_one_pool_are_promised_no_more_than_it_may_still_give(app: App) -> None:
    """What was said at the opening holds at the capture."""
    with app.database.transaction() as tx:
        offers.launch_pool(tx, "tight", 1, msgspec.structs.replace(offers.five_off("USD"), budget="8.00"), AT)
        twice = msgspec.structs.replace(offers.five_off("USD"), uses=2, uses_per_customer=1)
        offers.launch_pool(tx, "once", 1, twice, AT)
    codes = tuple(
        a_code(app, pool, key)
        for pool, key in (("tight", "t1"), ("tight", "t2"), ("once", "o1"), ("once", "o2"))
    )

    first = opened(app, "s1", codes=codes)

    assert [(one.applied, one.code) for one in first.answered.said] == [
        (True, ""), (False, "budget"), (True, ""), (False, "customer_limit"),
    ]  # fmt: skip
    assert first.answered.off_minor == 1000
    with app.database.transaction() as tx:
        done = checkout.capture_session(tx, first.session_id, order_key="o", key="c", at=AT, actor="Till 7")
    assert done.came_to is not None
    assert done.came_to.codes == (codes[0], codes[2])


def test_a_code_handed_out_to_somebody_is_taken_for_nobody(app: App) -> None:
    with app.database.transaction() as tx:
        hers = offers.issue(tx, "five", ann(app), key="hers", at=AT).code
        found = checkout.open_session(tx, "club", None, CART, key="s", at=AT, codes=(hers,), actor="Till 7")
    (said,) = found.answered.said
    assert (said.applied, said.code) == (False, "customer_needed")
    assert "nobody is known here" in said.words
    assert opened(app, "s2", codes=(hers,)).answered.said[0].applied


def test_what_nobody_can_be_known_by_is_refused_with_what_was_found(app: App) -> None:
    for kind, typed, why in (
        ("phone", "abc", "'abc': it is not a phone number"),
        ("phone", "+4930123456789012345", "no phone numbers of this length"),
        ("email", "ann@", "'ann@': it is not an e-mail address"),
        ("card", "4711", "a card number has 8 to 19 digits"),
    ):
        shown = checkout.Shown(kind=kind, value=typed)
        with app.database.transaction() as tx:
            for asked in (
                lambda shown=shown: checkout.enrol_at_till(tx, "club", shown, key="k", at=AT),
                lambda shown=shown: checkout.find_at_till(tx, "club", shown, at=AT),
            ):
                with pytest.raises(Invalid) as refused:
                    asked()
                assert why in str(refused.value)


def test_an_order_is_bought_when_the_intake_would_take_it_and_in_known_money(app: App) -> None:
    ages = {"far": timedelta(days=700), "old": -timedelta(days=700), "late": -timedelta(days=3)}
    said = {}
    for key, away in ages.items():
        with app.database.transaction() as tx:
            order = checkout.Order(key=key, cart=CART, occurred_at=AT + away, customer_id=ann(app))
            try:
                assert checkout.tell_order(tx, order, at=AT)
            except Invalid as refused:
                said[key] = [one.path for one in refused.findings]
    assert said == {"far": ["occurred_at"], "old": ["occurred_at"]}
    unknown = Cart(currency="ZZZ", total_minor=100)
    with app.database.transaction() as tx, pytest.raises(Invalid, match="cannot be taken") as refused:
        checkout.open_session(tx, "club", ann(app), unknown, key="z", at=AT, actor="Till 7")
    assert "'ZZZ' is no ISO currency" in refused.value.findings[0].message
