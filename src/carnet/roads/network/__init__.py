"""Road networks: read from maps, indexed, matched with trips, and how much of them was observed."""
