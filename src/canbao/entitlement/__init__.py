"""Entitlement 待遇.

Takes: bills that ledger entries settled, with the moment of payment, and the policy.
Gives: the days a resident is covered, and the chain from a day of cover back to the clause of the notice.
Never: stores what it could not derive again; writes a day of cover for any other reason than a settled bill.
"""
