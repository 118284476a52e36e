"""Numbers in addresses: a key that a bigint holds, a year that a date can name."""

from __future__ import annotations

from django.urls import register_converter


class Id:
    """A key of the database: nothing that no bigint holds."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


class Year(Id):
    """A year that a date can name, and that is no slip of the pen."""

    regex = "(?:19|2[0-9])[0-9]{2}"


register_converter(Id, "id")
register_converter(Year, "year")
