"""Frozen nouns, ids and errors that every layer shares: pure, without I/O and without a clock."""
