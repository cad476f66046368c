# A change to whisper.cpp's own source, made in the copy that whisper-rs-sys builds: what it brings is in
# docs/decisions/0014-beam-search.md. cmake reads this file after each project(); .cargo/config.toml names it.

if(NOT PROJECT_NAME STREQUAL "whisper.cpp")
  return()
endif()

set(source "${CMAKE_SOURCE_DIR}/src/whisper.cpp")
file(READ "${source}" text)
# The worker refers to this name, so that it does not link with a whisper.cpp that was built without the change.
set(mark "extern \"C\" const int securetranscribe_whisper = 1;")
string(FIND "${text}" "${mark}" marked)
if(NOT marked EQUAL -1)
  return()
endif()

# The candidates of a beam become the likeliest tokens, which the function has sorted already, in place of draws.
set(drawn
"    std::discrete_distribution<> dist(probs.begin(), probs.end());

    for (int i = 0; i < k; ++i) {
        const auto id = dist(decoder.rng);")
set(likeliest
"    for (int i = 0; i < k; ++i) {
        const auto id = logits_id[i].second;")
string(FIND "${text}" "${drawn}" found)
if(found EQUAL -1)
  message(FATAL_ERROR "native/whisper.cmake does not fit this whisper.cpp: its beam search is another")
endif()
string(REPLACE "${drawn}" "${likeliest}" text "${text}")
file(WRITE "${source}" "${text}\n${mark}\n")
