"""Staff 经办人员.

Takes: logins, and the role each is granted in an area from one day until another.
Gives: the scope of a login for a purpose: where it may look, and what it may do there.
Never: reads a resident, or lets a role act outside the area it was granted for.
"""
