"""The bulk kernel: the verdicts of thousands of products in many markets on many days, as planes of bits.

It answers what `review` answers one cell at a time, and must agree with it.
Reading order: bits, graph, columns, papers, lanes, of_table, of_projects, logic, carry, verdicts, standing, cells.
"""
