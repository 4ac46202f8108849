"""The lake: every event, order, ledger entry and message as files that any engine reads, and reading them."""
