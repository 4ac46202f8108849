"""Whatever somebody switches: after what is told of it, exactly that holds, and what they left stays."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from regulars.customers import ConsentPolicy, Standing, Topic, Word
from regulars.preferences.deciding import decide
from regulars.preferences.model import Centre, Text
from regulars.preferences.offer import WHOLE, every_switch, hears, shelves
from regulars.preferences.words import words

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
CENTRE = Centre(title="Ours", texts={"en": Text(title="Yours")})
CHANNELS, KEYS = ("email", "sms"), ("news", "offers", "club")
BASES = st.sampled_from(["consent", "legitimate_interest"])
topics = st.builds(
    lambda key, channels, basis, own: Topic(
        key=key, title=key.title(), channels=channels, basis=basis, own_consent=own
    ),
    st.sampled_from(KEYS),
    st.sampled_from([("email",), ("sms",), CHANNELS]),
    BASES,
    st.booleans(),
)
policies = st.builds(
    lambda found, basis: ConsentPolicy(title="P", topics=tuple(found), basis=basis),
    st.lists(topics, max_size=3, unique_by=lambda one: one.key),
    BASES,
)
said = st.dictionaries(
    st.tuples(st.sampled_from(CHANNELS), st.sampled_from((WHOLE, *KEYS))),
    st.builds(
        lambda yes, minutes: Word(given=yes, at=AT - timedelta(minutes=minutes)),
        st.booleans(),
        st.integers(1, 4),
    ),
)


@given(policy=policies, said=said, flips=st.sets(st.integers(0, 12)))
def test_after_the_statements_every_switch_stands_as_it_was_left_or_set(
    policy: ConsentPolicy, said: dict[tuple[str, str], Word], flips: set[int]
) -> None:
    stands = Standing(customer_id=1, said=said)
    switches = list(every_switch(shelves(CENTRE, policy, stands, AT, words("en"))))
    wanted = {one.name: not one.on for place, one in enumerate(switches) if place in flips}

    steps = decide(policy, stands, switches, wanted, AT)

    after = dict(said)
    for place, step in enumerate(steps):
        for one in step:
            after[one.channel, one.topic] = Word(given=one.on, at=AT + timedelta(microseconds=place))
    then = Standing(customer_id=1, said=after)
    for one in switches:
        stood = hears(policy, then, one.channel, one.topic, AT)
        assert stood == wanted.get(one.name, one.on), (one.name, steps)
    if not wanted:
        assert steps == []
