"""Certification routes: from what is missing to the cheapest and the fastest proven way to close it."""
