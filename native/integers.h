// Products of matrices in whole numbers: docs/decisions/0016-products.md. Included by products.cpp, once for each width.
//
// Each row of A becomes whole numbers of 11 bits and a sign, each column of B of up to 15, by a factor of its own; their products are
// summed exactly and multiplied by both factors. Two products of 16-bit numbers take one instruction (two of AVX2) for each of 8
// (16) sums, twice as many as in single precision, and nothing has to be made of half precision on the way.

#include "ggml-cpu.h"

#include <cstring>
#include <new>

namespace {

// The greatest number of a row of A.
const int ROW_MOST = 2047;
// The greatest of a column of B.
const int COLUMN_MOST = 32767;
// What the numbers of a column may be in all, whatever their signs: times ROW_MOST it still is less than 2^31, with 5,120 roundings
// by a half each left over.
const float COLUMN_SUM = (1 << 20) - 2560;
// Longer sums are left to others.
const int64_t LONGEST = 5120;
// Fewer columns or rows are not worth it.
const int64_t FEWEST = 32;
// Rows that one thread packs at a time, of at most this many numbers: half of what a core's own cache holds.
const int64_t ROWS = 64;
const int64_t PACKED = 64 * 1024;

#if defined(__AVX512VNNI__)
typedef __m512i ints;
const int LANES = 16;
const int TILE_COLUMNS = 8;
inline ints none() { return _mm512_setzero_si512(); }
inline ints load(const int32_t * from) { return _mm512_loadu_si512(from); }
inline ints everywhere(int32_t pair) { return _mm512_set1_epi32(pair); }
inline ints add_products(ints sums, ints a, ints b) { return _mm512_dpwssd_epi32(sums, a, b); }
inline void store(float * to, ints sums, const float * factors, float factor) {
    const __m512 scaled = _mm512_mul_ps(_mm512_loadu_ps(factors), _mm512_set1_ps(factor));
    _mm512_storeu_ps(to, _mm512_mul_ps(_mm512_cvtepi32_ps(sums), scaled));
}
#else
typedef __m256i ints;
const int LANES = 8;
const int TILE_COLUMNS = 4;
inline ints none() { return _mm256_setzero_si256(); }
inline ints load(const int32_t * from) { return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from)); }
inline ints everywhere(int32_t pair) { return _mm256_set1_epi32(pair); }
inline ints add_products(ints sums, ints a, ints b) { return _mm256_add_epi32(sums, _mm256_madd_epi16(a, b)); }
inline void store(float * to, ints sums, const float * factors, float factor) {
    const __m256 scaled = _mm256_mul_ps(_mm256_loadu_ps(factors), _mm256_set1_ps(factor));
    _mm256_storeu_ps(to, _mm256_mul_ps(_mm256_cvtepi32_ps(sums), scaled));
}
#endif

// Two registers of rows are summed at once, with TILE_COLUMNS columns: of more, GCC keeps some of the sums in memory.
const int TILE_ROWS = 2 * LANES;

// Of the standard library's templates nothing may be used here: the linker would take one width's copy for all of the program.

template <typename T>
inline T lesser(T one, T other) {
    return one < other ? one : other;
}

template <typename T>
inline T greater(T one, T other) {
    return one > other ? one : other;
}

// Memory that grows as needed and is kept for the next product.
template <typename T>
struct Room {
    T * data = nullptr;
    int64_t size = 0;

    T * of(int64_t wanted) {
        if (wanted > size) {
            ::operator delete(data);
            data = nullptr;
            data = static_cast<T *>(::operator new(wanted * sizeof(T)));
            size = wanted;
        }
        return data;
    }

    ~Room() { ::operator delete(data); }
};

// Numbers that are read as floats: single or half precision, or a quantised type.
struct Numbers {
    ggml_type type;
    const char * data;
    // Bytes from one row (column) to the next.
    int64_t stride;

    // One row (column) of them as floats, at `made` where they are not floats already.
    const float * read(int64_t row, int64_t count, float * made) const {
        const char * from = data + row * stride;
        if (type == GGML_TYPE_F32) {
            return reinterpret_cast<const float *>(from);
        }
        if (type == GGML_TYPE_F16) {
            ggml_cpu_fp16_to_fp32(reinterpret_cast<const ggml_fp16_t *>(from), made, count);
        } else {
            ggml_get_type_traits(type)->to_float(from, made, count);
        }
        return made;
    }
};

// The greatest of some numbers, and their sum, whatever their signs.
void measure(const float * numbers, int64_t count, float & most, float & sum) {
    const __m256 positive = _mm256_castsi256_ps(_mm256_set1_epi32(0x7fffffff));
    __m256 mosts = _mm256_setzero_ps();
    __m256 sums = _mm256_setzero_ps();
    int64_t i = 0;
    for (; i + 8 <= count; i += 8) {
        const __m256 some = _mm256_and_ps(positive, _mm256_loadu_ps(numbers + i));
        mosts = _mm256_max_ps(mosts, some);
        sums = _mm256_add_ps(sums, some);
    }
    float lanes[2][8];
    _mm256_storeu_ps(lanes[0], mosts);
    _mm256_storeu_ps(lanes[1], sums);
    most = sum = 0;
    for (int lane = 0; lane < 8; ++lane) {
        most = greater(most, lanes[0][lane]);
        sum += lanes[1][lane];
    }
    for (; i < count; ++i) {
        const float number = numbers[i] < 0 ? -numbers[i] : numbers[i];
        most = greater(most, number);
        sum += number;
    }
}

// Some numbers as whole ones, `padded` of them, a multiple of 16, with zeros at the end.
void round(const float * numbers, int64_t count, int64_t padded, float factor, int16_t * rounded) {
    const __m256 factors = _mm256_set1_ps(factor);
    const auto some = [factors](const float * from) { return _mm256_cvtps_epi32(_mm256_mul_ps(factors, _mm256_loadu_ps(from))); };
    int64_t i = 0;
    for (; i + 16 <= count; i += 16) {
        // Packed in lanes of 128 bits; put in order again.
        const __m256i mixed = _mm256_packs_epi32(some(numbers + i), some(numbers + i + 8));
        _mm256_storeu_si256(reinterpret_cast<__m256i *>(rounded + i), _mm256_permute4x64_epi64(mixed, 0xd8));
    }
    if (i < padded) {
        float last[16] = {};
        std::memcpy(last, numbers + i, (count - i) * sizeof(*last));
        round(last, 16, 16, factor, rounded + i);
    }
}

// What a thread writes for itself, kept for the next product.
struct Own {
    Room<float> floats;
    Room<int16_t> row;
    Room<int32_t> packed;
    Room<float> factors;
};

// Rows of A from `first` on, in tiles: of each pair of numbers all rows of the tile. What is behind the last row is zero.
void pack(const Numbers & a, int64_t first, int64_t rows, int64_t tiled, int64_t k, int64_t padded, Own & own) {
    const int64_t pairs = padded / 2;
    for (int64_t row = 0; row < tiled; ++row) {
        int32_t * tile = own.packed.data + row / TILE_ROWS * pairs * TILE_ROWS + row % TILE_ROWS;
        if (row >= rows) {
            own.factors.data[row] = 0;
            for (int64_t pair = 0; pair < pairs; ++pair) {
                tile[pair * TILE_ROWS] = 0;
            }
            continue;
        }
        const float * numbers = a.read(first + row, k, own.floats.data);
        float most;
        float sum;
        measure(numbers, k, most, sum);
        const float factor = most == 0 ? 0 : ROW_MOST / most;
        own.factors.data[row] = factor == 0 ? 0 : 1 / factor;
        round(numbers, k, padded, factor, own.row.data);
        for (int64_t pair = 0; pair < pairs; ++pair) {
            std::memcpy(tile + pair * TILE_ROWS, own.row.data + 2 * pair, sizeof(int32_t));
        }
    }
}

// Columns of B as whole numbers, with what makes them floats again.
struct Columns {
    int16_t * rounded;
    float * factors;
    int64_t stride;
};

// C for a tile of rows, whose factors are given, and COLUMNS columns from `column` on; `ldc` numbers lie between the columns of C.
template <int COLUMNS>
void multiply(const int32_t * tile, const float * factors, const Columns & b, int64_t column, int64_t pairs, float * c, int64_t ldc) {
    const int16_t * const columns = b.rounded + column * b.stride;
    ints sums[COLUMNS][2];
#pragma GCC unroll 8
    for (int at = 0; at < COLUMNS; ++at) {
        sums[at][0] = sums[at][1] = none();
    }
    for (int64_t pair = 0; pair < pairs; ++pair) {
        const ints low = load(tile + pair * TILE_ROWS);
        const ints high = load(tile + pair * TILE_ROWS + LANES);
#pragma GCC unroll 8
        for (int at = 0; at < COLUMNS; ++at) {
            int32_t both;
            std::memcpy(&both, columns + at * b.stride + 2 * pair, sizeof(both));
            sums[at][0] = add_products(sums[at][0], low, everywhere(both));
            sums[at][1] = add_products(sums[at][1], high, everywhere(both));
        }
    }
#pragma GCC unroll 8
    for (int at = 0; at < COLUMNS; ++at) {
        store(c + at * ldc, sums[at][0], factors, b.factors[column + at]);
        store(c + at * ldc + LANES, sums[at][1], factors + LANES, b.factors[column + at]);
    }
}

// C for some packed rows and the columns from `from` to `to`.
void put(const Own & own, int64_t rows, const Columns & b, int64_t from, int64_t to, int64_t padded, float * c, int64_t ldc) {
    const int64_t pairs = padded / 2;
    for (int64_t column = from; column < to; column += TILE_COLUMNS) {
        const int64_t some = lesser<int64_t>(TILE_COLUMNS, to - column);
        for (int64_t row = 0; row < rows; row += TILE_ROWS) {
            const int32_t * const tile = own.packed.data + row / TILE_ROWS * pairs * TILE_ROWS;
            const float * const factors = own.factors.data + row;
            float * const sums = c + column * ldc + row;
            if (some == TILE_COLUMNS && rows - row >= TILE_ROWS) {
                multiply<TILE_COLUMNS>(tile, factors, b, column, pairs, sums, ldc);
                continue;
            }
            for (int64_t at = 0; at < some; ++at) {
                float one[TILE_ROWS];
                multiply<1>(tile, factors, b, column + at, pairs, one, 0);
                std::memcpy(sums + at * ldc, one, lesser<int64_t>(TILE_ROWS, rows - row) * sizeof(*one));
            }
        }
    }
}

// Types that are read here.
bool read_here(int type) {
    return type == GGML_TYPE_F32 || type == GGML_TYPE_F16 || ggml_is_quantized(static_cast<ggml_type>(type));
}

// C = A x B as llamafile_sgemm does it, for matrices that are large enough; false for others.
bool whole_sgemm(const ggml_compute_params * params, int64_t m, int64_t n, int64_t blocks_of_row, const void * A, int64_t lda, int Atype,
        const void * B, int64_t ldb, int Btype, void * C, int64_t ldc, int Ctype) {
    if (!read_here(Atype) || (Btype != GGML_TYPE_F32 && Btype != GGML_TYPE_F16) || Ctype != GGML_TYPE_F32) {
        return false;
    }
    const ggml_type types[2] = { static_cast<ggml_type>(Atype), static_cast<ggml_type>(Btype) };
    const Numbers a = { types[0], static_cast<const char *>(A), lda * static_cast<int64_t>(ggml_type_size(types[0])) };
    const Numbers b = { types[1], static_cast<const char *>(B), ldb * static_cast<int64_t>(ggml_type_size(types[1])) };
    const int64_t k = blocks_of_row * ggml_blck_size(types[0]);
    float * const c = static_cast<float *>(C);
    if (m < FEWEST || n < FEWEST || k < FEWEST || k > LONGEST || params->wsize < 2 * sizeof(void *)) {
        return false;
    }
    static thread_local Own own;
    static thread_local Room<char> room;
    const int64_t padded = (k + 15) / 16 * 16;
    own.floats.of(k);
    own.row.of(padded);
    // Columns a multiple of 4 KiB apart would all want the same lines of the cache.
    const int64_t stride = padded + 32;

    // The columns are made by all threads, in memory of the first one, whose address the others find at the end of ggml's own room, which
    // it makes a cache line a thread longer than it needs.
    void * const shared = static_cast<char *>(params->wdata) + params->wsize - sizeof(void *);
    ggml_barrier(params->threadpool);
    if (params->ith == 0) {
        void * const address = room.of(n * (stride * sizeof(int16_t) + sizeof(float)));
        std::memcpy(shared, &address, sizeof(address));
    }
    ggml_barrier(params->threadpool);
    char * address;
    std::memcpy(&address, shared, sizeof(address));
    const Columns columns = { reinterpret_cast<int16_t *>(address + n * sizeof(float)), reinterpret_cast<float *>(address), stride };
    for (int64_t column = params->ith; column < n; column += params->nth) {
        const float * numbers = b.read(column, k, own.floats.data);
        float most;
        float sum;
        measure(numbers, k, most, sum);
        const float factor = most == 0 ? 0 : lesser(COLUMN_MOST / most, COLUMN_SUM / sum);
        columns.factors[column] = factor == 0 ? 0 : 1 / factor;
        round(numbers, k, padded, factor, columns.rounded + column * stride);
    }
    ggml_barrier(params->threadpool);

    // Shared out by rows, and where those are too few for the threads, by columns, too.
    const int64_t most_rows = greater<int64_t>(TILE_ROWS, lesser(ROWS, PACKED / padded / TILE_ROWS * TILE_ROWS));
    const int64_t blocks = (m + most_rows - 1) / most_rows;
    const int64_t parts = lesser((n + FEWEST - 1) / FEWEST, (2 * params->nth + blocks - 1) / blocks);
    const int64_t width = ((n + parts - 1) / parts + TILE_COLUMNS - 1) / TILE_COLUMNS * TILE_COLUMNS;
    own.packed.of(most_rows * padded / 2);
    own.factors.of(most_rows);
    for (int64_t part = params->ith; part < blocks * parts; part += params->nth) {
        const int64_t row = part / parts * most_rows;
        const int64_t from = part % parts * width;
        if (from >= n) {
            continue;
        }
        const int64_t rows = lesser(most_rows, m - row);
        const int64_t tiled = (rows + TILE_ROWS - 1) / TILE_ROWS * TILE_ROWS;
        pack(a, row, rows, tiled, k, padded, own);
        put(own, rows, columns, from, lesser(n, from + width), padded, c + row, ldc);
    }
    return true;
}

}
