"""A condition inside another page's form: the builder of segments, its sentence and its size."""

from dataclasses import dataclass, replace

from regulars import conditions
from regulars.console.segments.builder import Menu, in_words, menu
from regulars.console.segments.doubting import empty, unseen
from regulars.console.segments.drawing import Drawing, draw, inputs
from regulars.console.segments.sizing import Sized, sized
from regulars.console.segments.suggestions import Vocabulary
from regulars.console.segments.typed import Typed
from regulars.console.visit import Visit
from regulars.kernel import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    typed: Typed
    drawing: Drawing
    menu: tuple[Menu, ...]
    sentence: str  # Empty while a field cannot be read.
    findings: tuple[Finding, ...]
    doubts: tuple[Finding, ...]
    size: Sized | None = None  # None until it is asked for.

    @property
    def labels(self) -> dict[str, str]:
        """What each field is called, by its place."""
        return {one.name: one.label for one in inputs(self.drawing.root)}

    @property
    def told(self) -> tuple[Finding, ...]:
        """The findings as a list above a form says them: with the name of their field."""
        named = self.labels
        return tuple(
            replace(one, message=f"{named.get(one.path, 'A condition')}: {one.message}")
            for one in self.findings
        )


def asking(typed: Typed, vocabulary: Vocabulary) -> Asking:
    asked = typed.tree["condition"]
    findings = tuple(in_words(one, typed.tree) for one in conditions.problems(asked, "condition"))
    sentence, doubts = "", empty(typed.tree)
    if not findings:
        condition = conditions.parse(asked)
        sentence = conditions.headline(condition)
        doubts += unseen(condition, vocabulary)
    return Asking(
        typed=typed,
        drawing=draw(typed.tree, vocabulary, findings, doubts),
        menu=menu(),
        sentence=sentence,
        findings=findings,
        doubts=doubts,
    )


def counted(visit: Visit, one: Asking) -> Asking:
    """With whom it finds and reaches now, where it can be read; outside of any transaction."""
    if one.findings:
        return one
    condition = conditions.parse(one.typed.tree["condition"])
    return replace(one, size=sized(visit, condition, key="", editing=one.typed.editing))
