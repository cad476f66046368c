# Changes to whisper.cpp's own source, made in the copy that whisper-rs-sys builds: what they bring is in
# docs/decisions/0014-beam-search.md. cmake reads this file after each project(); .cargo/config.toml names it.

if(NOT PROJECT_NAME STREQUAL "whisper.cpp")
  return()
endif()

set(source "${CMAKE_SOURCE_DIR}/src/whisper.cpp")
file(READ "${source}" text)
# An exception of C++ that reached a thread of Rust would end the process without a word of what it was. These end it with
# one ("std::bad_alloc"), by which the engine knows that memory ran out. The worker does not link without them.
set(mark "int securetranscribe_full(")
set(calls
"
extern \"C\" int securetranscribe_full(struct whisper_context * ctx, struct whisper_state * state,
        struct whisper_full_params params, const float * samples, int n_samples) noexcept {
    return whisper_full_with_state(ctx, state, params, samples, n_samples);
}

extern \"C\" struct whisper_state * securetranscribe_state(struct whisper_context * ctx) noexcept {
    return whisper_init_state(ctx);
}
")
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
file(WRITE "${source}" "${text}${calls}")
