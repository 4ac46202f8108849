"""Finding, in one pass over many texts, which of many values each of them names.

An expression of many alternatives costs each text as much as it is long; so the words of a text are looked up
first, and only where a word of a value stands is its expression asked.
"""

import re
from collections import defaultdict
from collections.abc import Iterable

from regulars.kernel.traces import pattern_of, spellings

WORD = re.compile(r"[^\W_]+")
ESCAPED = re.compile(r"%[0-9a-f]{2}|\\[nrt]")
AT = re.compile(r"@|%40")


class Sieve:
    """Which of some values a text names, exactly as `pattern_of` finds them.

    >>> sieve = Sieve(["ann@shop.de", "shopper-12", "7"])
    >>> sieve.named('{"userId": 7, "mail": "jo.ann@shop.de"}')
    ['7']
    >>> sieve.named("https://shop.de/?mail=ann%40shop.de&id=SHOPPER-12")
    ['ann@shop.de', 'shopper-12']
    """

    def __init__(self, values: Iterable[str]) -> None:
        self._values = list(dict.fromkeys(value for value in values if value.strip()))
        self._by_word: dict[str, list[str]] = defaultdict(list)
        self._expressions: dict[str, re.Pattern[str]] = {}
        for value in self._values:
            for word in {_telling_word(form.lower()) for form in spellings(value)}:
                self._by_word[word].append(value)

    def named(self, text: str) -> list[str]:
        """In the order in which they were given."""
        lowered = text.lower()
        words = {"", *WORD.findall(lowered)}
        if "%" in lowered or "\\" in lowered:
            words.update(WORD.findall(ESCAPED.sub(" ", lowered)))
        if words.isdisjoint(self._by_word):
            return []
        near = {value for word in words & self._by_word.keys() for value in self._by_word[word]}
        return [value for value in self._values if value in near and self._expression(value).search(text)]

    def _expression(self, value: str) -> re.Pattern[str]:
        if value not in self._expressions:
            pattern = pattern_of([value]).replace("[:alnum:]", "0-9A-Za-z")
            self._expressions[value] = re.compile(pattern, re.IGNORECASE)
        return self._expressions[value]


def _telling_word(form: str) -> str:
    """The word by which a value is looked up: of an address the part before the @, which few others have.

    Empty, which every text has, for a value of nothing but signs.
    """
    words = WORD.findall(ESCAPED.sub(" ", AT.split(form)[0])) or WORD.findall(ESCAPED.sub(" ", form))
    return max(words, key=len, default="")
