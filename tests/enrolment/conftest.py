"""The villages and people of the register's tests, and who enrols them."""

from tests.registry.conftest import shan_xiongfei, tengzhou, zhang_guilan

__all__ = ["shan_xiongfei", "tengzhou", "zhang_guilan"]
