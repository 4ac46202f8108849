"""Whatever can be set, called, run or heard is documented, and what is generated is in step with the code."""

import importlib.util
from pathlib import Path

import pytest

from regulars import analytics
from regulars.access import PERMISSIONS
from regulars.settings import Settings
from regulars.wiring import EVENTS, LAKE

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"


def load():
    spec = importlib.util.spec_from_file_location("reference", ROOT / "tools" / "reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATOR = load()


def text_of(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def operations():
    for path, methods in GENERATOR.specification().openapi()["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


OPERATIONS = list(operations())


@pytest.mark.parametrize("name", sorted(GENERATOR.pages()))
def test_generated_page_is_in_step(name):
    assert text_of(name) == GENERATOR.pages()[name], "Run `make docs`."


def test_pages_are_generated_the_same_twice():
    assert GENERATOR.pages() == GENERATOR.pages()


@pytest.mark.parametrize("name", Settings.model_fields)
def test_setting_is_documented(name):
    assert Settings.model_fields[name].description
    assert f"`REGULARS_{name.upper()}`" in text_of("settings.md")


@pytest.mark.parametrize("name", sorted(GENERATOR.commands()))
def test_command_is_documented(name):
    assert f"## regulars {name}\n" in text_of("commands.md")
    assert GENERATOR.commands()[name].help


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name)
def test_event_is_documented(event):
    assert f"### {event.name}\n" in text_of("events.md")
    assert event.description
    assert all(event.properties.values())


@pytest.mark.parametrize(("route", "operation"), OPERATIONS, ids=[route for route, _ in OPERATIONS])
def test_route_is_documented(route, operation):
    assert f"`{route}`" in text_of("api.md")
    assert operation.get("description"), "Give the route's function a docstring."
    assert all("schema" in parameter for parameter in operation.get("parameters", ()))


@pytest.mark.parametrize("action", PERMISSIONS)
def test_permission_is_documented(action):
    assert f"`{action}`" in text_of("permissions.md")


@pytest.mark.parametrize("table", [*LAKE, analytics.PERSONS], ids=lambda table: table.name)
def test_column_of_the_lake_is_documented(table):
    assert not [name for name in table.columns if not analytics.meaning(table.name, name)]
