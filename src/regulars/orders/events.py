"""The events this room tells."""

from regulars.log import EventType

EVENTS = (
    EventType(
        name="regulars.orders.catalogue_changed",
        description="Of known products the category, department or brand is another; nobody's event.",
        properties={
            "products": "how many",
            "properties": "which: category, department, brand",
        },
    ),
)
