"""Rewards: what members get for their points, from the catalogue to the handing over."""
