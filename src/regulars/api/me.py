"""Who asks."""

from pydantic import Field

from regulars import access
from regulars.api.calling import Calling, permission, resource
from regulars.api.shapes import Out
from regulars.kernel import public_id

router = resource("me")


class Me(Out):
    name: str = Field(examples=["The till in Springfield"])
    person: str | None = Field(description="Public id; of a key, who answers for it.", examples=["per_3"])
    level: int = Field(ge=1, le=7, examples=[3])
    level_words: str = Field(examples=["applies"])
    function: str = Field(examples=["loyalty"])
    scope: str | None = Field(description="Null is everything.", examples=[None])
    via: str = Field(description="console, or the public id of the key.", examples=["key_7"])
    csrf: str | None = Field(
        default=None,
        description="With a console session: what changes send as X-CSRF-Token.",
        examples=[None],
    )


@router.get("/me", openapi_extra=permission("definitions.view"))
def me(call: Calling) -> Me:
    """Who asks, as the product sees them."""
    with call.enter() as entered:
        actor = entered.actor
        return Me(
            name=actor.name,
            person=public_id("per", actor.person_id) if actor.person_id else None,
            level=actor.level,
            level_words=access.level_words(actor.level),
            function=actor.function,
            scope=actor.scope,
            via=actor.via,
            csrf=entered.csrf,
        )
