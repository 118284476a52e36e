"""Family mutual aid 家庭共济.

Takes: relatives' consents, balances of past years as the bureau hands them in, and somebody's wish that one pays.
Gives: a hold on the relative's personal account, then the payment of one whole bill, or the reason why there is none.
Never: takes a part of a bill, a fen of the current year, money of anybody who did not agree, or more than is there.
"""
