"""Intake 名单导入导出.

Takes: lists from departments as they keep them (.xlsx, .xls, .csv), and the wish for a list of people.
Gives: what would happen to which row, then all of it at once or nothing; files that say who took them and why.
Never: writes a row that nobody has seen in a preview, drops one silently, or keeps a number in clear.
"""
