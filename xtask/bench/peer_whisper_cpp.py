"""whisper.cpp as it is built by default (no llamafile kernels), in its own sequential way with beam search.

usage: peer_whisper_cpp.py MODEL.bin THREADS FILE...      prints {"seconds", "peak_mib", "texts"}; loading is not counted
"""

import json
import resource
import sys
import time

from faster_whisper.audio import decode_audio
from pywhispercpp.model import Model

path, threads, *files = sys.argv[1:]
# Strategy 1 is beam search; 5 beams are the default of whisper.cpp's own program.
model = Model(
    path, params_sampling_strategy=1, beam_search={"beam_size": 5, "patience": -1.0}, n_threads=int(threads),
    language="en", print_progress=False, print_realtime=False, redirect_whispercpp_logs_to=None)
start = time.monotonic()
texts = [" ".join(segment.text.strip() for segment in model.transcribe(decode_audio(file))) for file in files]
seconds = time.monotonic() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "peak_mib": peak, "texts": texts}))
