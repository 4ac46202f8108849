"""The condition language: its JSON Schema, and any condition as a sentence while it is written."""

from collections.abc import Iterable
from typing import Any

from pydantic import Field

from regulars import conditions, events, insights
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.problems import Found
from regulars.api.shapes import In, Out
from regulars.kernel import Finding, Invalid

router = resource("conditions")
EXAMPLE = {"is": "order_count", "comparison": "at_least", "number": 2, "window": {"is": "last", "days": 90}}


class Asked(In):
    condition: Any = Field(description="In its JSON form; see the schema.", examples=[EXAMPLE])


class Sentence(Out):
    sentence: str | None = Field(
        description="Null while it cannot be read.", examples=["bought at least 2 times in the last 90 days"]
    )
    headline: str | None = Field(examples=["Everybody who bought at least 2 times in the last 90 days"])
    findings: tuple[Found, ...] = Field(description="What is wrong, each at its place.")
    warnings: tuple[Found, ...] = Field(description="Names that no data has yet; asked all the same.")


@router.get("/conditions/schema", openapi_extra=permission("definitions.view"))
def schema(call: Calling) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of conditions, with the sources of this installation."""
    with call.enter():
        return conditions.condition_schema()


@router.post("/conditions/sentence", openapi_extra=permission("definitions.view"))
def sentence(call: Calling, asked: Asked) -> Sentence:
    """A condition in words, or every reason why it cannot be read; nothing is kept."""
    with call.enter() as entered:
        try:
            condition = conditions.parse(asked.condition)
        except Invalid as wrong:
            return Sentence(sentence=None, headline=None, findings=_found(wrong.findings), warnings=())
        doubts = conditions.warnings(condition, _known(entered))
        return Sentence(
            sentence=conditions.sentence(condition),
            headline=conditions.headline(condition),
            findings=(),
            warnings=_found(doubts),
        )


def _known(entered: Entered) -> conditions.Known:
    """Events that arrived since ever, and the traits of a sample; where nobody has any, none is doubted."""
    arrived = events.discovered(entered.tx)
    seen = insights.trait_suggestions(entered.tx, sees_contacts=False).traits
    return conditions.Known(
        events=frozenset(one.name for one in arrived if one.name),
        traits=frozenset(one.name for one in seen) or None,
    )


def _found(findings: Iterable[Finding]) -> tuple[Found, ...]:
    return tuple(Found(path=one.path, code=one.code, message=one.message) for one in findings)
