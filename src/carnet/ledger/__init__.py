"""Evidence and its proof: what documents show, and that nothing changed since."""
