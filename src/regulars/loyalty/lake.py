"""The entries of the ledger as the lake has them, each by the profile whose doing it was."""

from regulars.analytics import Table

LAKE = Table(
    name="ledger_entries",
    title="Ledger entries",
    source="select entry.id as entry_id, entry.place, entry.transfer_id, entry.account_id, "
    "transfer.customer_id, transfer.member_id, programme.key as programme, currency.code as currency, "
    "currency.scale, account.kind as account, transfer.kind as transfer, entry.amount, entry.balance_after, "
    "entry.booked_at, transfer.occurred_at, transfer.reverses, transfer.order_id, transfer.line_no, "
    "transfer.position, transfer.rule, transfer.version "
    "from loyalty.entry inner join loyalty.transfer on transfer.id = entry.transfer_id "
    "inner join loyalty.account on account.id = entry.account_id "
    "inner join loyalty.currency on currency.id = account.currency_id "
    "inner join loyalty.programme on programme.id = account.programme_id",
    key="entry_id",
    columns={
        "entry_id": "bigint",
        "transfer_id": "bigint",
        "account_id": "bigint",
        "customer_id": "bigint",
        "member_id": "bigint",
        "programme": "text",
        "currency": "text",
        "scale": "bigint",
        "account": "text",
        "transfer": "text",
        "amount": "bigint",
        "balance_after": "bigint",
        "booked_at": "instant",
        "occurred_at": "instant",
        "reverses": "bigint",
        "order_id": "bigint",
        "line_no": "bigint",
        "position": "bigint",
        "rule": "text",
        "version": "bigint",
    },
    watched=(("loyalty.entry_row", "id"), ("loyalty.simple_spend", "id")),
    place="place",
)
