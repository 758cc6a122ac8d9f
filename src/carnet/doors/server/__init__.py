"""The server: HTTP over the same functions the command line uses. `exchange` is the house behind every route."""
