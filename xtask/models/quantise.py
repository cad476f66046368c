"""Makes a compact whisper.cpp model from an f16 one.     usage: quantise.py OUT IN q8_0|q5_1

Blocks of 32 weights, as ggml defines them: q8_0 is a scale and 32 signed bytes; q5_1 is a scale, a minimum and 32
numbers of five bits, their fifth bits gathered in one word. Which tensors stay as they are is whisper.cpp's choice.
"""

import struct
import sys

import numpy as np

import ggml

KEPT = {"encoder.conv1.bias", "encoder.conv2.bias", "encoder.positional_embedding", "decoder.positional_embedding"}


def half(values):
    return values.astype("<f2").view(np.uint8)


def ratio(top, bottom):
    return np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0)


def q8_0(blocks):
    scale = np.abs(blocks).max(1, keepdims=True) / 127
    return [half(scale), np.rint(ratio(blocks, scale)).astype(np.int8).view(np.uint8)]


def q5_1(blocks):
    low, high = blocks.min(1, keepdims=True), blocks.max(1, keepdims=True)
    scale = (high - low) / 31
    steps = np.minimum(ratio(blocks - low, scale) + 0.5, 31).astype(np.uint32)
    fifth = ((steps >> 4) << np.arange(32, dtype=np.uint32)).sum(1, dtype=np.uint32).astype("<u4")[:, None]
    pairs = (steps[:, :16] & 15 | (steps[:, 16:] & 15) << 4).astype(np.uint8)
    return [half(scale), half(low), fifth.view(np.uint8), pairs]


# function, ggml's number of the file type and of the tensor type
KINDS = {"q8_0": (q8_0, 7, 8), "q5_1": (q5_1, 9, 7)}
# whisper.cpp notes the version of the quantisation (2) in the thousands of the file type.
VERSION = 2000


def main():
    out, source, name = sys.argv[1:]
    quantise, file_type, tensor_type = KINDS[name]
    reader = ggml.Reader(open(source, "rb").read())
    reader.skip_to_tensors()
    with open(out, "wb") as file:
        file.write(reader.data[:44] + struct.pack("<i", VERSION + file_type) + reader.data[48:reader.at])
        for name, shape, kind, data in reader.tensors():
            if len(shape) == 2 and name not in KEPT:
                blocks = np.frombuffer(data, "<f2" if kind == ggml.F16 else "<f4").astype(np.float32).reshape(-1, 32)
                data, kind = np.hstack(quantise(blocks)).tobytes(), tensor_type
            file.write(ggml.tensor_bytes(name, shape, kind, data))


main()
