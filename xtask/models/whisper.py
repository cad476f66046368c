"""Writes a whisper.cpp model (f16) from the weights that faster-whisper uses (CTranslate2's model.bin).

usage: whisper.py OUT MEL_FILTERS.npz VOCABULARY.tiktoken PART...     (parts of model.bin, in their order)
"""

import base64
import struct
import sys

import numpy as np

import ggml

DTYPES = {0: "<f4", 1: "i1", 2: "<i2", 3: "<i4", 4: "<f2"}
HEAD = 64  # every Whisper model has heads of this width
F32_NAMES = (".positional_embedding", "conv1.bias", "conv2.bias")


def read_weights(data):
    """Name -> array of a CTranslate2 model, file version 4 or newer."""
    at = 0

    def number(kind):
        nonlocal at
        (value,) = struct.unpack_from("<" + kind, data, at)
        at += struct.calcsize(kind)
        return value

    def text():
        nonlocal at
        length = number("H")
        value = data[at:at + length].rstrip(b"\0").decode()
        at += length
        return value

    if number("I") < 4 or text() != "WhisperSpec":
        raise SystemExit("not a Whisper model of CTranslate2")
    number("I")  # revision of the specification
    weights = {}
    for _ in range(number("I")):
        name = text()
        shape = [number("I") for _ in range(number("B"))]
        dtype = np.dtype(DTYPES[number("B")])
        size = number("I")
        weights[name] = np.frombuffer(data, dtype, size // dtype.itemsize, at).reshape(shape)
        at += size
    for _ in range(number("I")):
        alias, name = text(), text()
        weights[alias] = weights[name]
    if at != len(data):
        raise SystemExit("bytes are left over: a part is missing or in the wrong place")
    return weights


class Names:
    """Goes through a model in whisper.cpp's order and collects its tensors under its names."""

    def __init__(self, weights):
        self.weights, self.tensors = weights, {}

    def value(self, name):
        value = self.weights[name].astype(np.float32)
        scale = self.weights.get(name + "_scale")
        if scale is None:
            return value
        return value / np.asarray(scale, np.float32).reshape(-1, *[1] * (value.ndim - 1))

    def plain(self, to, name):
        self.tensors[to] = self.value(name)

    def norm(self, to, name):
        self.plain(to + ".weight", name + "/gamma")
        self.plain(to + ".bias", name + "/beta")

    def linear(self, to, name):
        self.plain(to + ".weight", name + "/weight")
        if name + "/bias" in self.weights:
            self.plain(to + ".bias", name + "/bias")

    def joined(self, to, parts, name):
        """CTranslate2 keeps query, key and value in one matrix; a key has no bias in Whisper."""
        weight, bias = self.value(name + "/weight"), self.value(name + "/bias")
        for part, w, b in zip(parts, np.split(weight, len(parts)), np.split(bias, len(parts))):
            self.tensors[f"{to}.{part}.weight"] = w
            if part != "key":
                self.tensors[f"{to}.{part}.bias"] = b
            elif b.any():
                raise SystemExit("a key has a bias")

    def layers(self, side):
        count = sum(n.startswith(f"{side}/layer_") and n.endswith("/self_attention/linear_0/weight") for n in self.weights)
        for i in range(count):
            name, to = f"{side}/layer_{i}", f"{side}.blocks.{i}"
            self.norm(to + ".attn_ln", name + "/self_attention/layer_norm")
            self.joined(to + ".attn", ("query", "key", "value"), name + "/self_attention/linear_0")
            self.linear(to + ".attn.out", name + "/self_attention/linear_1")
            if side == "decoder":
                self.norm(to + ".cross_attn_ln", name + "/attention/layer_norm")
                self.linear(to + ".cross_attn.query", name + "/attention/linear_0")
                self.joined(to + ".cross_attn", ("key", "value"), name + "/attention/linear_1")
                self.linear(to + ".cross_attn.out", name + "/attention/linear_2")
            self.norm(to + ".mlp_ln", name + "/ffn/layer_norm")
            self.linear(to + ".mlp.0", name + "/ffn/linear_0")
            self.linear(to + ".mlp.2", name + "/ffn/linear_1")
        return count


def main():
    out, mel, vocabulary, *parts = sys.argv[1:]
    names = Names(read_weights(b"".join(open(part, "rb").read() for part in parts)))
    names.plain("encoder.positional_embedding", "encoder/position_encodings/encodings")
    names.linear("encoder.conv1", "encoder/conv1")
    names.linear("encoder.conv2", "encoder/conv2")
    names.norm("encoder.ln_post", "encoder/layer_norm")
    names.plain("decoder.positional_embedding", "decoder/position_encodings/encodings")
    names.plain("decoder.token_embedding.weight", "decoder/embeddings/weight")
    names.norm("decoder.ln", "decoder/layer_norm")
    encoder_layers, decoder_layers = names.layers("encoder"), names.layers("decoder")

    tensors = names.tensors
    words, width = tensors["decoder.token_embedding.weight"].shape
    context, encoder_width = tensors["encoder.positional_embedding"].shape
    text_context = len(tensors["decoder.positional_embedding"])
    bands = tensors["encoder.conv1.weight"].shape[1]
    numbers = (words, context, encoder_width, encoder_width // HEAD, encoder_layers,
               text_context, width, width // HEAD, decoder_layers, bands, ggml.F16)
    filters = np.load(mel)[f"mel_{bands}"]
    vocabulary = [base64.b64decode(line.split()[0]) for line in open(vocabulary, "rb") if line.strip()]

    with open(out, "wb") as file:
        file.write(ggml.header_bytes(numbers, filters, vocabulary))
        for name, value in tensors.items():
            if name in ("encoder.conv1.bias", "encoder.conv2.bias"):
                value = value[:, None]
            exact = value.ndim < 2 or name.endswith(F32_NAMES)
            data = np.ascontiguousarray(value, "<f4" if exact else "<f2").tobytes()
            file.write(ggml.tensor_bytes(name, value.shape, ggml.F32 if exact else ggml.F16, data))


main()
