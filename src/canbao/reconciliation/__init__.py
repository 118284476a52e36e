"""Reconciliation 对账: two ledgers of the same payments, ours and theirs, compared row by row.

Takes: two files with one row for each payment (docs/reference/contract.md, "Ledgers to reconcile").
Gives: every row in exactly one kind, the differences as a file, and sums that add up to each file.
Never: changes a ledger, drops a row, or calls two payments the same because their amounts agree.
"""
