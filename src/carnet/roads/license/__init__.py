"""Licenses for road data: policies read, decided, enforced by what a delivery physically holds, and metered."""
