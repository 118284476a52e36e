"""Payments 缴费.

Takes: money for one open bill, exactly its amount, and a key that names the attempt.
Gives: one payment with its receipt number, the ledger entry, the settled bill; cover follows in the same transaction.
Never: takes another amount than the bill's, takes it twice, or decides what is owed.
"""
