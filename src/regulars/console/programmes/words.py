"""What can be chosen in the blanks of a programme, in words."""

from regulars.console.programmes.blanks import options

COUNTS = options(
    money="money spent", quantity="units bought", lines="lines of an order", orders="orders", events="events"
)
ROUNDING = options(half_up="half up", floor="down", ceiling="up", half_even="half to even")
ROUNDED_PER = options(line="each line", order="the order as a whole")
JOINING = options(
    first_earn="with the first points they earn",
    first_active="with the first thing they do once they are known",
    enrolment="only by enrolling",
)
KINDS_OF_CURRENCY = options(
    spendable="to be spent", tier="count for tiers, never spent", stamps="stamps, collected and handed in"
)
WEEKDAYS = options(
    monday="Monday",
    tuesday="Tuesday",
    wednesday="Wednesday",
    thursday="Thursday",
    friday="Friday",
    saturday="Saturday",
    sunday="Sunday",
)
CAP_PER = options(
    order="order", day="day", week="week", month="month", quarter="quarter", year="year", ever="lifetime"
)
COMBINED = options(
    best="the best one counts", multiply="they multiply each other", add="what they give on top is added"
)
UNITS = options(
    seconds="seconds",
    minutes="minutes",
    hours="hours",
    days="days",
    weeks="weeks",
    months="months",
    years="years",
)
ROUND_TO = options(
    none="to the minute",
    start_of_day="to the start of that day",
    end_of_day="to the end of that day",
    end_of_week="to the end of that week",
    end_of_month="to the end of that month",
    end_of_quarter="to the end of that quarter",
    end_of_half_year="to the end of that half-year",
    end_of_year="to the end of that year",
)
ORIGINS = options(sale="as part of the sale", gift="as a gift", partner="for a partner")
WATCHED = options(
    earned_points="points earned",
    earning_orders="orders that earn",
    spent_points="points spent",
    redemptions="redemptions",
    returns="returns",
)
VELOCITY_DOES = options(review="held for review", block="held for review and stop spending")
RETURNS = options(
    only_pending="takes back only points that still wait",
    within_balance="takes back no more than is left",
    unlimited="takes back everything; who spent it owes it",
)
GIVEN_BACK = options(
    by_share="by the share of what is returned", when_all="once all of the order is returned"
)
POOLING = options(none="each member has their own points", household="a household shares its points")
QUALIFIED = options(
    collected="points collected",
    spend="money spent",
    orders="orders",
    events="events",
    balance="the points held",
    invitation="invitation alone",
)
TIER_WINDOW = options(
    rolling="the last",
    calendar="spans of the calendar",
    joined="spans since joining",
    tier="spans since the tier was reached",
    trait="spans since the day in a trait",
)
DOWNGRADES = options(
    one_step="goes down one step", to_figures="goes down to what the figures say", none="stays"
)
EFFECT = options(at_once="at once", next_window="with the next span")
