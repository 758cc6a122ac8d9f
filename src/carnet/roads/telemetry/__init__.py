"""Vehicle telemetry: tables of each edition, one vectorised decoder, one readable one, and the way back to bytes."""
