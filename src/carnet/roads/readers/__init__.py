"""Readers of exchange formats that bring road data in. Each names what it skips."""
