"""Responses: what comes back of a message: opens, clicks, who clicked and what only a machine did."""
