"""Files as departments keep them, read into typed values. Knows no database."""
