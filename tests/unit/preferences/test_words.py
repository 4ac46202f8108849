"""The page's words are whole in every language, and a link is read only as it was made."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.preferences.model import BUILT_IN, Centre, Text, _validate, contrast
from regulars.preferences.tokens import Key, Link, LinkNotOurs, LinkTooOld, seal, unseal
from regulars.preferences.words import LANGUAGES, words

KEY = Key(b"k" * 32, 3)
LINK = Link(
    use="letter",
    generation=3,
    atom_id=4711,
    issued_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
    source_id=12,
    address=b"12345678",
)


def places(text: object) -> set[str]:
    return (
        {name for _, name, _, _ in Formatter().parse(str(text)) if name} if isinstance(text, str) else set()
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_word_with_the_same_places(language: str) -> None:
    known, found = LANGUAGES["en"].table, words(language).table
    assert found.keys() == known.keys()
    assert {name: places(text) for name, text in found.items()} == {
        name: places(text) for name, text in known.items()
    }
    assert len(found["months"]) == 12


def test_a_link_says_what_it_was_made_of_and_its_text_says_nothing() -> None:
    token = seal(KEY, LINK)
    assert unseal(KEY, token) == LINK
    assert seal(KEY, LINK) == token
    assert re.fullmatch(r"[\w-]{63}", token)
    others = {seal(KEY, replace(LINK, atom_id=number)) for number in range(100)}
    assert len({one[:8] for one in others}) == 100


@given(place=st.integers(0, 62), sign=st.sampled_from("ABCxyz019-_"))
def test_a_link_with_another_sign_anywhere_is_none_of_ours(place: int, sign: str) -> None:
    token = seal(KEY, LINK)
    changed = token[:place] + sign + token[place + 1 :]
    if changed != token:
        with pytest.raises(LinkNotOurs):
            unseal(KEY, changed)


@pytest.mark.parametrize("text", ["", "x", "é" * 63, "=" * 63, "A" * 62, "A" * 64, "\ud800" * 63])
def test_what_is_no_link_at_all_is_none_of_ours(text: str) -> None:
    with pytest.raises(LinkNotOurs):
        unseal(KEY, text)


def test_links_of_another_key_and_of_a_former_generation_do_not_open() -> None:
    with pytest.raises(LinkNotOurs):
        unseal(Key(b"x" * 32, 3), seal(KEY, LINK))
    with pytest.raises(LinkTooOld):
        unseal(Key(KEY.value, 4), seal(KEY, LINK))


class NothingLive:
    def live(self, _kind: object, _key: str) -> None:
        return None


def test_a_centre_that_cannot_be_read_is_not_published() -> None:
    wrong = Centre(
        title="Ours",
        texts={"xx": Text(title="?")},
        colour="#ffff00",
        pause_days=(0,),
        fewer_days=(900,),
        channel="pigeon",
    )
    found = {one.path for one in _validate(wrong, NothingLive())}
    assert found == {"language", "texts.xx", "colour", "pause_days[0]", "fewer_days[0]", "channel"}
    assert _validate(BUILT_IN, NothingLive()) == []
    assert contrast("#ffffff") == 1
