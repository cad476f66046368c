"""faster-whisper with int8 weights, beam 5: plain with its VAD, or batched.

usage: peer_faster_whisper.py FOLDER THREADS vad|batched FILE...      prints {"seconds", "peak_mib", "texts"}; loading is
not counted
"""

import json
import os
import resource
import sys
import time

folder, threads, way, *files = sys.argv[1:]
os.environ.update(OMP_NUM_THREADS=threads, HF_HUB_OFFLINE="1")

from faster_whisper import BatchedInferencePipeline, WhisperModel  # noqa: E402 (reads the environment)

model = WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=int(threads), num_workers=1)
if way == "batched":
    batched, options = BatchedInferencePipeline(model), {"batch_size": 8}
else:
    batched, options = model, {"vad_filter": True}
start = time.monotonic()
texts = []
for file in files:
    segments, _ = batched.transcribe(file, language="en", beam_size=5, **options)
    texts.append(" ".join(segment.text.strip() for segment in segments))
seconds = time.monotonic() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "peak_mib": peak, "texts": texts}))
