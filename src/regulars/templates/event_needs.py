"""What a template must be given of the event that it is sent for."""

from functools import lru_cache

from regulars.templates.liquid import environment, parsed, unsure_paths
from regulars.templates.preparing import in_variant, sources
from regulars.templates.shelf import BARE, Shelf
from regulars.templates.template import Template

EVENT = "event."


@lru_cache(maxsize=256)
def asked_of_event(body: Template, shelf: Shelf = BARE) -> frozenset[str]:
    """The paths below `event` that it prints without a default or an if, as in order.number."""
    bodies = (body, *(in_variant(body, variant) for variant in body.variants))
    read = (
        parsed(environment(html=part == "html", wanted=False), said, part)
        for one in bodies
        for part, said in sources(one, shelf).items()
    )
    paths = (path for part in read for path in unsure_paths(part))
    return frozenset(path.removeprefix(EVENT) for path in paths if path.startswith(EVENT))
