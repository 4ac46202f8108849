"""What every page must be: one heading, as wide as the window, and nothing serious for axe."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SERIOUS = {"serious", "critical"}


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found if one["impact"] in SERIOUS]


def looks_right(page: Page, path: str, width: int, theme: str) -> None:
    """It fits, has one heading, and axe finds nothing serious."""
    page.context.add_cookies([{"name": "regulars-theme", "value": theme, "url": page.url}])
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(path)
    page.wait_for_load_state("networkidle")
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert serious(page) == []
