"""Builders for charging tests: rehearsed logs, and the same frames written as every tool would write them."""

from __future__ import annotations

import struct
from pathlib import Path

from carnet.charging.rehearse import Battery, Rehearsal, Supply, fault, rehearse

CAN = ("gbt27930-2011", "gbt27930-2015", "gbt27930-2023a", "chademo-0.9", "chademo-1.x", "chademo-2.0")
EPOCH_US = 1_700_000_000_000_000


def session(
    protocol: str = "gbt27930-2015",
    *faults: str,
    volts: float = 400,
    charger_volts: float = 500,
    seconds: float = 6,
    seed: int = 0,
) -> Rehearsal:
    """A rehearsed session; short unless told otherwise."""
    return rehearse(
        protocol,
        Battery(volts, 100),
        Supply(charger_volts, 125),
        [fault(f) for f in faults],
        seed=seed,
        stop_after_s=seconds,
    )


def log(folder: Path, rehearsal: Rehearsal, name: str = "session.log") -> Path:
    path = folder / name
    path.write_text(rehearsal.candump(), encoding="ascii")
    return path


def name_of(identifier: int) -> str:
    return f"{identifier:08X}" if identifier > 0x7FF else f"{identifier:03X}"


def screen(r: Rehearsal) -> str:
    rows = []
    for t, i, d in r.frames:
        seconds, micro = divmod(t, 1_000_000)
        rows.append(
            f" (2026-01-01 10:{seconds // 60:02d}:{seconds % 60:02d}.{micro:06d})"
            f"  can0  {name_of(i)}   [{len(d)}]  {d.hex(' ').upper()}"
        )
    return "\n".join(rows) + "\n"


def gvret(r: Rehearsal, start: int = 0, wrap: bool = False) -> str:
    rows = ["Time Stamp,ID,Extended,Dir,Bus,LEN,D1,D2,D3,D4,D5,D6,D7,D8"]
    for t, i, d in r.frames:
        stamp = start + t
        if wrap:
            stamp = (stamp + (1 << 31)) % (1 << 32) - (1 << 31)  # a signed 32-bit counter
        octets = ",".join(f"{b:02X}" for b in d.ljust(8, b"\0"))
        rows.append(f"{stamp},{i:08X},{'true' if i > 0x7FF else 'false'},Rx,0,{len(d)},{octets},")
    return "\n".join(rows) + "\n"


def usb_can(r: Rehearsal) -> bytes:
    rows = ["序号\t传输方向\t接收时间标识\t帧ID\t帧格式\t帧类型\t数据长度\t数据"]
    for n, (t, i, d) in enumerate(r.frames):
        kind = "扩展帧" if i > 0x7FF else "标准帧"
        rows.append(
            f"{n}\t接收\t0x{t // 100 + 3_000_000:08x}\t0x{i:08x}\t数据帧\t{kind}\t0x{len(d):02x}\t"
            + "\t".join(f"{b:02x}" for b in d)
            + "\t"
        )
    return ("\r\n".join(rows) + "\r\n").encode("gbk")


def asc(r: Rehearsal) -> str:
    rows = [
        "date Sat Nov 21 10:00:00.000 am 2026",
        "base hex  timestamps absolute",
        "internal events logged",
        "Begin Triggerblock Sat Nov 21 10:00:00.000 am 2026",
    ]
    for t, i, d in r.frames:
        rows.append(
            f"{t / 1e6:12.6f} 1  {i:X}{'x' if i > 0x7FF else ''}             Rx   d {len(d)} {d.hex(' ').upper()}"
        )
    return "\n".join([*rows, "End TriggerBlock"]) + "\n"


def trc(r: Rehearsal) -> str:
    rows = [
        ";$FILEVERSION=1.1",
        ";$STARTTIME=45000.5",
        ";---+--   ----+----  --+--  ----+---  +  -+ -- -- -- -- -- -- --",
    ]
    for n, (t, i, d) in enumerate(r.frames, 1):
        rows.append(f"{n:6d})  {t / 1000:10.1f}  Rx     {i:0{8 if i > 0x7FF else 4}X}  {len(d)}  {d.hex(' ').upper()}")
    return "\n".join(rows) + "\n"


def received(r: Rehearsal) -> str:
    rows = []
    for t, i, d in r.frames:
        ms = t // 1000
        clock = f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"
        rows.append(f"Rcvd msgID: 0x{i:X}; " + "; ".join(f"{b:02X}" for b in d) + f"  {clock}")
    return "\n".join(rows) + "\n"


def socketcan_pcap(r: Rehearsal) -> bytes:
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 227)
    for t, i, d in r.frames:
        stamp = EPOCH_US + t
        packet = struct.pack(">IB3x", i | (0x80000000 if i > 0x7FF else 0), len(d)) + d.ljust(8, b"\0")
        out += struct.pack("<IIII", stamp // 1_000_000, stamp % 1_000_000, len(packet), len(packet)) + packet
    return out


def by_library(path: Path, r: Rehearsal) -> Path:
    """BLF or MF4 as python-can writes it."""
    import can

    writer = can.BLFWriter(str(path)) if path.suffix == ".blf" else can.MF4Writer(str(path))
    for t, i, d in r.frames:
        writer.on_message_received(
            can.Message(
                timestamp=(EPOCH_US + t) / 1e6,
                arbitration_id=i,
                is_extended_id=i > 0x7FF,
                data=d,
                channel=0,
                is_rx=True,
            )
        )
    writer.stop()
    return path
