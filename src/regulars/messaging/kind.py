"""The kind `template`, as the composition root registers it."""

from regulars.definitions import Kind, Lookup
from regulars.kernel import Finding
from regulars.messaging.template import Template, review, sentence


def _validate(body: Template, _lookup: Lookup) -> list[Finding]:
    return review(body)


TEMPLATE = Kind(
    name="template",
    title="Template",
    plural="Templates",
    body=Template,
    sentence=sentence,
    validate=_validate,
)
