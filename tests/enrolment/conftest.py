"""The villages and people of the register's tests and of the money's, and who enrols them."""

from tests.registry.conftest import shan_xiongfei, tengzhou, zhang_guilan
from tests.town import books, clock

__all__ = ["books", "clock", "shan_xiongfei", "tengzhou", "zhang_guilan"]
