"""What the builder offers: names and values that the data really have, with how often; on demand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from regulars import definitions, insights
from regulars.conditions import SOURCES
from regulars.console.formats import percent, short
from regulars.console.segments.fields import Known, Option, written
from regulars.db import Tx
from regulars.insights import Choice, Choices
from regulars.segments import SEGMENTATION

About = tuple[str, ...]
KNOWN: Mapping[str, Known] = {
    "text": "text", "date": "text", "moment": "text", "instant": "text",
    "number": "number", "minor": "number", "boolean": "boolean",
}  # fmt: skip
EXAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    value: str
    note: str = ""  # How many have it, and examples.
    known: Known = ""


class Vocabulary:
    """Lists of suggestions and of options, by what they are about, as in ("properties", "event", "Seen")."""

    def __init__(
        self,
        suggested: Mapping[About, tuple[Suggested, ...]] | None = None,
        options: Mapping[About, tuple[Option, ...]] | None = None,
    ) -> None:
        self._suggested = dict(suggested or {})
        self._options = dict(options or {})

    def suggested(self, about: About) -> tuple[Suggested, ...]:
        if about not in self._suggested:
            self._suggested[about] = tuple(self._look_up(about))
        return self._suggested[about]

    def options(self, about: About) -> tuple[Option, ...]:
        if about not in self._options:
            self._options[about] = tuple(self._choose(about))
        return self._options[about]

    def known(self, about: About) -> Known:
        """The type that the data have for a value."""
        match about:
            case ("trait_values", trait):
                return _known(self.suggested(("traits",)), trait)
            case ("values", of, name, prop):
                return _known(self.suggested(("properties", of, name)), prop)
            case _:
                return ""

    def _look_up(self, _about: About) -> Iterable[Suggested]:
        return ()

    def _choose(self, _about: About) -> Iterable[Option]:
        return ()


class DataVocabulary(Vocabulary):
    """From the data of a workspace, as whoever asks may see them."""

    def __init__(self, tx: Tx, *, sees_contacts: bool) -> None:
        super().__init__()
        self.tx, self.sees_contacts = tx, sees_contacts
        self._of_event: dict[str, list[insights.PropertySeen]] = {}
        self._sources: dict[str, insights.SourceSeen] = {}

    @cached_property
    def choices(self) -> Choices:
        return insights.choices(self.tx)

    def _look_up(self, about: About) -> Iterable[Suggested]:  # noqa: PLR0911 - one case a list
        match about:
            case ("traits",) | ("trait_values", _):
                return self._of_traits(about[1:])
            case ("names", "event") | ("properties", "event", _) | ("values", "event", _, _):
                return self._of_events(about)
            case (_, of, *_) if of in SOURCES:
                return self._of_source(about)
            case ("currencies",):
                return self.suggested(("values", "order", "", "currency"))
            case ("channels",):
                return (Suggested(value=one) for one in self.choices.channels)
            case ("topics",):
                return _values(self.choices.topics)
            case ("identifiers",):
                return _values(self.choices.identifiers)
            case _:
                return ()

    def _of_traits(self, name: tuple[str, ...]) -> Iterable[Suggested]:
        found = self._traits.traits
        if name:
            return _values(next((one.values for one in found if one.name == name[0]), ()))
        return (
            _suggested(one.name, f"{percent(one.share, 0)} have it", one.values, one.type) for one in found
        )

    def _of_events(self, about: About) -> Iterable[Suggested]:
        if about[0] == "names":
            seen = insights.event_suggestions(self.tx)
            return (Suggested(value=one.name, note=f"{short(one.count)} times") for one in seen)
        found = self._properties(about[2])
        if about[0] == "values":
            return _values(next((one.seen.values for one in found if one.seen and one.name == about[3]), ()))
        return (
            _suggested(one.name, f"{short(one.count)} times", one.seen.values if one.seen else (), one.type)
            for one in found
        )

    def _of_source(self, about: About) -> Iterable[Suggested]:
        if about[0] == "values" and not about[-1]:
            return ()
        if about[1] not in self._sources:
            seen = insights.source_choices(self.tx, about[1], sees_contacts=self.sees_contacts)
            self._sources[about[1]] = seen
        source = self._sources[about[1]]
        match about:
            case ("names", _):
                return _values(source.names)
            case ("values", _, _, prop):
                return _values(next((one.values for one in source.columns if one.name == prop), ()))
            case _:
                return (_suggested(one.name, one.title, one.values, one.type) for one in source.columns)

    def _choose(self, about: About) -> Iterable[Option]:
        begin = Option(value="", title="Choose…")
        match about:
            case ("segments",):
                return (begin, *(_option(one) for one in self.choices.segments))
            case ("approaches",):
                live = definitions.all_live(self.tx, SEGMENTATION)
                return (begin, *(Option(value=one.key, title=one.body.name) for one in live))
            case ("stages", approach):
                stages = (one.stages for one in self.choices.approaches if one.key == approach)
                return (_option(one) for one in next(stages, ()))
            case _:
                return ()

    @cached_property
    def _traits(self) -> insights.TraitsSeen:
        return insights.trait_suggestions(self.tx, sees_contacts=self.sees_contacts)

    def _properties(self, name: str) -> list[insights.PropertySeen]:
        if name and name not in self._of_event:
            seen = insights.property_suggestions(self.tx, name, sees_contacts=self.sees_contacts)
            self._of_event[name] = seen
        return self._of_event.get(name, [])


def _known(suggested: Iterable[Suggested], value: str) -> Known:
    return next((one.known for one in suggested if one.value == value), "")


def _suggested(name: str, note: str, values: Iterable[Choice], kind: str) -> Suggested:
    examples = ", ".join(str(one.value) for one in list(values)[:EXAMPLES])
    return Suggested(
        value=name, note=f"{note}, as {examples}" if examples else note, known=KNOWN.get(kind, "")
    )


def _values(found: Iterable[Choice]) -> Iterable[Suggested]:
    for one in found:
        count = f"{one.count:,} times" if one.count else ""
        note = ", ".join(part for part in (one.title, count) if part)
        yield Suggested(value=written("scalar", one.value), note=note)


def _option(one: Choice) -> Option:
    return Option(value=str(one.value), title=f"{one.title or one.value} ({one.count:,})")
