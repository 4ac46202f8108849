"""What the database reads as an identifier by itself, Python would read the same."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.customers.normalising import normalise
from regulars.db import Tx

ADDRESSES = st.from_regex(r"[A-Za-z0-9._+-]{1,8}@[a-zA-Z0-9.-]{1,12}(\.[a-z0-9-]{1,6})?\s?", fullmatch=True)
NUMBERS = st.from_regex(r"\+?[0-9 ]{1,20}\n?", fullmatch=True)
WRITTEN = st.one_of(ADDRESSES, NUMBERS, st.text(st.characters(exclude_characters="\0", codec="utf-8")))


def plainly(tx: Tx, form: str, written: str) -> str | None:
    found = tx.execute("select customers.plainly(%s, %s)", (form, written)).fetchone()
    assert found is not None
    value: str | None = found[0]
    return value


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(written=WRITTEN)
def test_what_is_read_as_plain_is_what_python_makes_of_it(tx: Tx, written: str) -> None:
    for form in ("email", "phone"):
        plain = plainly(tx, form, written)
        assert plain is None or plain == normalise(form, written)


@pytest.mark.parametrize(
    ("form", "written", "value"),
    [
        ("email", "Ann.Lee+shop@Mail.Example-One.COM", "ann.lee+shop@mail.example-one.com"),
        ("email", "ann@example", None),
        ("email", "ann@xn--bcher-kva.example", None),
        ("email", "änn@example.com", None),
        ("email", "ann@example.com\n", None),
        ("email", "a" * 60 + "@example.com", None),
        ("phone", "+493012345", "+493012345"),
        ("phone", "030 12345", None),
        ("phone", "+493012345\n", None),
        ("card", "79927398713", None),
    ],
)
def test_only_the_plain_is_read_by_the_database(tx: Tx, form: str, written: str, value: str | None) -> None:
    assert plainly(tx, form, written) == value
