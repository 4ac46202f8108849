"""Imports: files of customers, events, orders, catalogue, consents and opening balances."""
