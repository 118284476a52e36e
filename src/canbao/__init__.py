"""Canbao 参保: software that runs a city's yearly resident medical insurance campaign."""

__version__ = "0.1.0"
