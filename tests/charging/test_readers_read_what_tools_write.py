"""The same session, written as every tool would, gets the same verdict; what is broken is skipped and named."""

import random

import can
import cantools
import pytest

from carnet.charging.judge import judge
from carnet.charging.readers import open_recording
from carnet.charging.readers.binary import keep
from carnet.charging.readers.formats import PARSERS

from .sessions import CAN, asc, by_library, gvret, log, received, screen, session, socketcan_pcap, trc, usb_can


def write(folder, kind, r):
    path = folder / f"session.{kind}"
    if kind in ("blf", "mf4"):
        return by_library(path, r)
    text = {
        "screen": screen,
        "gvret": gvret,
        "usb": usb_can,
        "asc": asc,
        "trc": trc,
        "rcvd": received,
        "pcap": socketcan_pcap,
    }[kind](r)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize("protocol", ["gbt27930-2015", "chademo-1.x"])
@pytest.mark.parametrize("kind", ["screen", "gvret", "usb", "asc", "trc", "rcvd", "blf", "mf4", "pcap"])
def test_the_format_does_not_change_the_verdict(tmp_path, protocol, kind):
    r = session(protocol)
    plain = judge(log(tmp_path, r)).session

    judgement = judge(write(tmp_path, kind, r))

    verdict = judgement.session
    assert judgement.frames == len(r.frames)
    assert judgement.skipped == []
    assert (verdict.generation, verdict.reached, verdict.ended_by.rule, verdict.responsible) == (
        plain.generation, plain.reached, plain.ended_by.rule, plain.responsible,
    )  # fmt: skip
    assert {k: v["value"] for k, v in verdict.values.items()} == {k: v["value"] for k, v in plain.values.items()}


def test_a_wrapped_signed_counter_is_continued(tmp_path):
    r = session()
    path = tmp_path / "wrapped.csv"
    path.write_text(gvret(r, start=(1 << 31) - 5_000_000, wrap=True))

    judgement = judge(path)

    assert any("wrapped 1 times" in text for text in judgement.repairs)
    assert judgement.session.duration == pytest.approx(judge(log(tmp_path, r)).session.duration, abs=0.01)


def test_frames_not_marked_as_extended_are_still_understood(tmp_path):
    path = tmp_path / "flags.csv"
    path.write_text(gvret(session()).replace(",true,", ",false,"))

    judgement = judge(path)

    assert judgement.session.family == "gbt27930"
    assert any("not marked as extended" in text for text in judgement.repairs)


def test_bad_lines_are_counted_and_named_with_their_first_line(tmp_path):
    lines = session().candump().split("\n")
    lines[2:2] = ["this is no frame", "(1.0) can0 123##0AB", "(1.0) can0 1826F456#01010"]
    path = tmp_path / "bad.log"
    path.write_text("\n".join(lines))

    assert judge(path).skipped == [
        {"line": 3, "reason": "not a line of this format", "count": 1},
        {"line": 4, "reason": "CAN FD frame", "count": 1},
        {"line": 5, "reason": "data bytes are not whole", "count": 1},
    ]


def test_the_compiled_parser_takes_what_the_readable_one_takes(tmp_path):
    odd = [
        "(1.5) can0 1826F456#010100",
        "(1.5) can0 12#",
        "(1.123456789) c 7FF#0011223344556677 R",
        "  (1.0) can0 123#AB",
        "(-1.0) x 1#",
        "(1.0) can0 1FFFFFFF0#00",
        "(1.0)  can1  123#00",
        "(1.0) can0 FFFFFFFF#00",
        "",
        "(1.0) can0 123#R",
        "(1.0) can0 800#11",
        "(1.0) can0 123#a.b",
        "(1.0) can0 123#aB\r",
        "(1.0",
    ]
    path = tmp_path / "odd.log"
    path.write_text("\n".join(odd * 3))

    results = []
    for swift in (True, False):
        recording = open_recording(path)
        chunks = list(recording.chunks(swift=swift))
        rows = [
            r
            for c in chunks
            for r in zip(c.line.tolist(), c.id.tolist(), c.length.tolist(), c.payload.tolist(), strict=True)
        ]
        results.append((rows, recording.skips.listed(), recording.channels, recording.notes))

    assert results[0] == results[1]


def test_the_cache_gives_the_same_verdict(tmp_path):
    path = log(tmp_path, session())
    keep(open_recording(path), tmp_path / "session.parquet")

    plain, cached = (judge(p).plain() for p in (path, tmp_path / "session.parquet"))

    assert {k: v for k, v in cached.items() if k not in ("file", "format")} == {
        k: v for k, v in plain.items() if k not in ("file", "format")
    }


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n" * 50,
        b"\x00" * 5000,
        b"LOGG",
        b"MDF     4.10",
        b"\xd4\xc3\xb2\xa1",
        b"\x0a\x0d\x0d\x0a\x1c",
        b"PAR1PAR1",
        b"\x1f\x8b\x08rest",
        b"\xff\xfe",
        b"x" * 300_000,
    ],
)
def test_what_is_no_recording_is_an_answer(tmp_path, raw):
    path = tmp_path / "file"
    path.write_bytes(raw)

    judgement = judge(path)

    assert (judgement.session.family, judgement.frames) == ("none", 0)


@pytest.mark.parametrize("kind", ["screen", "gvret", "usb", "asc", "trc", "blf", "mf4", "pcap"])
def test_a_truncated_or_scrambled_file_never_breaks(tmp_path, kind):
    whole = write(tmp_path, kind, session(seconds=3)).read_bytes()
    noise = random.Random(kind)
    path = tmp_path / "broken"
    for _ in range(12):
        broken = bytearray(whole[: noise.randrange(len(whole))])
        for _ in range(noise.randrange(1, 30)):
            if broken:
                broken[noise.randrange(len(broken))] = noise.randrange(256)
        path.write_bytes(bytes(broken))

        assert judge(path).plain()["schema"] == "carnet/judgement/1"


def test_no_parser_raises_whatever_the_line():
    noise = random.Random(7)
    alphabet = "()0123456789abcdefABCDEF#.,;:| \t[]xRTXrdt-+/\x00é"
    for kind in PARSERS:
        parser = kind()
        for _ in range(2000):
            parser.read("".join(noise.choice(alphabet) for _ in range(noise.randrange(60))))


@pytest.mark.parametrize("protocol", CAN)
def test_the_peer_decodes_a_rehearsed_log_to_the_same_values(tmp_path, protocol):
    from carnet.charging.protocol import library

    r = session(protocol)
    path = log(tmp_path, r)
    verdict = judge(path).session
    table = library().protocol(protocol)
    plain = [
        m
        for m in table.messages.values()
        if m.frame.via == "frame" and m.signals and m.name in {k.partition(".")[0] for k in verdict.values}
    ]
    lines = ['VERSION ""', "NS_ :", "BS_:", "BU_: X"]
    for m in plain:
        extended = 0x80000000 if m.frame.id > 0x7FF else 0
        lines.append(f"BO_ {m.frame.id | extended} M{m.name}: {max(m.frame.lengths)} X")
        narrow = [
            s for s in m.signals if s.kind == "number" and s.bits <= 32 and s.bit + s.bits <= 8 * max(m.frame.lengths)
        ]
        lines += [
            f' SG_ {s.name} : {s.bit}|{s.bits}@1+ ({s.scale:g},{s.offset:g}) [0|0] "" X'
            for s in narrow
            if not any(o is not s and o.bit >= s.bit and o.bit + o.bits <= s.bit + s.bits for o in narrow)
        ]
    peer = cantools.database.load_string("\n".join(lines) + "\n", "dbc")
    said = {}
    for message in can.CanutilsLogReader(str(path)):
        if message.arbitration_id in {m.frame.id for m in plain}:
            row = peer.get_message_by_frame_id(message.arbitration_id)
            for name, value in peer.decode_message(
                row.frame_id, bytes(message.data), decode_choices=False, allow_truncated=True
            ).items():
                said[f"{row.name[1:]}.{name}"] = value
    compared = [k for k in verdict.values if k in said]

    assert len(compared) > 20
    for name in compared:
        meant = table.messages[name.partition(".")[0]].signal(name.partition(".")[2])
        if meant.range is None and not meant.values:
            assert said[name] == pytest.approx(verdict.values[name]["value"]), name


def octets(d):
    return " ".join(f"{b:02X}" for b in d)


def busmaster(t, i, d):
    return f"10:00:{t // 1_000_000:02d}:{t // 100 % 10_000:04d} Rx 1 0x{i:X} x {len(d)} {octets(d)}"


STYLES = {
    "busmaster": lambda n, t, i, d: busmaster(t, i, d),
    "zcanpro": lambda n, t, i, d: f"{n},{t / 1e6:.6f},ch1,0x{i:08x},CAN,扩展帧,数据帧,Rx,{len(d)},{octets(d)}",
    "columns": lambda n, t, i, d: f"{t / 1000:.3f};{i:08X};{len(d)};" + ";".join(f"{b:02X}" for b in d),
    "candump -x": lambda n, t, i, d: f" ({t / 1e6:.6f})  can0  RX - -  {i:08X}   [{len(d)}]  {octets(d)}",
    "unknown tool": lambda n, t, i, d: f"{t / 1e6:.6f} | RX | 0x{i:08X} | {len(d)} | {octets(d)}",
}  # fmt: skip
HEADS = {
    "zcanpro": "序号,时间标识,源通道,帧ID,CAN类型,帧类型,帧格式,方向,长度,数据",
    "columns": "Time (ms);ID (hex);DLC;D0;D1;D2;D3;D4;D5;D6;D7",
}


@pytest.mark.parametrize("style", STYLES)
def test_a_style_of_another_tool_is_understood_by_its_shape(tmp_path, style):
    r = session()
    rows = [STYLES[style](n, t, i, d) for n, (t, i, d) in enumerate(r.frames)]
    path = tmp_path / "other.txt"
    path.write_text("\n".join([HEADS[style], *rows] if style in HEADS else rows), encoding="utf-8")

    judgement = judge(path)

    assert (judgement.frames, judgement.skipped) == (len(r.frames), [])
    assert (judgement.session.ended_by.rule, judgement.session.timing) == ("cst.manual", "judged")
    assert judgement.session.duration == pytest.approx(judge(log(tmp_path, r)).session.duration, abs=0.01)


def test_stamps_that_are_differences_give_no_timing_verdict(tmp_path):
    r = session()
    path = tmp_path / "delta.txt"
    last, rows = 0, []
    for t, i, d in r.frames:
        rows.append(f" ({(t - last) / 1e6:010.6f})  can0  {i:08X}   [{len(d)}]  {octets(d)}")
        last = t
    path.write_text("\n".join(rows))

    session_ = judge(path).session

    assert session_.timing.startswith("not possible: the time stamps are out of order")
    assert [i for i in session_.issues if i.level == "violation"] == []
