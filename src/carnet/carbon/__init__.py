"""Product footprints: one inventory, every market's rule, an auditor's trail.

    inventory + method + factors -> lines -> footprint -> ledger of differences

What a method says is a table (data/methods), what a kilogram emits is a table (data/factors), what a market charges
is a table (data/vehicle-carbon); nothing here knows any of them by name.
Reading order: form, tables, inventory, background, terms, footprint, uncertainty, ledger, report; system stands alone.
"""
