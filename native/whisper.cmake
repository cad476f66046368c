# Changes to whisper.cpp's own source, made in the copy that whisper-rs-sys builds: what they bring is in
# docs/decisions, 0014-beam-search.md to 0016-products.md. cmake reads this file after each project(); .cargo/config.toml names it.

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

# Replaces what stands there once; another source of whisper.cpp stops the build.
function(change before after)
  string(FIND "${text}" "${before}" found)
  if(found EQUAL -1)
    message(FATAL_ERROR "native/whisper.cmake does not fit this whisper.cpp: it lacks ${before}")
  endif()
  string(REPLACE "${before}" "${after}" text "${text}")
  set(text "${text}" PARENT_SCOPE)
endfunction()

# The candidates of a beam become the likeliest tokens, which the function has sorted already, in place of draws.
set(drawn
"    std::discrete_distribution<> dist(probs.begin(), probs.end());

    for (int i = 0; i < k; ++i) {
        const auto id = dist(decoder.rng);")
set(likeliest
"    for (int i = 0; i < k; ++i) {
        const auto id = logits_id[i].second;")
change("${drawn}" "${likeliest}")

# Of the hypotheses of a beam those that are worth it are followed (st-worker/src/whisper/beam.rs); the others idle until a better one
# takes their place, which it may at every token.
set(follow
"
struct securetranscribe_hypothesis {
    const whisper_token_data * tokens;
    size_t count;
    double sum;
};

extern \"C\" void securetranscribe_follow(const securetranscribe_hypothesis * candidates, size_t count,
        const securetranscribe_hypothesis * ended, size_t ended_count, whisper_token first_time, bool * keep);

template <typename Candidate, size_t N>
static void securetranscribe_narrow(std::vector<Candidate> & candidates, const whisper_decoder (&decoders)[N], int n_decoders,
        whisper_token first_time) {
    const auto hypothesis = [](const whisper_sequence & sequence) -> securetranscribe_hypothesis {
        return { sequence.tokens.data(), sequence.tokens.size(), sequence.sum_logprobs_all };
    };
    std::vector<securetranscribe_hypothesis> all;
    std::vector<securetranscribe_hypothesis> ended;
    for (const auto & candidate : candidates) {
        all.push_back(hypothesis(candidate.sequence));
    }
    for (int j = 0; j < n_decoders; ++j) {
        if (decoders[j].completed) {
            ended.push_back(hypothesis(decoders[j].sequence));
        }
    }
    std::unique_ptr<bool[]> keep(new bool[all.size()]());
    securetranscribe_follow(all.data(), all.size(), ended.data(), ended.size(), first_time, keep.get());
    std::vector<Candidate> kept;
    for (size_t at = 0; at < candidates.size(); ++at) {
        if (keep[at]) {
            kept.push_back(std::move(candidates[at]));
        }
    }
    candidates.swap(kept);
}

")
set(sampler "static std::vector<whisper_token_data> whisper_sample_token_topk(")
change("${sampler}" "${follow}${sampler}")
change("    bool failed;    // has the current segment failed to decode?" "    bool failed;    // has the current segment failed to decode?
    bool idle;      // does it follow no hypothesis at this token?")
change("                decoder.failed    = false;" "                decoder.failed    = false;
                decoder.idle      = false;")
change("decoder.completed || decoder.failed" "decoder.completed || decoder.failed || decoder.idle")
change("decoder.failed || decoder.completed" "decoder.failed || decoder.completed || decoder.idle")
change("                    uint32_t cur_c = 0;

                    for (int j = 0; j < n_decoders_cur; ++j) {
                        auto & decoder = state->decoders[j];

                        if (decoder.completed || decoder.failed || decoder.idle) {
                            continue;
                        }

                        if (cur_c >= beam_candidates.size()) {
                            cur_c = 0;
                        }
" "                    uint32_t cur_c = 0;

                    securetranscribe_narrow(beam_candidates, state->decoders, n_decoders_cur, whisper_token_beg(ctx));

                    for (int j = 0; j < n_decoders_cur; ++j) {
                        auto & decoder = state->decoders[j];

                        if (decoder.completed || decoder.failed) {
                            continue;
                        }

                        decoder.idle = cur_c >= beam_candidates.size();
                        if (decoder.idle) {
                            continue;
                        }
")
# One that idles has no result.
change("                    if (decoder.failed) {
                        continue;
                    }

                    decoder.sequence.tokens.resize" "                    if (decoder.failed || decoder.idle) {
                        continue;
                    }

                    decoder.sequence.tokens.resize")
change("                WHISPER_LOG_DEBUG(\"%s: best decoder = %d\\n\", __func__, best_decoder_id);" "                while (state->decoders[best_decoder_id].idle && best_decoder_id + 1 < n_decoders_cur) {
                    ++best_decoder_id;
                }
                WHISPER_LOG_DEBUG(\"%s: best decoder = %d\\n\", __func__, best_decoder_id);")
set(whisper "${text}${calls}")

# Threads of one window wait for each other at every step, in a loop that never lets go: where other programs want the processor, too,
# the one that is waited for gets none of it while the others turn. After some turns they let go.
set(cpu "${CMAKE_SOURCE_DIR}/ggml/src/ggml-cpu/ggml-cpu.c")
file(READ "${cpu}" text)
change("    while (atomic_load_explicit(&tp->n_barrier_passed, memory_order_relaxed) == n_passed) {
        ggml_thread_cpu_relax();
    }" "    for (int turns = 0; atomic_load_explicit(&tp->n_barrier_passed, memory_order_relaxed) == n_passed; ) {
        if (turns < 100) {
            ++turns;
            ggml_thread_cpu_relax();
        } else {
            sched_yield();
        }
    }")
file(WRITE "${cpu}" "${text}")

# On Intel's and AMD's processors products of matrices go through native/products.cpp, and where they have AVX-512 through
# native/wide.cpp, which does single sums there, too.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  set(kernels "${CMAKE_SOURCE_DIR}/ggml/src/ggml-cpu")

  file(READ "${kernels}/vec.cpp" text)
  set(dot "void ggml_vec_dot_f16(int n, float * GGML_RESTRICT s, size_t bs, ggml_fp16_t * GGML_RESTRICT x, size_t bx, ggml_fp16_t * GGML_RESTRICT y, size_t by, int nrc) {")
  change("${dot}" "extern \"C\" bool securetranscribe_is_wide(void);
extern \"C\" void securetranscribe_wide_dot(int n, float * s, const ggml_fp16_t * x, const ggml_fp16_t * y);
static const bool securetranscribe_wide = securetranscribe_is_wide();

${dot}
    if (securetranscribe_wide) {
        securetranscribe_wide_dot(n, s, x, y);
        return;
    }
")
  file(WRITE "${kernels}/vec.cpp" "${text}")

  file(READ "${kernels}/CMakeLists.txt" text)
  if(MSVC)
    set(wide /arch:AVX512)
    set(vnni __AVX512VNNI__)
  else()
    set(wide -mavx512f -mavx512bw -mavx512cd -mavx512dq -mavx512vl -mavx512vnni)
    set(vnni "")
  endif()
  set(here "${CMAKE_CURRENT_LIST_DIR}")
  change("                    ggml-cpu/llamafile/sgemm.cpp
                    ggml-cpu/llamafile/sgemm.h)" "                    \"${here}/products.cpp\"
                    \"${here}/wide.cpp\"
                    ggml-cpu/llamafile/sgemm.h)
        set_source_files_properties(\"${here}/wide.cpp\" PROPERTIES COMPILE_OPTIONS \"${wide}\" COMPILE_DEFINITIONS \"${vnni}\")")
  file(WRITE "${kernels}/CMakeLists.txt" "${text}")
endif()

file(WRITE "${source}" "${whisper}")
