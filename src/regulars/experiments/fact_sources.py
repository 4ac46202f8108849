"""What conditions can measure of experiments: who was drawn into which arm."""

from regulars.conditions import Column, Source

TOLD = tuple(f"regulars.messaging.{one}" for one in ("sent", "held_out", "skipped", "failed", "in_doubt"))
EXPERIMENT = Source(
    name="experiment",
    title="experiments",
    one="experiment",
    verb="was drawn for",
    rows="select customer_id, assigned_at as at, experiment, arm from experiments.fact_assignment",
    by_atom=False,
    columns={
        "experiment": Column(type="text", title="name"),
        "arm": Column(type="text", title="arm"),
    },
    # Whoever was drawn is told of by a message that was sent or not, or by having been held out.
    touched_by=TOLD,
)
SOURCES = (EXPERIMENT,)
