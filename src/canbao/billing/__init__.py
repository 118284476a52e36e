"""Billing 应缴.

Takes: live enrolments with their facts, and the policy in force.
Gives: one immutable bill per resident, benefit year and kind, pinned to the digests of policy and facts; a receivable.
Never: computes an amount itself (canbao.policy does), learns how a bill was paid, or changes a bill after issue.
"""
