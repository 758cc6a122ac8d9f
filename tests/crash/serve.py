"""A server to be killed: serve.py HOME DATABASE PORT. It reads no library, so that it starts quickly."""

import sys
from pathlib import Path

import uvicorn

from carnet.catalog import Catalog
from carnet.doors.server.server import create_server, open_exchange
from carnet.doors.server.settings import Settings

home, database, port = sys.argv[1:]
exchange = open_exchange(
    Settings(home=Path(home), database=database, rate=1e6, burst=10**6, argon_memory_kib=8, argon_time=1),
    Catalog({"digest": "", "tables": {}, "files": {}}),
)
_, gate = create_server(exchange)
uvicorn.run(gate, host="127.0.0.1", port=int(port), log_level="error")
