"""The events this room tells."""

from regulars.log import EventType

TOLD = {
    "segment": "key of the segment, or of a stage as approach.stage",
    "title": "what people call it",
    "stage": "key of the stage, if it is one",
}
EVENTS = (
    EventType(
        name="regulars.segments.entered",
        description="A customer came into a segment or stage; marked as history at its first computation.",
        properties=TOLD,
    ),
    EventType(
        name="regulars.segments.left",
        description="A customer went out of a segment or stage.",
        properties={**TOLD, "entered_at": "when the stay that ended began"},
    ),
)
