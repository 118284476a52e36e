from tests.town import clock

__all__ = ["clock"]
