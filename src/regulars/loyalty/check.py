"""The proof of the ledger: the trial balance is zero, and everything agrees with everything."""

from dataclasses import dataclass
from datetime import datetime

from regulars.db import Query, Statements, Tx, rows, values
from regulars.kernel import Finding

FINDINGS_MAX = 100  # Of each sort.


class Sql(Statements, file="check.sql"):
    trial_balance: Query
    programme_keys: Query
    broken_transfers: Query
    broken_spends: Query
    broken_accounts: Query
    broken_chains: Query
    broken_lots: Query
    broken_balances: Query
    broken_moves: Query
    broken_members: Query
    broken_claims: Query
    broken_holds: Query
    overheld: Query
    broken_ends: Query
    booked_in_closed_books: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialLine:
    currency: str
    account: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialBalance:
    programme: str
    lines: tuple[TrialLine, ...]

    @property
    def total(self) -> int:
        """Zero; of several currencies, the largest deviation of one."""
        sums = {line.currency: 0 for line in self.lines}
        for line in self.lines:
            sums[line.currency] += line.amount
        return max(sums.values(), key=abs, default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    id: int
    wanted: int
    found: int


def trial_balance(tx: Tx, programme: str, at: datetime | None = None) -> TrialBalance:
    """Every account kind's sum, now or as booked up to an instant."""
    lines = rows(tx, SQL.trial_balance, TrialLine, key=programme, at=at)
    return TrialBalance(programme=programme, lines=tuple(lines))


def check_ledger(tx: Tx) -> list[Finding]:
    """Everything that does not agree, each at its place; empty when the ledger is sound."""
    return [*unbalanced(tx), *disagreeing(tx)]


def unbalanced(tx: Tx) -> list[Finding]:
    return [
        Finding(
            path=f"programme.{key}",
            code="loyalty.trial_balance",
            message=f"The trial balance of {key} is {total:,} and must be 0.",
        )
        for key in values(tx, SQL.programme_keys)
        if (total := trial_balance(tx, key).total)
    ]


def disagreeing(tx: Tx) -> list[Finding]:
    checks = (
        (
            SQL.broken_transfers,
            "transfer",
            "sums to {wanted:,} over {found} entries; it must be 0 over two or more",
        ),
        (
            SQL.broken_spends,
            "transfer",
            "has {found} of {wanted}: its member's account and lot, its programme's account, its own number",
        ),
        (SQL.broken_accounts, "account", "says {found:,}; its entries sum to {wanted:,}"),
        (SQL.broken_chains, "entry", "says {found} after it; the entries up to it sum to {wanted:,}"),
        (SQL.broken_lots, "lot", "says {found:,} remain; its amount and movements leave {wanted:,}"),
        (SQL.broken_balances, "account", "says {found:,}; the member's lots hold {wanted:,}"),
        (SQL.broken_moves, "transfer", "moved {wanted:,} to another member, whose books have {found:,}"),
        (SQL.broken_members, "member", "is closed and still holds {found:,}; it must be {wanted}"),
        (SQL.broken_claims, "transfer", "gave {wanted:,} and was asked back by {found:,}"),
        (SQL.broken_holds, "hold", "is captured by {wanted:,}; its spending says {found:,}"),
        (SQL.overheld, "member", "has {wanted:,} active and {found:,} held"),
        (SQL.broken_ends, "lot", "ends at {found} (seconds since 1970); its latest change says {wanted}"),
        (
            SQL.booked_in_closed_books,
            "transfer",
            "is booked at {found} (seconds since 1970) in books closed up to {wanted}",
        ),
    )
    return [
        Finding(
            path=f"{noun}.{broken.id}",
            code=f"loyalty.{noun}",
            message=f"{noun.capitalize()} {broken.id} "
            f"{said.format(wanted=broken.wanted, found=broken.found)}.",
        )
        for query, noun, said in checks
        for broken in rows(tx, query, Broken, limit=FINDINGS_MAX)
    ]
