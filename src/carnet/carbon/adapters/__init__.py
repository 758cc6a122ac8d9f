"""Databases a user already has, read where they lie: nothing of them is shipped, copied or kept.

Each reader turns one format into a `Foreign` system; `plug` solves it once and hands the named products to an inventory
as items whose gases are split. Reading order: foreign (the noun), archive and markup (the guarded ways in), then one
module per format, then plug.
"""
