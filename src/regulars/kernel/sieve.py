"""Finding, in one pass over many texts, which of many values each of them names.

An expression of many alternatives costs each text as much as it is long; so the words of a text are looked up
first, and only where a word of a value stands is its expression asked.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from regulars.kernel.traces import pattern_of, spellings

WORD = re.compile(r"[^\W_]+")
ESCAPED = re.compile(r"%[0-9a-f]{2}|\\[nrt]")
AT = re.compile(r"@|%40")
FEW = 10  # So many values are sooner looked for one by one.


class Sieve:
    """Which of some values a text names, as `pattern_of` finds them; letters of every script are letters.

    >>> sieve = Sieve(["ann@shop.de", "shopper-12", "7"])
    >>> sieve.named('{"userId": 7, "mail": "jo.ann@shop.de"}')
    ['7']
    >>> sieve.named("https://shop.de/?mail=ann%40shop.de&id=SHOPPER-12")
    ['ann@shop.de', 'shopper-12']
    """

    def __init__(self, values: Iterable[str]) -> None:
        self._values = list(dict.fromkeys(value for value in values if value.strip()))
        self._forms = {value: {form.lower() for form in spellings(value)} for value in self._values}
        counts = Counter(
            word for forms in self._forms.values() for word in {one for form in forms for one in _words(form)}
        )
        self._by_word: dict[str, list[str]] = defaultdict(list)
        for value, forms in self._forms.items():
            for word in {_telling_word(form, counts) for form in forms}:
                self._by_word[word].append(value)
        self._words = frozenset(self._by_word)
        self._expressions: dict[str, re.Pattern[str]] = {}

    def named(self, text: str) -> list[str]:
        """In the order in which they were given."""
        lowered = text.lower()
        near = {
            value
            for value in (self._values if len(self._values) <= FEW else self._by_words(lowered))
            if any(form in lowered for form in self._forms[value])
        }
        if not near:
            return []
        return [value for value in self._values if value in near and self._expression(value).search(text)]

    def _by_words(self, lowered: str) -> list[str]:
        words = {"", *WORD.findall(lowered)}
        if "%" in lowered or "\\" in lowered:
            words.update(WORD.findall(ESCAPED.sub(" ", lowered)))
        if self._words.isdisjoint(words):
            return []
        return [value for word in self._words & words for value in self._by_word[word]]

    def _expression(self, value: str) -> re.Pattern[str]:
        if value not in self._expressions:
            pattern = pattern_of([value]).replace("[:alnum:]", r"\w")
            self._expressions[value] = re.compile(pattern, re.IGNORECASE)
        return self._expressions[value]


def _words(form: str) -> list[str]:
    """Of an address those before the @: the others stand in those of many."""
    return WORD.findall(ESCAPED.sub(" ", AT.split(form)[0])) or WORD.findall(ESCAPED.sub(" ", form))


def _telling_word(form: str, counts: Mapping[str, int]) -> str:
    """The word by which a value is looked up: the one that fewest of the values have.

    Empty, which every text has, for a value of nothing but signs.
    """

    def telling(word: str) -> tuple[int, bool, int]:
        return -counts[word], any(sign.isdigit() for sign in word), len(word)

    return max(_words(form), key=telling, default="")
