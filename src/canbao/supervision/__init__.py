"""Supervision 督导.

Takes: what register, enrolment, bills and cover say of a place, and the targets of the notice.
Gives: progress by township and village, and by how many people a place is behind.
Keeps: filters of lists that somebody saved, which name places and conditions and nobody.
Keeps: counts of villages that anything counted marks to be counted anew; check-invariants recounts them.
Never: shows a kept count that something changed since.
"""
