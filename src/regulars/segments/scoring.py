"""The kind of definition that scores customers: by recency, frequency and value, by tiers, by clusters."""

from datetime import datetime

from regulars.access import Actor
from regulars.db import Tx
from regulars.definitions import Definition, Kind, Lookup
from regulars.kernel import Finding
from regulars.segments.recomputing import sources_changed
from regulars.segments.score_source import NAME
from regulars.segments.scores import begin, end
from regulars.segments.scoring_body import Method, ScoringBody

METHODS: dict[Method, str] = {
    "rfm": "fifths of recency, frequency and value, in named groups",
    "value_tiers": "tiers of value",
    "clusters": "clusters of similar recency, frequency and value",
}
CURRENCY_SIGNS = 3
PERCENTS_MAX = 9
HUNDRED = 100


def scoring_sentence(body: ScoringBody) -> str:
    told = f"Scores who bought in {body.currency} in the last {body.look_back_days:,} days by"
    match body.method:
        case "value_tiers":
            tiers = ", ".join(f"best {one} %" for one in body.percents)
            return f"{told} {METHODS['value_tiers']}: {tiers}, the others."
        case "clusters":
            return f"{told} {body.clusters} {METHODS['clusters']}."
        case _:
            return f"{told} {METHODS['rfm']}."


def validate_scoring(body: ScoringBody, _lookup: Lookup) -> list[Finding]:
    found = []
    if len(body.currency) != CURRENCY_SIGNS or not (body.currency.isascii() and body.currency.isupper()):
        found.append(_wrong("currency", f"Write three capital letters such as USD; found {body.currency!r}."))
    growing = list(body.percents) == sorted(set(body.percents))
    in_hundred = all(0 < percent < HUNDRED for percent in body.percents)
    if not (1 <= len(body.percents) <= PERCENTS_MAX and growing and in_hundred):
        found.append(_wrong("percents", "Write one to nine growing shares of a hundred, such as 5, 20, 50."))
    return found


def _wrong(path: str, message: str) -> Finding:
    return Finding(path=path, code="segments.scoring", message=message)


def launch_scoring(tx: Tx, definition: Definition[ScoringBody], _actor: Actor, at: datetime) -> str:
    """Scores everybody at once, and, where there are not too many, for twelve months back as far as known."""
    scored = begin(tx, definition.key, definition.body, at)
    sources_changed(tx, {NAME}, at, {definition.name})
    return f"{definition.title} is live: {scored:,} customers have a score."


def retire_scoring(tx: Tx, definition: Definition[ScoringBody], _actor: Actor, at: datetime) -> None:
    end(tx, definition.key, at)
    sources_changed(tx, {NAME}, at, {definition.name})


SCORING = Kind(
    name="scoring",
    title="Scoring",
    plural="Scorings",
    body=ScoringBody,
    sentence=scoring_sentence,
    validate=validate_scoring,
    launch=launch_scoring,
    retire=retire_scoring,
)
