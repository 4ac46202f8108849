"""Links that are written out in the pages lead to a route of the console."""

import re
from pathlib import Path

import regulars.console

TEMPLATES = Path(regulars.console.__file__).parent / "templates"


def test_no_page_leads_to_a_definition_called_new():
    lost = [
        f"{path.relative_to(TEMPLATES)}: {found}"
        for path in sorted(TEMPLATES.rglob("*.html"))
        for found in re.findall(r'"(/definitions/[a-z-]+/new\b[^"]*)"', path.read_text(encoding="utf-8"))
    ]

    assert not lost, "A new definition is begun at /definitions/new?kind=…&start=…"
