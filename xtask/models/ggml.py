"""The file format of whisper.cpp, as its loader reads it: magic, eleven numbers, mel filters, vocabulary, tensors."""

import struct

import numpy as np

MAGIC = 0x67676D6C
F32, F16 = 0, 1


def header_bytes(numbers, filters, words):
    """Everything before the tensors."""
    parts = [struct.pack("<I11i", MAGIC, *numbers), struct.pack("<2i", *filters.shape), filters.astype("<f4").tobytes()]
    parts.append(struct.pack("<i", len(words)))
    parts += [struct.pack("<i", len(word)) + word for word in words]
    return b"".join(parts)


def tensor_bytes(name, shape, kind, data):
    """One tensor; ggml writes the fastest dimension first."""
    name = name.encode()
    return struct.pack(f"<3i{len(shape)}i", len(shape), len(name), kind, *reversed(shape)) + name + data


class Reader:
    """Walks a model file."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def numbers(self, count):
        values = struct.unpack_from(f"<{count}i", self.data, self.at)
        self.at += 4 * count
        return values

    def take(self, size):
        piece = self.data[self.at:self.at + size]
        self.at += size
        return piece

    def skip_to_tensors(self):
        """Returns the eleven numbers of the header."""
        (magic,) = self.numbers(1)
        if magic != MAGIC:
            raise SystemExit("not a whisper.cpp model")
        header = self.numbers(11)
        bands, columns = self.numbers(2)
        self.take(4 * bands * columns)
        (words,) = self.numbers(1)
        for _ in range(words):
            self.take(*self.numbers(1))
        return header

    def tensors(self):
        """Yields name, shape (slowest dimension first), kind (F32 or F16) and bytes."""
        while self.at < len(self.data):
            dimensions, length, kind = self.numbers(3)
            shape = tuple(reversed(self.numbers(dimensions)))
            name = self.take(length).decode()
            yield name, shape, kind, self.take(int(np.prod(shape)) * (2 if kind == F16 else 4))
