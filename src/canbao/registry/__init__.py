"""Registry 户籍与人员.

Takes: households, residents with their facts, and the categories that a department certified from a day on.
Gives: one live resident per document number and pooling area, found by name, number or pinyin inside a scope.
Never: says what somebody pays, or shows a number unmasked without being asked to.
"""
