"""What conditions can measure of campaigns: who was sent one, was held out, or did what it was for."""

from regulars.campaigns.events import CONVERTED
from regulars.conditions import Column, Source
from regulars.messaging import EVENTS

CAMPAIGNS = Source(
    name="campaign",
    title="campaigns",
    one="campaign",
    verb="was in",
    # Of an arm is whose message was decided on, in both arms alike: sent, refused or held out.
    rows="select customer_id, arm as name, decided_at as at, source_key as campaign from messaging.fact_send "
    "where source_kind = 'campaign' and decided_at is not null and reason is distinct from 'same_person' "
    "union all "
    "select customer_id, 'converted', converted_at, campaign from campaigns.fact_member "
    "where converted_at is not null and counted",
    by_atom=False,
    has_name=True,
    names=("treated", "held_out", "converted"),
    columns={"campaign": Column(type="text", title="key")},
    touched_by=(*(one.name for one in EVENTS), CONVERTED),
)
SOURCES = (CAMPAIGNS,)
