"""The member page says everything in each of its languages."""

from string import Formatter

from regulars import portal
from regulars.portal import masked_address


def test_each_language_has_every_word_with_the_same_places_to_fill() -> None:
    english, *others = portal.LANGUAGES.values()
    for other in others:
        assert other.table.keys() == english.table.keys()
        for name, text in english.table.items():
            if isinstance(text, str):
                assert places(other.table[name]) == places(text), name


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_an_address_is_masked_whatever_it_is() -> None:
    masked = {
        "ada@example.com": "a…@e….com",
        "x@shop.co.uk": "x…@s….uk",
        "root@localhost": "r…@…",
        "nothing": "",
        "": "",
        None: "",
    }
    assert {one: masked_address(one) for one in masked} == masked
