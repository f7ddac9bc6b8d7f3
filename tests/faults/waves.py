"""Small audio files, with the standard library alone."""
import math
import os
import struct


def tone(seconds, rate=16000, pitch=150.0, peak=0.3):
    return [peak * math.sin(6.283185 * pitch * t / rate) * (0.6 + 0.4 * math.sin(t / 700)) for t in range(int(seconds * rate))]


def pcm(samples):
    return struct.pack(f"<{len(samples)}h", *(max(-32768, min(32767, round(32767 * x))) for x in samples))


def header(data_bytes, rate=16000, channels=1, bits=16, kind=1, riff=None):
    width = channels * bits // 8
    return (b"RIFF" + struct.pack("<I", (36 + data_bytes) & 0xFFFFFFFF if riff is None else riff) + b"WAVEfmt "
            + struct.pack("<IHHIIHH", 16, kind, channels, rate, rate * width, width, bits) + b"data"
            + struct.pack("<I", data_bytes & 0xFFFFFFFF))


def write(path, data):
    if os.path.dirname(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


def wav(path, samples, rate=16000):
    data = pcm(samples)
    write(path, header(len(data), rate) + data)


def float_wav(path, samples, rate=16000, channels=1):
    data = struct.pack(f"<{len(samples)}f", *samples)
    write(path, header(len(data), rate, channels, 32, 3) + data)


def speakers(names=("s1", "s2", "s3"), count=2, seconds=0.5, root="corpus"):
    for number, name in enumerate(names):
        for k in range(count):
            wav(f"{root}/{name}/{name}_{k}.wav", tone(seconds, pitch=120 + 20 * number + 7 * k))
