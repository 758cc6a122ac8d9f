"""The only place with SQL: accounts, projects and the log of the exchange; bulk tables beside it."""
