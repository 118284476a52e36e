"""Enrolment 参保登记.

Takes: a resident, a benefit year, a policy and the chosen tier.
Gives: one live enrolment per resident and year, and the facts the policy engine asks for.
Never: works out an amount, or enrols a person twice.
"""
