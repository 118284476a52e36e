from tests.town import books, clock

__all__ = ["books", "clock"]
