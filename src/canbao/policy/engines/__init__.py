"""Engines that bill a whole register. None holds a rule: they ask the one-person rules once for each situation."""
