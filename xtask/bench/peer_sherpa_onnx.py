"""sherpa-onnx's ready diarization over the same two models; writes RTTM.

usage: peer_sherpa_onnx.py SEGMENTATION EMBEDDING THREADS SPEAKERS FILE OUT.rttm      SPEAKERS -1: as it finds
prints {"seconds", "peak_mib"}; loading is not counted
"""

import json
import pathlib
import resource
import sys
import time

import sherpa_onnx as so
from faster_whisper.audio import decode_audio

segmentation, embedding, threads, speakers, file, out = sys.argv[1:]
pyannote = so.OfflineSpeakerSegmentationPyannoteModelConfig(model=segmentation)
# Threshold 0.5, and 0.3 and 0.5 s of shortest speech and pause: its own defaults and those of its examples.
config = so.OfflineSpeakerDiarizationConfig(
    segmentation=so.OfflineSpeakerSegmentationModelConfig(pyannote=pyannote, num_threads=int(threads)),
    embedding=so.SpeakerEmbeddingExtractorConfig(model=embedding, num_threads=int(threads)),
    clustering=so.FastClusteringConfig(num_clusters=int(speakers), threshold=0.5),
    min_duration_on=0.3, min_duration_off=0.5)
pipeline = so.OfflineSpeakerDiarization(config)
start = time.monotonic()
turns = pipeline.process(decode_audio(file, sampling_rate=pipeline.sample_rate)).sort_by_start_time()
seconds = time.monotonic() - start
name = pathlib.Path(file).stem
with open(out, "w") as rttm:
    for turn in turns:
        length = turn.end - turn.start
        rttm.write(f"SPEAKER {name} 1 {turn.start:.3f} {length:.3f} <NA> <NA> S{turn.speaker} <NA> <NA>\n")
print(json.dumps({"seconds": seconds, "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
