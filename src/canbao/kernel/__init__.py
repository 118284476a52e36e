"""Kernel 内核: five small modules that every room may import.

Takes: nothing of ours, and no Django at import time.
Gives: money in fen, the clock, the scope of a caller, personal data types, refusals.
Never: grows a sixth module, or knows a table.
"""
