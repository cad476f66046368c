"""Gives the segmentation model the metadata that sherpa-onnx reads.     usage: segmentation.py OUT IN"""

import sys

import onnx

HOME = "https://huggingface.co/pyannote/segmentation-3.0"
# The model's shape: 10 s of 16 kHz, powerset of 3 local speakers with at most 2 at once, 270 samples a frame.
METADATA = {
    "num_speakers": 3,
    "powerset_max_classes": 2,
    "num_classes": 7,
    "sample_rate": 16000,
    "window_size": 160000,
    "receptive_field_size": 991,
    "receptive_field_shift": 270,
    "model_type": "pyannote-segmentation-3.0",
    "version": "1",
    "model_author": "pyannote-audio",
    "url_1": HOME,
    "license": f"MIT, Copyright CNRS, {HOME}/blob/main/LICENSE",
}

out, source = sys.argv[1:]
model = onnx.load(source)
onnx.helper.set_model_props(model, {key: str(value) for key, value in METADATA.items()})
onnx.checker.check_model(model)
onnx.save(model, out)
