"""Sources of enrichment: their secret, a run now, and what came of it."""

from typing import Annotated

from pydantic import Field

from regulars import connections, customers, definitions, jobs
from regulars.api.calling import Calling, permission, resource
from regulars.api.shapes import In, Instant, Out, Text, id_type, key_in_path
from regulars.kernel import NotFound, public_id

router = resource("enrichments")
EnrichmentInPath = Annotated[str, key_in_path("the enrichment", "company-data")]


class Tally(Out):
    asked: int = Field(description="Customers for whom it was asked.")
    found: int
    failed: int
    last_at: Instant | None


class Secret(In):
    secret: Text = Field(min_length=1, max_length=20_000, examples=["sk_live_1"])


class Kept(Out):
    valid: int = Field(description="How many values count now; the one before counts for a day.")


class Asked(Out):
    job: Annotated[str, id_type("job", "the run")]


@router.get("/enrichments/{enrichment}", openapi_extra=permission("definitions.view"))
def tally(call: Calling, enrichment: EnrichmentInPath) -> Tally:
    """What came of asking a source so far."""
    with call.enter() as entered:
        return Tally.model_validate(customers.enrichment_tally(entered.tx, enrichment))


@router.put("/enrichments/{enrichment}/secret", openapi_extra=permission("sources.secrets"))
def set_secret(call: Calling, enrichment: EnrichmentInPath, body: Secret) -> Kept:
    """Keep what the source wants to see, sealed; it is never shown again."""
    with call.enter() as entered:
        definitions.get(entered.tx, customers.ENRICHMENT, enrichment)  # Of a source that is not there: 404.
        name, vault = f"enrichment/{enrichment}", entered.app.vault
        connections.set_secret(
            entered.tx, entered.actor, vault, name, body.secret, at=entered.at, now=entered.now
        )
        return Kept(valid=len(connections.told_of(entered.tx, name, entered.now)))


@router.post("/enrichments/{enrichment}/run", status_code=202, openapi_extra=permission("jobs.manage"))
def run_now(call: Calling, enrichment: EnrichmentInPath) -> Asked:
    """Ask the source now for those that are due; else it is asked once a day."""
    with call.enter() as entered:
        if definitions.live(entered.tx, customers.ENRICHMENT, enrichment) is None:
            raise NotFound(f"There is no live enrichment {enrichment[:80]!r}; publish it first.")
        args = {"enrichment": enrichment}
        job = jobs.defer(entered.tx, customers.ENRICH, args, requested_by=entered.actor.name)
        return Asked(job=public_id("job", job))
