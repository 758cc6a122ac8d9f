"""Charging: read a log, judge it, rehearse a session, converge two families.

The tables in data/protocols/ say what is on the wire; this room only reads, walks and explains them.
Reading order: protocol, codec, frames, readers, reference (the slow checker), kernel (the fast one), walker,
verdict, judge.
"""
