"""Write the generated pages of docs/reference from the code, or say which are out of step (--check)."""

import importlib
import pkgutil
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import click
import typer

from regulars import analytics, cli
from regulars.access import permissions_page
from regulars.api import specification
from regulars.conditions import conditions_page, schema_page
from regulars.log import EventType
from regulars.settings import Settings
from regulars.wiring import EVENTS, LAKE

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "reference"
WRITTEN = "Written from the code by `make docs`; a test keeps the two in step.\n"

# What the product understands of what others track; any other event is kept as it came.
TRACKED = (
    EventType(
        name="identify",
        description="Who a customer is. A trait replaces the one of its name; null takes it away. "
        "Any trait is kept; these have a place of their own.",
        properties={
            "name": "What people call the customer; else first_name and last_name together.",
            "email": "Where e-mail goes.",
            "phone": "Where text messages go.",
        },
    ),
    EventType(
        name="Order Completed",
        description="A purchase, once for each order. The same order id again, with a higher revision, "
        "replaces it.",
        properties={
            "order_id": "The shop's id of the order.",
            "revision": "A whole number; a higher one replaces the order.",
            "currency": "ISO 4217.",
            "total": "What was paid for the goods, as a decimal number.",
            "discount": "What was taken off, as a decimal number.",
            "store_id": "Which shop.",
            "products": "A list of lines: product_id (or sku), quantity, total (or price), discount.",
        },
    ),
    EventType(
        name="Consent Given",
        description="A customer agrees to hear by a channel, of one topic or of the whole. From a page, "
        "whose key is public, it is kept and does not count.",
        properties={
            "channel": "email, sms, push, post, phone; tracking is the counting of opens and clicks. Needed.",
            "topic": "Of the consent policy; empty: the channel as a whole.",
            "purpose": "What the data is used for.",
            "basis": "Why it is lawful, as consent.",
            "source": "Where they said it, as a form or a till.",
            "wording": "What they read, word for word; or only its version.",
            "wording_version": "Of the consent policy's wordings of the topic.",
            "ip": "The network address from which they said it.",
            "asked_at": "When a double opt-in was asked for; the event is its confirmation.",
            "asked_ip": "From which network address it was asked for.",
        },
    ),
    EventType(
        name="Consent Withdrawn",
        description="A customer takes it back; a page may tell it, too.",
        properties={"channel": "As above.", "topic": "As above.", "source": "Where they said it."},
    ),
    EventType(
        name="Profiling Objected, Profiling Allowed",
        description="A customer objects to being chosen by what is known of them, or allows it again.",
        properties={"source": "Where they said it."},
    ),
    EventType(
        name="Processing Restricted, Processing Resumed",
        description="A customer's data may only be kept, or may be used again; taken from no page.",
        properties={"source": "Where they said it."},
    ),
    EventType(
        name="Messages Paused, Messages Resumed",
        description="A customer wants a pause, or ends it.",
        properties={"until": "The instant the pause ends; without it, until they say otherwise."},
    ),
    EventType(
        name="Fewer Messages Asked, Usual Messages Asked",
        description="A customer wants to hear less often, or as usual.",
        properties={"every_days": "Days between two messages at least; without it, as the policy says."},
    ),
    EventType(
        name="Mailing Received",
        description="A letter or catalogue reached a customer; the demonstration's campaigns of paper.",
        properties={
            "campaign_id": "Which one.",
            "campaign_type": "What sort.",
            "valid_until": "The last day of its offers.",
        },
    ),
    EventType(
        name="Coupon Applied",
        description="A coupon was redeemed.",
        properties={"coupon_id": "Which one.", "campaign_id": "What it came with."},
    ),
)


def pages() -> dict[str, str]:
    """Every generated page by its file name; the same code gives the same text."""
    return {
        "settings.md": settings_page(),
        "commands.md": commands_page(),
        "api.md": api_page(),
        "events.md": events_page(),
        "lake.md": lake_page(),
        "permissions.md": permissions_page(),
        "conditions.md": conditions_page(WRITTEN),
        "condition.schema.json": schema_page(),
        "signals.md": signals_page(),
    }


def table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |\n" for line in lines)


def settings_page() -> str:
    rows = (
        (f"`REGULARS_{name.upper()}`", field.description or "", f"`{default(field.default)}`")
        for name, field in Settings.model_fields.items()
    )
    settings = table(("setting", "what it is", "default"), rows)
    return (
        f"# Settings\n\n{WRITTEN}\nEvery setting is an environment variable, read once when a process "
        f"starts; `regulars doctor` says which are wrong.\n\n{settings}"
    )


def default(value: object) -> str:
    return "none" if value is None else str(value)


def commands() -> dict[str, click.Command]:
    """Every command that people call, by name; those that processes start for themselves are hidden."""
    for module in pkgutil.iter_modules(cli.__path__):
        importlib.import_module(f"regulars.cli.{module.name}")
    group: Any = typer.main.get_command(importlib.import_module("regulars.cli.commands").cli)
    return dict(sorted(named("", group)))


def named(head: str, group: Any) -> Iterator[tuple[str, click.Command]]:
    """The commands of a group, and those of groups within it, by their whole names."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from named(f"{head}{name} ", command)
        elif not command.hidden:
            yield f"{head}{name}", command


def commands_page() -> str:
    told = "".join(command_section(name, command) for name, command in commands().items())
    return (
        f"# Commands\n\n{WRITTEN}\n`regulars --version` prints the version, `regulars COMMAND --help` "
        f"the same as here.\n{told}"
    )


def command_section(name: str, command: click.Command) -> str:
    rows = [
        (f"`{' '.join(dict.fromkeys([*parameter.opts, *parameter.secondary_opts]))}`", help_of(parameter))
        for parameter in command.params
        if parameter.name != "help"
    ]
    said = " ".join((command.help or "").split())
    options = f"\n{table(('option', 'what it does'), iter(rows))}" if rows else ""
    return f"\n## regulars {name}\n\n{said}\n{options}"


def help_of(parameter: Any) -> str:
    return " ".join((getattr(parameter, "help", None) or "").split())


def api_page() -> str:
    described = specification().openapi()
    by_tag: dict[str, list[tuple[str, ...]]] = {}
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            by_tag.setdefault(operation["tags"][0], []).append(route(path, method, operation))
    head = ("address", "what it does", "permission")
    told = "".join(f"\n## {tag.capitalize()}\n\n{table(head, iter(rows))}" for tag, rows in by_tag.items())
    return (
        f"# API\n\n{WRITTEN}\nAll addresses stand under `/api/v1`; `/api/v1/openapi.json` has every field "
        "with examples (OpenAPI 3.1). How to call it stands in [use the API](../how-to/use-the-api.md), what "
        "the permissions mean in [permissions](permissions.md). A star: kind, scope or amount "
        f"count as well.\n\n`GET /health` says that the process lives, without key or database.\n{told}"
    )


def route(path: str, method: str, operation: Mapping[str, Any]) -> tuple[str, ...]:
    asked = [p["name"] for p in operation.get("parameters", ()) if p["in"] == "query"]
    query = f" ?{', '.join(asked)}" if asked else ""
    said = " ".join(operation.get("description", operation["summary"]).split())
    permission = operation.get("x-permission")
    star = " *" if "x-permission-judged-by" in operation else ""
    return (f"`{method.upper()} {path}`{query}", said, f"`{permission}`{star}" if permission else "none")


def events_page() -> str:
    own = "".join(event_section(event) for event in sorted(EVENTS, key=lambda event: event.name))
    tracked = "".join(event_section(event) for event in TRACKED)
    return (
        f"# Events\n\n{WRITTEN}\nEverything that happens to a customer is an event in the one log; how it "
        "works stands in [the log](../explanation/log.md). Properties are added, never taken away or "
        "changed in meaning; a change of meaning raises the schema version.\n\n## What others track\n"
        f"{tracked}\n## What the product tells\n\nThe names `regulars.*` are the product's own; nobody else "
        f"can send them.\n{own}"
    )


def event_section(event: EventType) -> str:
    version = f" Schema version {event.schema_version}." if event.name.startswith("regulars.") else ""
    rows = ((f"`{name}`", meaning) for name, meaning in event.properties.items())
    return f"\n### {event.name}\n\n{event.description}{version}\n\n{table(('property', 'meaning'), rows)}"


LAKE_ABOUT = """Each table is a Delta table of Parquet files at the place of `REGULARS_LAKE`, in a folder of
the table's name. Instants are UTC, money is in the smallest unit of its currency; columns are added and
never change their meaning. How others read it stands in
[read the lake elsewhere](../how-to/read-the-lake-elsewhere.md).

In `events` each property of a planned event that is live has a column of its own besides: `<property>_text`,
`_number`, `_integer` or `_boolean`, from the day it was planned; before it, the value stands in `properties`
alone.
"""


def lake_page() -> str:
    told = "".join(map(lake_section, (*LAKE, analytics.PERSONS)))
    ready = table(("name", "what it answers"), ((f"`{one.name}`", one.about) for one in analytics.READY))
    return (
        f"# The lake\n\n{WRITTEN}\n{LAKE_ABOUT}{told}\n## Ready statements\n\n`regulars sql --ask NAME`; "
        f"DuckDB and Spark answer them alike. Days and months are those of the workspace's zone.\n\n{ready}"
    )


def lake_section(one: analytics.Table) -> str:
    types = {"instant": "timestamp, UTC", "number": "double", "text": "string"}
    rows = (
        (f"`{name}`", types.get(kind, kind), analytics.meaning(one.name, name) or "")
        for name, kind in one.columns.items()
    )
    return f"\n## {one.name}\n\n{table(('column', 'type', 'meaning'), rows)}"


def signals_page() -> str:
    """By what a request tells that it is a machine's, each with where that is known from."""
    said = tomllib.loads(files("regulars.responses").joinpath("signals.toml").read_text(encoding="utf-8"))

    def quoted(one: Mapping[str, Any], name: str) -> str:
        return ", ".join(f"`{part}`" for part in one.get(name, ()))

    agents = (
        (
            f"`{one['code']}`",
            one["title"],
            f"is {quoted(one, 'equals')}" if "equals" in one else f"contains {quoted(one, 'contains')}",
            ", ".join(one.get("of", ("opened", "clicked", "viewed"))),
            one["source"],
        )
        for one in said["agent"]
    )
    headers = ((f"`{one['name']}`", quoted(one, "contains"), one["source"]) for one in said["header"])
    persons = ((one["title"], quoted(one, "contains"), one["source"]) for one in said["person"])
    times = ((f"`{name}`", f"{seconds} s") for name, seconds in said["times"].items())
    return (
        f"# Signals of machines\n\nVersion {said['version']} of {said['as_of']}. How they are used is told "
        "in [opens and clicks](../explanation/opens-and-clicks.md).\n\n## User agents\n\nCompared without "
        "regard to capitals.\n\n"
        + table(("code", "what it is", "the user agent", "of", "known from"), agents)
        + "\n## Headers (`prefetch`)\n\n"
        + table(("header", "contains", "known from"), headers)
        + "\n## Left with the people\n\n"
        + table(("what it is", "contains", "known from"), persons)
        + "\n## Times\n\n"
        + table(("name", "seconds"), times)
    )


def out_of_step() -> list[str]:
    return [name for name, text in pages().items() if not stands(FOLDER / name, text)]


def stands(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def main() -> None:
    stale = out_of_step()
    if "--check" in sys.argv[1:]:
        sys.exit(f"Run `make docs`: {', '.join(stale)} out of step." if stale else 0)
    for name in stale:
        (FOLDER / name).write_text(pages()[name], encoding="utf-8")
        print(f"docs/reference/{name}")


if __name__ == "__main__":
    main()
