"""The peer: python-can reads a candump log, cantools decodes every frame a message table knows. Nothing is judged.

    python bench/peers/python_can_cantools.py LOG TABLE.dbc    prints {"frames": n, "seconds": s, "decoded": k} as JSON

Run with the interpreter of the peer's own environment (bench/peers/python_can_cantools.lock).
"""

import json
import sys
import time

import can
import cantools


def main(log: str, table: str) -> None:
    database = cantools.database.load_file(table)
    known = {m.frame_id for m in database.messages}
    frames = decoded = 0
    begin = time.perf_counter()
    for message in can.CanutilsLogReader(log):
        frames += 1
        if message.arbitration_id in known:
            database.decode_message(message.arbitration_id, message.data, decode_choices=False, allow_truncated=True)
            decoded += 1
    print(json.dumps({"frames": frames, "decoded": decoded, "seconds": time.perf_counter() - begin}))


if __name__ == "__main__":
    main(*sys.argv[1:3])
