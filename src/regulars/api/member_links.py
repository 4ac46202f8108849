"""Links to members' own pages, to hand over."""

from pydantic import Field

from regulars import portal, preferences
from regulars.api.calling import Calling, permission, resource
from regulars.api.customers import customer_of
from regulars.api.members import PLACE
from regulars.api.problems import documented
from regulars.api.shapes import CustomerInPath, Instant, Out, ProgrammeInPath

router = resource("members")
REFUSALS = documented(409)


class MemberLink(Out):
    """An address that leads to the member's page; it shows no points until they prove their address there."""

    url: str = Field(examples=["https://shop.example/m/Zk3…?programme=points_club"])
    good_until: Instant


@router.post(
    f"{PLACE}/link", status_code=201, openapi_extra=permission("preferences.link"), responses=REFUSALS
)
def make_link(call: Calling, programme: ProgrammeInPath, customer: CustomerInPath) -> MemberLink:
    """Make a link to a member's own page to hand over; it shows nothing personal by itself. Audited."""
    with call.enter() as entered:
        person = customer_of(entered, customer)
        base = entered.app.settings.address
        url = portal.member_link(
            entered.tx, programme, person.customer_id, base, at=entered.at, now=entered.now
        )
        entered.record("portal.link", kind="customer", subject=person.id, after={"programme": programme})
        return MemberLink(url=url, good_until=preferences.good_until("staff", entered.now))
