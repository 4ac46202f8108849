"""People with a past, drawn by dice."""

from random import Random

from tests.integration.conditions.dice import (
    APPROACH,
    CATALOGUE,
    CHANNELS,
    COUPONS,
    CURRENCIES,
    DAY,
    KINDS,
    LISTS,
    NAMES,
    PATHS,
    PLACES,
    PRODUCTS,
    SEGMENTS,
    STAGES,
    STORES,
    TOPICS,
    TRAITS,
    Dice,
)
from tests.integration.conditions.history import (
    Entry,
    Event,
    Fact,
    Line,
    Order,
    Person,
    Said,
    Stay,
    Told,
    World,
)


def world(dice: Random, people: int) -> World:
    """People of all places, in turn."""
    made, number = {}, 1
    for place in range(people):
        made[number] = person(Dice(dice, *PLACES[place % len(PLACES)]))
        number += made[number].atoms
    return World(people=made, products=CATALOGUE)


def person(dice: Dice) -> Person:
    atoms = dice.one((1, 1, 1, 2, 3))

    def atom() -> int:
        return dice.dice.randrange(atoms)

    def several(most: int) -> range:
        return range(dice.dice.randint(0, most))

    return Person(
        events=tuple(_event(dice, atom()) for _ in several(10)),
        orders=tuple(_order(dice, atom()) for _ in several(5)),
        told=tuple(sorted((_told(dice, atom()) for _ in several(8)), key=lambda one: one.at)),
        said=tuple(sorted((_said(dice, atom()) for _ in several(5)), key=lambda one: one.at)),
        stays=_stays(dice),
        facts=tuple(_fact(dice, atom()) for _ in several(6)),
        identifiers=tuple(sorted({dice.one(KINDS) for _ in several(3)})),
        lists=_entries(dice, atoms),
        atoms=atoms,
        test=dice.often(1),
    )


def _event(dice: Dice, atom: int) -> Event:
    told = {}
    for path in PATHS[: dice.dice.randint(0, len(PATHS))]:
        if dice.often(7) and "." not in path:
            told[path] = dice.json()
    if dice.often(3):
        told["in"] = {"side": dice.one((dice.json(), {"deep": dice.json()}))}
    if dice.often(1):
        told["in.side"] = dice.scalar()
    return Event(at=dice.moment(), name=dice.one(NAMES), told=told, tracked=not dice.often(1), atom=atom)


def _order(dice: Dice, atom: int) -> Order:
    total, status = (
        dice.dice.randint(-3, 8),
        dice.one(("open", "open", "part_refunded", "refunded", "cancelled")),
    )
    given_back = 0 if status in ("open", "cancelled") else total if status == "refunded" else min(1, total)
    return Order(
        at=dice.moment(),
        total=total,
        currency=dice.one(CURRENCIES),
        status=status,
        discount=dice.dice.randint(0, 3),
        refunded=given_back,
        store=dice.one((None, *STORES)),
        coupon=dice.one((None, *COUPONS)),
        lines=tuple(
            Line(
                product=dice.one(PRODUCTS),
                variant=dice.one((None, "xl")),
                quantity=dice.one((None, 1.0, 2.0, 0.5, -1.0)),
                total=dice.dice.randint(-2, 5),
                discount=dice.dice.randint(0, 2),
                refunded=dice.one((None, None, 1)),
            )
            for _ in range(dice.dice.randint(0, 3))
        ),
        atom=atom,
    )


def _told(dice: Dice, atom: int) -> Told:
    name = dice.one(TRAITS[:-1])
    return Told(at=min(dice.moment(ahead=0), dice.at), name=name, value=dice.of_trait(name), atom=atom)


def _said(dice: Dice, atom: int) -> Said:
    at, given, believed = min(dice.moment(ahead=0), dice.at), dice.often(5), not dice.often(1)
    if dice.often(6):
        return Said(
            at=at,
            given=given,
            channel=dice.one(CHANNELS),
            topic=dice.one(TOPICS),
            believed=believed,
            atom=atom,
        )
    about = dice.one(("profiling", "processing", "pause", "frequency"))
    until = (
        dice.one((None, dice.at, dice.at + DAY, dice.moment())) if about == "pause" and not given else None
    )
    return Said(at=at, given=given, about=about, until=until, believed=believed, atom=atom)


def _stays(dice: Dice) -> tuple[Stay, ...]:
    """One after the other, often without a gap; of an approach always in one stage."""
    found: list[Stay] = []
    for keys in ((SEGMENTS[0],), (SEGMENTS[1],), tuple(f"{APPROACH}.{stage}" for stage in STAGES)):
        moments = sorted({dice.moment(ahead=0) for _ in range(dice.dice.randint(0, 5))})
        moments = [one for one in moments if one <= dice.at]
        for entered, left in zip(moments, [*moments[1:], None], strict=False):
            if len(keys) > 1 or dice.often(6):
                found.append(Stay(segment=dice.one(keys), entered=entered, left=left))
    return tuple(found)


def _entries(dice: Dice, atoms: int) -> tuple[Entry, ...]:
    """Profiles that became one person may each stand on a list."""
    return tuple(
        Entry(segment=one, until=dice.one((None, dice.at, dice.moment(ahead=5))), atom=atom)
        for one in LISTS
        for atom in range(atoms)
        if dice.often(3)
    )


def _fact(dice: Dice, atom: int) -> Fact:
    source = dice.one(("probe_message", "probe_lot", "probe_balance"))
    if source == "probe_message":
        columns = {"channel": dice.one((None, *CHANNELS)), "clicks": dice.one((None, 0, 1.5, 3))}
        told = {"p": dice.json(), "in": {"side": dice.json()}} if dice.often(7) else None
        name = dice.one(("sent", "failed"))
        return Fact(source=source, at=dice.moment(), name=name, columns=columns, told=told, atom=atom)
    columns = {"amount": dice.dice.randint(-2, 5), "programme": dice.one(("club", None, "p'2"))}
    at = dice.moment(ahead=9) if source == "probe_lot" else None
    return Fact(source=source, at=at, columns=columns, atom=atom)
