"""Each tool has dialects: bases, relative times, versions, separators, flags; the frames stay the same."""

import struct

import pytest

from carnet.charging.judge import judge

from .sessions import EPOCH_US, log, name_of, session

R = session()


def hexed(d, gap=" "):
    return gap.join(f"{b:02X}" for b in d)


def asc_relative():
    rows, last = ["date Sat Nov 21 10:00:00.000 2026", "base hex  timestamps relative", "no internal events logged"], 0
    for n, (t, i, d) in enumerate(R.frames):
        if n == 7:  # what is no frame moves the clock on as well
            rows.append(f"{(t - last) / 2e6:.6f} 1  Statistic: D 0 R 0 XD 0 XR 0 E 0 O 0 B 0.00%")
            last = last + (t - last) // 2
        rows.append(f"{(t - last) / 1e6:.6f} 1  {i:X}x  Rx   d {len(d)} {hexed(d)}  Length = 0 BitCount = 0")
        last = t
    return "\n".join(rows)


def asc_decimal():
    rows = ["base dec  timestamps absolute"]
    rows += [f"{t / 1e6:.6f} 1  {i}x  Rx  d {len(d)} {' '.join(str(b) for b in d)}" for t, i, d in R.frames]
    return "\n".join(rows)


def asc_flexible():
    rows = ["base hex  timestamps absolute", "// version 13.0.0", "0.000000 Start of measurement"]
    for t, i, d in R.frames:
        rows.append(f"{t / 1e6:.6f} CANFD   1 Rx   {i:X}x   0 0 {len(d):x} {len(d)} {hexed(d)}  0 0 1000 0 0 0 0 0")
    return "\n".join(rows)


def trc(version, row):
    head = [f";$FILEVERSION={version}", ";$STARTTIME=45000.5"]
    return "\n".join(head + [row(n, t / 1000, f"{i:08X}", d) for n, (t, i, d) in enumerate(R.frames, 1)])


def slcan():
    return "\n".join(f"T{i:08X}{len(d)}{hexed(d, '')}{t // 1000 % 60_000:04X}" for t, i, d in R.frames)


def zlg():
    rows = ["序号,系统时间,时间标识,CAN通道,传输方向,ID号,帧类型,帧格式,长度,数据"]
    for n, (t, i, d) in enumerate(R.frames):
        when = f"10:00:{t // 1_000_000:02d}.{t // 1000 % 1000:03d}"
        said = f"0x{t // 100:X},ch1,接收,0x{i:x},数据帧,扩展帧,0x{len(d):02X},x| {hexed(d)}"
        rows.append(f'{n},"{when}",{said}')
    return "\r\n".join(rows).encode("gbk")


def unsized():
    rows = ["时间（ms）\t帧ID（HEX）\t数据（HEX）"]
    rows += [f"{t / 1000:.1f}\t{hexed(i.to_bytes(4, 'big'))}\t{hexed(d)}" for t, i, d in R.frames]
    return "\n".join(rows).encode("gbk")


def dated():
    rows = ["Index;Date Time;Direction;FrameID;DLC;Data"]
    for n, (t, i, d) in enumerate(R.frames):
        when = f"2026-11-21 10:00:{t // 1_000_000:02d}.{t // 1000 % 1000:03d}"
        rows.append(f"{n};{when};Rx;0x{i:X};{len(d)};{' '.join(f'0x{b:02X}' for b in d)}")
    return "\n".join(rows).replace("Date Time", "Time")


def kvaser():
    return "\n".join(f"0    {i:08X}  {len(d)}  {hexed(d)}  {t / 1e6:.6f} R" for t, i, d in R.frames)


def gvret_flags():
    rows = ["Time Stamp,ID,Extended,Bus,LEN,D1,D2,D3,D4,D5,D6,D7,D8"]
    for t, i, d in R.frames:
        rows.append(f"{t},{0xFFFFFFFF00000000 | i | 1 << 31:X},true,0,{len(d)},{hexed(d, ',')},")
    return "\n".join(rows)


def candump_long():
    return "\n".join(
        f"({(EPOCH_US + t) / 1e6:.6f}) can0 {name_of(i)}#{hexed(d, '.')}{'_C' if len(d) == 8 else ''} R"
        for t, i, d in R.frames
    )


DIALECTS = {
    "ASC with relative times": asc_relative,
    "ASC with decimal numbers": asc_decimal,
    "ASC of a FD channel": asc_flexible,
    "TRC 1.0": lambda: trc("1.0", lambda n, t, i, d: f"{n:6d})  {t:9.0f}  {i}  {len(d)}  {hexed(d)}"),
    "TRC 1.2": lambda: trc("1.2", lambda n, t, i, d: f"{n:6d})  {t:10.1f}  1  Rx  {i}  {len(d)}  {hexed(d)}"),
    "TRC 1.3": lambda: trc("1.3", lambda n, t, i, d: f"{n:6d})  {t:10.1f}  1  Rx  {i}  -  {len(d)}  {hexed(d)}"),
    "TRC 2.0": lambda: trc("2.0", lambda n, t, i, d: f"{n:7d}  {t:11.3f} DT  {i} Rx {len(d)}  {hexed(d)}"),
    "TRC 2.1": lambda: trc("2.1", lambda n, t, i, d: f"{n:7d}  {t:11.3f} DT 1  {i} Rx -  {len(d)}  {hexed(d)}"),
    "SLCAN": slcan,
    "ZLG table in GBK": zlg,
    "table without a length": unsized,
    "table with dates": dated,
    "Kvaser text": kvaser,
    "GVRET with signed 64-bit numbers": gvret_flags,
    "candump with points, length codes and direction": candump_long,
}


@pytest.mark.parametrize("name", DIALECTS)
def test_a_dialect_gives_the_same_verdict(tmp_path, name):
    made = DIALECTS[name]()
    path = tmp_path / "dialect.txt"
    path.write_bytes(made if isinstance(made, bytes) else made.encode())

    judgement, plain = judge(path), judge(log(tmp_path, R))

    assert (judgement.frames, judgement.skipped) == (len(R.frames), [])
    assert judgement.session.timing == "judged"
    assert judgement.session.duration == pytest.approx(plain.session.duration, abs=0.01)
    assert (judgement.session.ended_by.rule, judgement.session.responsible) == ("cst.manual", "charger")
    assert judgement.session.reached == plain.session.reached


@pytest.mark.parametrize(("link", "order"), [(113, ">"), (113, "<"), (276, ">"), (276, "<"), (227, ">")])
def test_can_frames_of_every_link_of_a_capture_are_read(tmp_path, link, order):
    heads = {113: bytes(14) + b"\0\x0c", 276: b"\0\x0c" + bytes(18), 227: b""}
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)
    for t, i, d in R.frames:
        stamp = EPOCH_US + t
        packet = heads[link] + struct.pack(order + "IB3x", i | 0x80000000, len(d)) + d.ljust(8, b"\0")
        out += struct.pack("<IIII", stamp // 1_000_000, stamp % 1_000_000, len(packet), len(packet)) + packet
    path = tmp_path / "can.pcap"
    path.write_bytes(out)

    judgement = judge(path)

    assert (judgement.frames, judgement.session.ended_by.rule) == (len(R.frames), "cst.manual")


def test_error_and_remote_frames_are_counted_not_read(tmp_path):
    rows = log(tmp_path, R).read_text().splitlines()
    at = rows[5].split(" ")[0]
    path = tmp_path / "errors.log"
    path.write_text("\n".join([*rows[:5], f"{at} can0 20000080#0000000000000000", f"{at} can0 182756F4#R2", *rows[5:]]))

    judgement = judge(path)

    assert [(s["reason"], s["line"]) for s in judgement.skipped] == [("error frame", 6), ("remote frame", 7)]
    assert judgement.session.ended_by.rule == "cst.manual"


def test_an_archive_is_named_and_not_read(tmp_path):
    path = tmp_path / "logs.zip"
    path.write_bytes(b"PK\x03\x04" + bytes(200))

    [row] = judge(path).skipped
    assert row == {"line": 1, "reason": "an archive (ZIP); unpack it and judge what is in it", "count": 1}


def test_a_tool_that_began_anew_is_continued_not_flattened(tmp_path):
    rows = ["Time Stamp,ID,Extended,Dir,Bus,LEN,D1,D2,D3,D4,D5,D6,D7,D8"]
    for n, (t, i, d) in enumerate(R.frames):
        rows.append(f"{t + (4_000_000 if n < 40 else 0)},{i:08X},true,Rx,0,{len(d)},{hexed(d, ',')},")
    path = tmp_path / "again.csv"
    path.write_text("\n".join(rows))

    judgement = judge(path)

    assert judgement.repairs == ["the clock was set back 1 times; how long the breaks were is unknown"]
    assert judgement.session.ended_by.rule == "cst.manual"


def test_an_old_vehicle_at_a_younger_charger_is_tolerated_and_said(tmp_path):
    transport = (0x1CEC56F4, 0x1CEB56F4)
    elder = [d for _, i, d in session("gbt27930-2011").frames if i in transport][:7]
    rows = []
    for t, i, d in R.frames:  # the frames of 2015, with the identification an elder vehicle sends
        sent = elder.pop(0) if i in transport and elder else d
        rows.append(f"({(EPOCH_US + t) / 1e6:.6f}) can0 {i:08X}#{hexed(sent, '')}")
    path = tmp_path / "mixed.log"
    path.write_text("\n".join(rows))

    session_ = judge(path).session

    [issue] = [i for i in session_.issues if i.rule == "generation.mixed"]
    assert (session_.generation, issue.level) == ("2015", "tolerated")
    assert "BRM gives version 1.0" in issue.message
