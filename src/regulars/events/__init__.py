"""Events: what comes in through the tracking API, where from, what was planned, and what was refused."""
