"""Test roads: telemetry, networks, trips, coverage, licenses, export decisions; states ads.* and telemetry.* facts."""
