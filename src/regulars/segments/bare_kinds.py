"""The two kinds of definition as far as reading them needs; what publishing them does stands in `kinds`."""

from regulars.conditions import headline, sentence
from regulars.definitions import Kind
from regulars.segments.model import SegmentationBody, SegmentBody


def segment_sentence(body: SegmentBody) -> str:
    if body.list:
        return f"Everybody on the list {body.name}"
    if body.condition is not None:
        return headline(body.condition)
    return f"Everybody in the stage {body.stage} of {body.approach}"


def segmentation_sentence(body: SegmentationBody) -> str:
    """Each stage with its rule, in order."""
    rules = "; ".join(f"{stage.name}: {sentence(stage.condition)}" for stage in body.stages)
    return f"The first that holds of {rules}"


BARE_SEGMENT = Kind(
    name="segment", title="Segment", plural="Segments", body=SegmentBody, sentence=segment_sentence
)
BARE_SEGMENTATION = Kind(
    name="segmentation",
    title="Segmentation",
    plural="Segmentations",
    body=SegmentationBody,
    sentence=segmentation_sentence,
)
