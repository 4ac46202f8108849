"""Templates: what messages say, in Liquid, with the variables of one person put in."""

from regulars.templates.aborting import Abort
from regulars.templates.checking import Remark, checks
from regulars.templates.event_needs import asked_of_event
from regulars.templates.fetching import Asked, Fetch, Fetched, Fetcher, nothing_leaves
from regulars.templates.importing import Imported, import_html
from regulars.templates.kind import TEMPLATE, topic_findings
from regulars.templates.looking_up import look_up
from regulars.templates.preparing import Prepared, Rendered, parts_written, prepared, prepared_for
from regulars.templates.product import LOOKUPS_MAX, keys
from regulars.templates.ready_made import BLOCKS, BRAND_START, TEMPLATES, TEXTS, WIN_BACK_MJML
from regulars.templates.reviewing import review
from regulars.templates.shelf import (
    BARE,
    BLOCK,
    BRAND,
    BRAND_KEY,
    BUILT_IN_BRAND,
    Block,
    Brand,
    Shelf,
    live_shelf,
    shelf_of,
)
from regulars.templates.template import Medium, Purpose, Template, Variables, Variant

__all__ = [
    "BARE",
    "BLOCK",
    "BLOCKS",
    "BRAND",
    "BRAND_KEY",
    "BRAND_START",
    "BUILT_IN_BRAND",
    "LOOKUPS_MAX",
    "TEMPLATE",
    "TEMPLATES",
    "TEXTS",
    "WIN_BACK_MJML",
    "Abort",
    "Asked",
    "Block",
    "Brand",
    "Fetch",
    "Fetched",
    "Fetcher",
    "Imported",
    "Medium",
    "Prepared",
    "Purpose",
    "Remark",
    "Rendered",
    "Shelf",
    "Template",
    "Variables",
    "Variant",
    "asked_of_event",
    "checks",
    "import_html",
    "keys",
    "live_shelf",
    "look_up",
    "nothing_leaves",
    "parts_written",
    "prepared",
    "prepared_for",
    "review",
    "shelf_of",
    "topic_findings",
]
