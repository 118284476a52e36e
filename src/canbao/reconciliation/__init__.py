"""Reconciliation 对账: what others say they took and gave back, held against ours, row by row.

Takes: two files with one row for each payment (docs/reference/contract.md), and statements of channels.
Gives: every row in exactly one kind, the differences as a file or as a work list, and sums that add up to each file.
Never: changes a ledger, drops a row, or calls two payments the same because their amounts agree.
"""
