"""Demo 演示数据.

Takes: a size and a seed.
Gives: invented residents in real villages, staff to look at them, and a collection under way.
Never: touches a register that holds anybody who was not invented.
"""
