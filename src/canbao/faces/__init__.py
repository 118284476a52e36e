"""Faces 界面.

Takes: a request, and the scope of whoever sent it.
Gives: pages: the portal for residents, the console for staff, printed sheets; Chinese first, English complete.
Never: computes an amount, a date or a state itself, writes a row itself, or reads a row outside the scope.
"""
