"""Writes the speaker embedding model (CAM++) as ONNX from its checkpoint, without torch.

usage: embedding.py OUT CHECKPOINT.pt

The network follows D-TDNN with context-aware masking (Wang et al., "CAM++", 2023): a small 2-D convolution head, a
TDNN layer, three dense blocks of 12, 24 and 16 layers with a transit layer after each, statistics pooling, a linear
layer. Input is Kaldi's 80-band filter bank with its mean removed.
"""

import collections
import pickle
import sys
import zipfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

STORAGES = {"FloatStorage": np.float32, "LongStorage": np.int64, "HalfStorage": np.float16}
BLOCKS = ((12, 1), (24, 2), (16, 2))  # layers, dilation
SEGMENT = 100  # frames that share one context mask
EPSILON = 1e-5  # torch's default of batch normalisation
METADATA = {
    "framework": "3d-speaker",
    "language": "Chinese-English",
    "sample_rate": 16000,
    "output_dim": 192,
    "normalize_samples": 1,
    "feature_normalize_type": "global-mean",
    "url": "https://www.modelscope.cn/models/iic/speech_campplus_sv_zh_en_16k-common_advanced/summary",
    "comment": "This model is from iic/speech_campplus_sv_zh_en_16k-common_advanced (Apache-2.0)",
}


def rebuild(storage, offset, size, stride, *_):
    steps = [step * storage.itemsize for step in stride]
    return np.lib.stride_tricks.as_strided(storage[offset:], size, steps).copy()


class Checkpoint(pickle.Unpickler):
    """Reads the tensors of a checkpoint and refuses to build anything else."""

    def __init__(self, path):
        self.archive = zipfile.ZipFile(path)
        index = next(name for name in self.archive.namelist() if name.endswith("/data.pkl"))
        self.folder = index.removesuffix("data.pkl")
        super().__init__(self.archive.open(index))

    def find_class(self, module, name):
        if module == "torch" and name in STORAGES:
            return STORAGES[name]
        allowed = {("torch._utils", "_rebuild_tensor_v2"): rebuild,
                   ("collections", "OrderedDict"): collections.OrderedDict}
        if (module, name) not in allowed:
            raise pickle.UnpicklingError(f"{module}.{name} has no place in a checkpoint")
        return allowed[module, name]

    def persistent_load(self, reference):
        _, dtype, key, *_ = reference
        return np.frombuffer(self.archive.read(f"{self.folder}data/{key}"), dtype)


class Network:
    """Nodes and constants of the graph that is being written."""

    def __init__(self, state):
        self.state, self.used = state, set()
        self.nodes, self.constants = [], {}

    def constant(self, name, value):
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def weight(self, key):
        self.used.add(key)
        return self.constant(key, self.state[key].astype(np.float32))

    def integers(self, *values):
        name = "i_" + "_".join(str(value).replace("-", "m") for value in values)
        return self.constant(name, np.array(values, np.int64))

    def node(self, kind, *inputs, **attributes):
        name = f"{kind.lower()}_{len(self.nodes) + 1}"
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def convolve(self, x, key, **attributes):
        inputs = [x, self.weight(key + ".weight")]
        if key + ".bias" in self.state:
            inputs.append(self.weight(key + ".bias"))
        return self.node("Conv", *inputs, **attributes)

    def normalise(self, x, key):
        mean = self.weight(key + ".running_mean")
        channels = len(self.state[key + ".running_mean"])
        if key + ".weight" in self.state:
            scale, shift = self.weight(key + ".weight"), self.weight(key + ".bias")
        else:
            scale = self.constant(f"ones_{channels}", np.ones(channels, np.float32))
            shift = self.constant(f"zeros_{channels}", np.zeros(channels, np.float32))
        return self.node("BatchNormalization", x, scale, shift, mean, self.weight(key + ".running_var"), epsilon=EPSILON)

    def activate(self, x, key):
        return self.node("Relu", self.normalise(x, key))

    def head(self, x):
        square = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}
        x = self.activate(self.convolve(x, "head.conv1", strides=[1, 1], **square), "head.bn1")
        for block in ("head.layer1.0", "head.layer1.1", "head.layer2.0", "head.layer2.1"):
            stride = [2 if block.endswith("0") else 1, 1]
            y = self.activate(self.convolve(x, block + ".conv1", strides=stride, **square), block + ".bn1")
            y = self.normalise(self.convolve(y, block + ".conv2", strides=[1, 1], **square), block + ".bn2")
            if block + ".shortcut.0.weight" in self.state:
                x = self.normalise(self.convolve(x, block + ".shortcut.0", strides=stride), block + ".shortcut.1")
            x = self.node("Relu", self.node("Add", y, x))
        return self.activate(self.convolve(x, "head.conv2", strides=[2, 1], **square), "head.bn2")

    def masked(self, x, key, dilation, frames, segment):
        """Context-aware masking: what a frame passes on depends on its surroundings."""
        local = self.convolve(x, key + ".linear_local", dilations=[dilation], pads=[dilation, dilation])
        pooled = self.node("AveragePool", x, kernel_shape=[SEGMENT], strides=[SEGMENT], ceil_mode=1, count_include_pad=0)
        spread = self.node("Expand", self.node("Unsqueeze", pooled, self.integers(3)), segment)
        spread = self.node("Reshape", spread, self.integers(0, 0, -1))
        spread = self.node("Slice", spread, self.integers(0), frames, self.integers(2))
        context = self.node("Add", self.node("ReduceMean", x, axes=[2], keepdims=1), spread)
        context = self.node("Relu", self.convolve(context, key + ".linear1"))
        return self.node("Mul", local, self.node("Sigmoid", self.convolve(context, key + ".linear2")))

    def pooled(self, x, frames):
        """Mean and (unbiased) standard deviation over time."""
        mean = self.node("ReduceMean", x, axes=[2], keepdims=1)
        off = self.node("Sub", x, mean)
        squares = self.node("ReduceSum", self.node("Mul", off, off), self.integers(2), keepdims=1)
        count = self.node("Cast", frames, to=TensorProto.FLOAT)
        count = self.node("Sub", count, self.constant("one_f", np.array([1], np.float32)))
        return self.node("Concat", mean, self.node("Sqrt", self.node("Div", squares, count)), axis=1)

    def build(self):
        x = self.node("Unsqueeze", self.node("Transpose", "x", perm=[0, 2, 1]), self.integers(1))
        width = self.state["xvector.tdnn.linear.weight"].shape[1]
        x = self.node("Reshape", self.head(x), self.integers(0, width, -1))
        x = self.convolve(x, "xvector.tdnn.linear", strides=[2], pads=[2, 2])
        x = self.activate(x, "xvector.tdnn.nonlinear.batchnorm")
        frames = self.node("Slice", self.node("Shape", x), self.integers(2), self.integers(3), self.integers(0))
        segment = self.constant(f"expand_{SEGMENT}", np.array([1, 1, 1, SEGMENT], np.int64))
        for number, (layers, dilation) in enumerate(BLOCKS, 1):
            for layer in range(1, layers + 1):
                key = f"xvector.block{number}.tdnnd{layer}"
                y = self.convolve(self.activate(x, key + ".nonlinear1.batchnorm"), key + ".linear1")
                y = self.masked(self.activate(y, key + ".nonlinear2.batchnorm"), key + ".cam_layer", dilation, frames, segment)
                x = self.node("Concat", x, y, axis=1)
            key = f"xvector.transit{number}"
            x = self.convolve(self.activate(x, key + ".nonlinear.batchnorm"), key + ".linear")
        x = self.pooled(self.activate(x, "xvector.out_nonlinear.batchnorm"), frames)
        x = self.normalise(self.convolve(x, "xvector.dense.linear"), "xvector.dense.nonlinear.batchnorm")
        self.nodes.append(helper.make_node("Squeeze", [x, self.integers(2)], ["embedding"]))


def main():
    out, checkpoint = sys.argv[1:]
    state = Checkpoint(checkpoint).load()
    network = Network(state)
    network.build()
    unused = {key for key in state if not key.endswith("num_batches_tracked")} - network.used
    if unused or len(state["xvector.dense.linear.weight"]) != METADATA["output_dim"]:
        raise SystemExit(f"another network than expected: {sorted(unused)}")
    graph = helper.make_graph(
        network.nodes, "campplus",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", "T", 80])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["N", METADATA["output_dim"]])],
        list(network.constants.values()))
    # Opset 13 and its file version: old enough for every ONNX Runtime that is in use.
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8, producer_name="campplus_to_onnx")
    helper.set_model_props(model, {key: str(value) for key, value in METADATA.items()})
    onnx.checker.check_model(model)
    onnx.save(model, out)


main()
