"""Pages of deliverability: sending domains, what came back, suppressed addresses, mailboxes."""
