"""Tokens of pixels, links and views: made by us alone, each for one use."""

from hypothesis import example, given
from hypothesis import strategies as st

from regulars.responses import SIGNS, Key, Mark
from regulars.responses.tokens import PLACES

KEY = Key(bytes(range(32)))
NUMBERS = st.integers(min_value=0, max_value=2**40 - 1)
USES = st.sampled_from(sorted(PLACES))


@given(USES, NUMBERS, NUMBERS, st.booleans())
def test_a_token_says_what_was_sealed_and_nothing_else_opens_it(use, send_id, link_id, tracked):
    token = KEY.seal(use, send_id, link_id, tracked=tracked)

    assert len(token) == SIGNS
    assert KEY.unseal(use, token) == Mark(use=use, send_id=send_id, link_id=link_id, tracked=tracked)
    assert all(KEY.unseal(other, token) is None for other in PLACES if other != use)
    assert Key(bytes(32)).unseal(use, token) is None


@given(NUMBERS, st.integers(0, SIGNS - 1), st.characters(min_codepoint=33, max_codepoint=0x2FF))
@example(1384, 18, "/")  # As the ordinary base64 writes it.
def test_a_changed_token_names_nothing(send_id, place, sign):
    token = KEY.seal("clicked", send_id, 7)
    changed = token[:place] + sign + token[place + 1 :]

    assert changed == token or KEY.unseal("clicked", changed) is None


@given(st.text(max_size=60))
def test_no_text_is_a_token_by_chance(text):
    assert KEY.unseal("opened", text) is None
