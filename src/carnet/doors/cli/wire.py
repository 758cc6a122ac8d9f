"""The real bus behind `carnet charge rehearse --live`: a channel of python-can and the clock of this machine."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any

from ...errors import BadInput

HELP = "On Linux a virtual one is made by: ip link add dev vcan0 type vcan && ip link set up vcan0"


class CanWire:
    """One open channel; `pace` makes the clock run faster than the wall's, for tests on a virtual bus."""

    def __init__(self, where: str, pace: float = 1.0) -> None:
        interface, _, channel = where.rpartition(":")
        self.pace = pace
        self.bus = _open(interface or "socketcan", channel)

    def __enter__(self) -> CanWire:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.bus.shutdown()

    def now(self) -> float:
        return time.monotonic() * self.pace

    def send(self, identifier: int, data: bytes) -> None:
        import can

        message = can.Message(arbitration_id=identifier, is_extended_id=identifier > 0x7FF, data=data)
        try:
            self.bus.send(message, timeout=1.0)
        except can.CanError as error:
            raise BadInput(
                f"--live: the bus takes no frames: {error}. Is somebody else on it, at the same bit rate?"
            ) from None

    def receive(self, until: float) -> tuple[int, bytes] | None:
        import can

        wait = max(0.0, until - self.now()) / self.pace
        try:
            message = self.bus.recv(timeout=wait)
        except can.CanError as error:
            raise BadInput(f"--live: the bus cannot be read: {error}") from None
        if message is None or message.is_error_frame or message.is_remote_frame:
            return None
        return message.arbitration_id, bytes(message.data)


def _open(interface: str, channel: str) -> Any:
    try:
        import can
    except ImportError:
        raise BadInput("--live needs python-can: pip install 'carnet[charging]'") from None
    try:
        return can.Bus(channel=channel, interface=interface)
    except (OSError, can.CanError, ImportError, ValueError, AttributeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise BadInput(
            f"--live {interface}:{channel}: no such CAN interface can be opened on this machine: {why}. {HELP}"
        ) from None
