"""Templates: what messages say, in Liquid, with the variables of one person put in."""

from regulars.templates.kind import TEMPLATE, topic_findings
from regulars.templates.liquid import Abort
from regulars.templates.preparing import Prepared, Rendered, prepared
from regulars.templates.product import LOOKUPS_MAX, keys
from regulars.templates.reviewing import review
from regulars.templates.template import Medium, Purpose, Template, Variables, Variant

__all__ = [
    "LOOKUPS_MAX",
    "TEMPLATE",
    "Abort",
    "Medium",
    "Prepared",
    "Purpose",
    "Rendered",
    "Template",
    "Variables",
    "Variant",
    "keys",
    "prepared",
    "review",
    "topic_findings",
]
