"""Recordings as people attach them: text of many tools, binary traces, network captures.

`open_recording` finds the format by content, never by name or option. Text goes line by line through the parser that
understands most of the first lines; one compact format has a compiled parser beside the readable one.
Reading order: recording, text, swift (the compiled parser), binary, capture.
"""

from .recording import Recording, open_recording

__all__ = ["Recording", "open_recording"]
