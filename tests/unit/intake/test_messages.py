"""Cutting a body into its messages: the slow way finds what the fast one does, and where that fails."""

import json
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.intake import messages
from regulars.intake.answers import Refused
from regulars.intake.messages import _cut

TEXTS = st.text(st.sampled_from('{}[],:"\\ab é'), max_size=8)
JSON = st.recursive(
    TEXTS | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
)


@given(st.lists(JSON, max_size=4), st.dictionaries(TEXTS, JSON, max_size=2), st.integers(0, 2), st.booleans())
def test_the_slow_way_finds_the_messages_that_the_fast_one_finds(found, beside, indent, is_first):
    whole = {"batch": found, **beside} if is_first else {**beside, "batch": found}
    body = json.dumps(whole, indent=indent or None, ensure_ascii=False).encode()

    cut = _cut(body)

    assert cut.batch is not None
    assert [json.loads(bytes(raw)) for raw in cut.batch] == found
    assert [item for item, _, _ in messages.batch(body).found] == found


@pytest.mark.parametrize("sign", [b'"', b'\\"', b"[", b"{", b",", b'"\\', b'{"batch":[', b'"batch":[0,'])
def test_half_a_megabyte_of_one_sign_takes_no_time(sign):
    began = monotonic()

    with pytest.raises(Refused):
        list(messages.batch((sign * 500_000)[:500_000]).found)

    assert monotonic() - began < 20
