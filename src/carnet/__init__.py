"""Carnet: the open interoperability and compliance engine for new-energy vehicles that cross borders."""

__version__ = "0.1.0"
