"""Ledger 复式账.

Takes: drafts of entries (a cause, a day, transfers between declared accounts) from billing and payments.
Gives: entries that can only be added, balances, a sealed chain per pooling area and day.
Never: knows what a bill or a person is; changes or removes a row; posts into a sealed day.
"""
