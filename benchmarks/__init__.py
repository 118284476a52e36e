"""Measurements: each prints a ratio to a peer or to the physical floor, both taken in the same run."""
