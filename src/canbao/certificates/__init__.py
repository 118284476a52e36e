"""Payment certificates 缴费证明.

Takes: payments that stand in the ledger, and the cover that they gave.
Gives: one certificate a payment, as PDF with a code that whoever holds the paper can look up.
Never: tells anything to somebody who only guesses a code, or certifies money that was given back.
"""
