"""The area Data: what comes in, from where, and what was refused."""
