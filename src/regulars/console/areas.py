"""The areas of the console, in the order of the work."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    key: str  # What a router of pages names.
    title: str
    href: str
    icon: str
    text: str  # What it is for, for the palette and an empty page.


AREAS = (
    Area(key="home", title="Home", href="/", icon="home", text="What changed and what needs you"),
    Area(
        key="customers",
        title="Customers",
        href="/customers",
        icon="users",
        text="Everybody you know, and all that happened",
    ),
    Area(
        key="data",
        title="Data",
        href="/data",
        icon="database",
        text="What comes in, from where, and what was refused",
    ),
    Area(
        key="segments",
        title="Segments",
        href="/segments",
        icon="chart-pie",
        text="Groups of customers, always up to date",
    ),
    Area(
        key="campaigns",
        title="Campaigns",
        href="/campaigns",
        icon="speakerphone",
        text="One send, with its effect",
    ),
    Area(
        key="journeys",
        title="Journeys",
        href="/journeys",
        icon="route",
        text="Steps that follow each customer",
    ),
    Area(
        key="loyalty",
        title="Loyalty",
        href="/loyalty",
        icon="award",
        text="Programmes, points, tiers and the ledger",
    ),
    Area(key="offers", title="Offers", href="/offers", icon="gift", text="Promotions, codes and rewards"),
    Area(
        key="experiments",
        title="Experiments",
        href="/experiments",
        icon="flask",
        text="What really changed, against a control",
    ),
    Area(
        key="insights",
        title="Insights",
        href="/insights",
        icon="chart-line",
        text="Metrics, models and advice",
    ),
    Area(
        key="strategy",
        title="Strategy",
        href="/strategy",
        icon="compass",
        text="Objectives, plan and initiatives",
    ),
    Area(
        key="privacy",
        title="Privacy",
        href="/privacy",
        icon="shield-check",
        text="What customers ask of their data, and how long it is kept",
    ),
    Area(
        key="settings",
        title="Settings",
        href="/settings",
        icon="settings",
        text="People, approvals, definitions, readers",
    ),
)
