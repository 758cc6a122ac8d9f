"""Supply: where every gram comes from, what is unknown, what would stop the line, and how the loop closes."""
