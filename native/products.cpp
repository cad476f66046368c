// Products of matrices on Intel's and AMD's processors: docs/decisions/0016-products.md. Compiled twice, here for every processor that
// the worker runs on (AVX2), and by wide.cpp for those with AVX-512. Whatever other files can see has its width in its name, so that
// the linker never takes a function of one width for the other's.

#if defined(__AVX512VNNI__)
#define OF_WIDTH(name) securetranscribe_wide_##name
#else
#define OF_WIDTH(name) securetranscribe_plain_##name
#endif

// whisper.cpp's own kernels, by another name.
#define llamafile_sgemm OF_WIDTH(even_sgemm)
#include "ggml-cpu/llamafile/sgemm.cpp"
#undef llamafile_sgemm

#include "integers.h"

#if defined(__AVX512VNNI__)
static const int WIDTH = 16;

// The sum of n products of half-precision numbers, in four sums that do not wait for each other.
extern "C" void OF_WIDTH(dot)(int n, float * s, const ggml_fp16_t * x, const ggml_fp16_t * y) {
    const auto at = [](const ggml_fp16_t * values) {
        return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(values)));
    };
    __m512 sums[4] = { _mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps() };
    int i = 0;
    for (; i + 64 <= n; i += 64) {
        for (int j = 0; j < 4; ++j) {
            sums[j] = _mm512_fmadd_ps(at(x + i + 16 * j), at(y + i + 16 * j), sums[j]);
        }
    }
    for (; i < n; i += 16) {
        const __mmask16 left = n - i < 16 ? static_cast<__mmask16>((1u << (n - i)) - 1) : 0xffff;
        const auto some = [left](const ggml_fp16_t * values) { return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(left, values)); };
        sums[0] = _mm512_fmadd_ps(some(x + i), some(y + i), sums[0]);
    }
    *s = _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(sums[0], sums[1]), _mm512_add_ps(sums[2], sums[3])));
}
#else
static const int WIDTH = 8;

// The sum of n products of half-precision numbers: what is left behind the kernels is shorter than ggml's own takes at once, and it
// would go through it number by number.
static void OF_WIDTH(dot)(int n, float * s, const ggml_fp16_t * x, const ggml_fp16_t * y) {
    const auto at = [](const ggml_fp16_t * values) {
        return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i *>(values)));
    };
    __m256 sum = _mm256_setzero_ps();
    int i = 0;
    for (; i + 8 <= n; i += 8) {
        sum = _mm256_fmadd_ps(at(x + i), at(y + i), sum);
    }
    if (i < n) {
        ggml_fp16_t last[2][8] = {};
        std::memcpy(last[0], x + i, (n - i) * sizeof(*x));
        std::memcpy(last[1], y + i, (n - i) * sizeof(*y));
        sum = _mm256_fmadd_ps(at(last[0]), at(last[1]), sum);
    }
    *s = hsum(sum);
}
#endif

// Products of matrices C = A x B as ggml asks for them: m x n sums of k products. The kernels take sums whose length is a multiple of
// WIDTH and rows that are multiples of 4; all others would be done one by one. Whisper's window has 1,500 positions and
// its vocabulary 51,865 entries, so what is over is left out of the kernels here and put in behind them.
extern "C" bool OF_WIDTH(sgemm)(const struct ggml_compute_params * params, int64_t m, int64_t n, int64_t k,
        const void * A, int64_t lda, const void * B, int64_t ldb, void * C, int64_t ldc, int Atype, int Btype, int Ctype) {
    if (whole_sgemm(params, m, n, k, A, lda, Atype, B, ldb, Btype, C, ldc, Ctype)) {
        return true;
    }
    const int64_t rows = m % 4 == 0 ? m : m - m % 16;
    const int64_t length = k - k % WIDTH;
    const bool halves = Atype == GGML_TYPE_F16 && Btype == GGML_TYPE_F16 && Ctype == GGML_TYPE_F32;
    if (!halves || n < 2 || rows == 0 || length == 0 || (rows == m && length == k)) {
        return OF_WIDTH(even_sgemm)(params, m, n, k, A, lda, B, ldb, C, ldc, Atype, Btype, Ctype);
    }
    if (!OF_WIDTH(even_sgemm)(params, rows, n, length, A, lda, B, ldb, C, ldc, Atype, Btype, Ctype)) {
        return false;
    }
    ggml_barrier(params->threadpool);
    for (int64_t column = params->ith; column < n; column += params->nth) {
        const ggml_fp16_t * b = static_cast<const ggml_fp16_t *>(B) + ldb * column;
        float * sums = static_cast<float *>(C) + ldc * column;
        for (int64_t row = length < k ? 0 : rows; row < m; ++row) {
            const ggml_fp16_t * a = static_cast<const ggml_fp16_t *>(A) + lda * row;
            const int64_t from = row < rows ? length : 0;
            float sum;
            OF_WIDTH(dot)(static_cast<int>(k - from), &sum, a + from, b + from);
            sums[row] = row < rows ? sums[row] + sum : sum;
        }
    }
    return true;
}

#if !defined(__AVX512VNNI__)
extern "C" bool securetranscribe_is_wide(void);
extern "C" decltype(securetranscribe_plain_sgemm) securetranscribe_wide_sgemm;
static const auto product = securetranscribe_is_wide() ? securetranscribe_wide_sgemm : securetranscribe_plain_sgemm;

// What ggml calls.
extern "C" bool llamafile_sgemm(const struct ggml_compute_params * params, int64_t m, int64_t n, int64_t k,
        const void * A, int64_t lda, const void * B, int64_t ldb, void * C, int64_t ldc, int Atype, int Btype, int Ctype) {
    return product(params, m, n, k, A, lda, B, ldb, C, ldc, Atype, Btype, Ctype);
}
#endif
