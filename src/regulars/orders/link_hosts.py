"""The hosts that the company's own catalogue names: links to them are the company's, whoever gets them."""

from collections.abc import Set as AbstractSet

from regulars.db import Query, Statements, Tx, run, values


class Sql(Statements, file="link_hosts.sql"):
    keep: Query
    linked: Query


SQL = Sql()


def keep_staged_hosts(tx: Tx) -> None:
    """Keep the hosts of the products that are staged; never of what browsers or orders tell."""
    run(tx, SQL.keep)


def linked_hosts(tx: Tx, hosts: AbstractSet[str]) -> set[str]:
    """Those of these hosts, in ASCII, that links or images of the catalogue lead to, or ever did."""
    written = {name: one for one in hosts for name in (one, _in_letters(one))}
    return {written[found] for found in values(tx, SQL.linked, hosts=sorted(written))}


def _in_letters(host: str) -> str:
    """As a catalogue may write it."""
    try:
        return host.encode().decode("idna") if "xn--" in host else host
    except UnicodeError:
        return host
