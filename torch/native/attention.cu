// Attention over short sequences on tensor cores. Reads of 150 bases have about 33 tokens, of which FlashAttention's tiles of 64 and 128 are mostly
// padding. Here a block takes one head of one sequence whole: a warp each 16 queries with all their scores in registers, as in FlashAttention-2 (Dao 2023),
// but in one tile, so that the softmax is that of a row, the backward pass needs no sums in memory, and both are the same in every run.
#include <cmath>

#include "attention.h"
#include "device.cuh"

namespace dnabart::joined {
namespace {

using Half = __nv_bfloat16;

constexpr int kTile = 16;
constexpr int kPadding = 8;  // elements after a row in shared memory: fragments are then read without bank conflicts
constexpr float kLog2E = 1.44269504088896341f;

// ---- fragments of mma.m16n8k16: lane 4 g + t ----

__device__ inline int lane_group() { return threadIdx.x / 4; }
__device__ inline int lane_in_group() { return threadIdx.x % 4; }

// c += a b
__device__ inline void multiply(float (&c)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
#ifdef __CUDACC__
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
  mma_on_cpu(c, a, b);
#endif
}

// A matrix in shared memory, by rows.
struct Matrix {
  uint16_t* data;
  int stride;

  // Two elements of a row, or of a column, that follow each other.
  __device__ unsigned along_row(int row, int column) const { return *reinterpret_cast<const unsigned*>(data + row * stride + column); }
  __device__ unsigned along_column(int row, int column) const {
    return data[row * stride + column] | static_cast<unsigned>(data[(row + 1) * stride + column]) << 16;
  }

  // 16 x 16 of this matrix, or of its transpose, as the left factor; `row` and `column` are those of the factor.
  __device__ void left(int row, int column, unsigned (&a)[4]) const {
    row += lane_group();
    column += 2 * lane_in_group();
#pragma unroll
    for (int i = 0; i < 4; i++) a[i] = along_row(row + i % 2 * 8, column + i / 2 * 8);
  }
  __device__ void left_transposed(int row, int column, unsigned (&a)[4]) const {
    row += lane_group();
    column += 2 * lane_in_group();
#pragma unroll
    for (int i = 0; i < 4; i++) a[i] = along_column(column + i / 2 * 8, row + i % 2 * 8);
  }

  // 16 x 8 as the right factor.
  __device__ void right(int row, int column, unsigned (&b)[2]) const {
#pragma unroll
    for (int i = 0; i < 2; i++) b[i] = along_column(row + 2 * lane_in_group() + i * 8, column + lane_group());
  }
  __device__ void right_transposed(int row, int column, unsigned (&b)[2]) const {
#pragma unroll
    for (int i = 0; i < 2; i++) b[i] = along_row(column + lane_group(), row + 2 * lane_in_group() + i * 8);
  }

  // Takes 16 x 8 of results.
  __device__ void put(int row, int column, const float (&c)[4]) const {
#pragma unroll
    for (int i = 0; i < 2; i++)
      *reinterpret_cast<unsigned*>(data + (row + lane_group() + i * 8) * stride + column + 2 * lane_in_group()) = word(c + 2 * i, Half{});
  }
};

// Two neighbouring results are a left factor of 16 x 16.
__device__ inline void left_of_results(const float (&first)[4], const float (&second)[4], unsigned (&a)[4]) {
  a[0] = word(first, Half{});
  a[1] = word(first + 2, Half{});
  a[2] = word(second, Half{});
  a[3] = word(second + 2, Half{});
}

__device__ inline Half* of_head(const Heads& tensor, const AttentionShape& shape) {
  return static_cast<Half*>(tensor.data) + blockIdx.x / shape.heads * tensor.batch + blockIdx.x % shape.heads * tensor.head;
}

// Copies `rows` rows of D elements into shared memory, and zeros up to `padded` rows.
template <int D>
__device__ void fetch(const Heads& tensor, const AttentionShape& shape, int rows, int padded, const Matrix& to) {
  constexpr int in_word = 8, words = D / in_word;
  const Half* from = of_head(tensor, shape);
  for (int i = threadIdx.y * kLanes + threadIdx.x; i < padded * words; i += blockDim.y * kLanes) {
    const int row = i / words, column = i % words * in_word;
    *reinterpret_cast<uint4*>(to.data + row * to.stride + column) =
        row < rows ? *reinterpret_cast<const uint4*>(from + row * tensor.row + column) : make_uint4(0, 0, 0, 0);
  }
}

// Writes 16 x 16 results of which the first `rows` - `row` rows exist. Neighbouring lanes exchange words, so that each instruction fills 32 bytes of a row.
__device__ inline void write(const Heads& tensor, const AttentionShape& shape, int rows, int row, int column, const float (&first)[4], const float (&second)[4]) {
  const bool odd = lane_in_group() % 2 != 0;
  column += (odd ? 8 : 0) + lane_in_group() / 2 * 4;
#pragma unroll
  for (int i = 0; i < 2; i++) {
    const unsigned left = word(first + 2 * i, Half{}), right = word(second + 2 * i, Half{});
    const unsigned received = __shfl_xor_sync(kAllLanes, odd ? left : right, 1);
    const int to = row + lane_group() + i * 8;
    if (to >= rows) continue;
    uint2 words;
    words.x = odd ? received : left;
    words.y = odd ? right : received;
    *reinterpret_cast<uint2*>(of_head(tensor, shape) + to * tensor.row + column) = words;
  }
}

__device__ inline float sum_of_group(float value) {
  value += __shfl_xor_sync(kAllLanes, value, 1);
  return value + __shfl_xor_sync(kAllLanes, value, 2);
}

__device__ inline float max_of_group(float value) {
  value = fmaxf(value, __shfl_xor_sync(kAllLanes, value, 1));
  return fmaxf(value, __shfl_xor_sync(kAllLanes, value, 2));
}

// ---- what forward and backward pass share ----

// The scores of 16 queries, times log2(e), in results of 16 x 8: -infinity at keys that are not there or must not be seen.
template <int D, int KeyTiles>
__device__ void scores(const AttentionShape& shape, const Matrix& q, const Matrix& k, int row, float (&s)[2 * KeyTiles][4]) {
  unsigned a[D / kTile][4];
#pragma unroll
  for (int d = 0; d < D / kTile; d++) q.left(row, d * kTile, a[d]);
  const Half* mask = static_cast<const Half*>(shape.mask) + blockIdx.x / shape.heads * shape.mask_stride;
  const float scale = kLog2E / sqrtf(static_cast<float>(D));
#pragma unroll
  for (int n = 0; n < 2 * KeyTiles; n++) {
#pragma unroll
    for (int i = 0; i < 4; i++) s[n][i] = 0;
#pragma unroll
    for (int d = 0; d < D / kTile; d++) {
      unsigned b[2];
      k.right_transposed(d * kTile, n * 8, b);
      multiply(s[n], a[d], b);
    }
#pragma unroll
    for (int i = 0; i < 4; i++) {
      const int key = n * 8 + 2 * lane_in_group() + i % 2, query = row + lane_group() + i / 2 * 8;
      const bool seen = key < shape.keys && !(shape.causal && key > query);
      s[n][i] = !seen ? -INFINITY : s[n][i] * scale + (shape.mask == nullptr ? 0 : static_cast<float>(mask[key]) * kLog2E);
    }
  }
}

// What dropout multiplies the weights of 16 queries with, handed to `body` with the places of each.
template <int KeyTiles, typename Body>
__device__ void with_dropout(const Dropout& dropout, int row, Body body) {
#pragma unroll
  for (int half = 0; half < 2; half++) {
    const int64_t query = static_cast<int64_t>(blockIdx.x) * attention_longest + row + lane_group() + half * 8;
#pragma unroll
    for (int part = 0; part < (KeyTiles + 1) / 2; part++) {
      // One draw for what a lane holds of 32 keys.
      float factors[8];
      dropout_factors(dropout, (query * 4 + lane_in_group()) * 2 + part, factors);
#pragma unroll
      for (int i = 0; i < 8; i++)
        if (part * 4 + i / 2 < 2 * KeyTiles) body(part * 4 + i / 2, half * 2 + i % 2, factors[i]);
    }
  }
}

// ---- kernels ----

template <int D, int KeyTiles>
__global__ void __launch_bounds__(4 * kLanes) attention_forward_kernel(AttentionShape shape, Heads q, Heads k, Heads v, Heads y, float* log_sums, Dropout dropout) {
  constexpr int stride = D + kPadding;
  const int padded = blockDim.y * kTile, row = threadIdx.y * kTile;
  const Matrix queries{reinterpret_cast<uint16_t*>(dynamic_shared), stride}, keys{queries.data + padded * stride, stride},
      values{keys.data + KeyTiles * kTile * stride, stride};
  fetch<D>(q, shape, shape.queries, padded, queries);
  fetch<D>(k, shape, shape.keys, KeyTiles * kTile, keys);
  fetch<D>(v, shape, shape.keys, KeyTiles * kTile, values);
  __syncthreads();

  float p[2 * KeyTiles][4];
  scores<D, KeyTiles>(shape, queries, keys, row, p);
#pragma unroll
  for (int half = 0; half < 2; half++) {
    float largest = -INFINITY, sum = 0;
#pragma unroll
    for (int n = 0; n < 2 * KeyTiles; n++) largest = fmaxf(largest, fmaxf(p[n][2 * half], p[n][2 * half + 1]));
    largest = max_of_group(largest);
#pragma unroll
    for (int n = 0; n < 2 * KeyTiles; n++)
#pragma unroll
      for (int i = 2 * half; i < 2 * half + 2; i++) {
        p[n][i] = exp2f(p[n][i] - largest);
        sum += p[n][i];
      }
    sum = sum_of_group(sum);
    const float inverse = 1 / sum;
#pragma unroll
    for (int n = 0; n < 2 * KeyTiles; n++)
#pragma unroll
      for (int i = 2 * half; i < 2 * half + 2; i++) p[n][i] *= inverse;
    const int query = row + lane_group() + half * 8;
    if (log_sums != nullptr && lane_in_group() == 0 && query < shape.queries)
      log_sums[static_cast<int64_t>(blockIdx.x) * shape.queries + query] = largest + log2f(sum);
  }
  with_dropout<KeyTiles>(dropout, row, [&](int n, int i, float factor) { p[n][i] *= factor; });

  unsigned a[KeyTiles][4];
#pragma unroll
  for (int t = 0; t < KeyTiles; t++) left_of_results(p[2 * t], p[2 * t + 1], a[t]);
#pragma unroll
  for (int d = 0; d < D; d += kTile) {
    float c[2][4] = {};
#pragma unroll
    for (int t = 0; t < KeyTiles; t++)
#pragma unroll
      for (int half = 0; half < 2; half++) {
        unsigned b[2];
        values.right(t * kTile, d + half * 8, b);
        multiply(c[half], a[t], b);
      }
    write(y, shape, shape.queries, row, d, c[0], c[1]);
  }
}

// The product of a transposed matrix in shared memory, queries by keys, with another, queries by D: the rows of some keys.
template <int D>
__device__ void write_transposed_product(const Matrix& left, const Matrix& right, int queries, const Heads& to, const AttentionShape& shape, int row) {
#pragma unroll
  for (int d = 0; d < D; d += kTile) {
    float c[2][4] = {};
    for (int query = 0; query < queries; query += kTile) {
      unsigned a[4];
      left.left_transposed(row, query, a);
#pragma unroll
      for (int half = 0; half < 2; half++) {
        unsigned b[2];
        right.right(query, d + half * 8, b);
        multiply(c[half], a, b);
      }
    }
    write(to, shape, shape.keys, row, d, c[0], c[1]);
  }
}

// With P the weights, D their dropout, S the scores and dY = y_gradient: dV = (D P)^T dY, dP = D (dY V^T), dS = P (dP - rowsum(dY Y)), dQ = dS K and
// dK = dS^T Q, both over sqrt(size).
template <int D, int KeyTiles>
__global__ void __launch_bounds__(4 * kLanes) attention_backward_kernel(
    AttentionShape shape, Heads q, Heads k, Heads v, Heads y, Heads y_gradient, const float* log_sums, Heads q_gradient, Heads k_gradient,
    Heads v_gradient, Dropout dropout) {
  constexpr int stride = D + kPadding;
  const int padded = blockDim.y * kTile, row = threadIdx.y * kTile;
  const Matrix queries{reinterpret_cast<uint16_t*>(dynamic_shared), stride}, gradients{queries.data + padded * stride, stride},
      keys{gradients.data + padded * stride, stride}, values{keys.data + KeyTiles * kTile * stride, stride};
  fetch<D>(q, shape, shape.queries, padded, queries);
  fetch<D>(y_gradient, shape, shape.queries, padded, gradients);
  fetch<D>(k, shape, shape.keys, KeyTiles * kTile, keys);
  fetch<D>(v, shape, shape.keys, KeyTiles * kTile, values);
  __syncthreads();

  float p[2 * KeyTiles][4], s[2 * KeyTiles][4] = {}, products[2] = {}, sums[2];
  scores<D, KeyTiles>(shape, queries, keys, row, p);
#pragma unroll
  for (int d = 0; d < D; d += kTile) {
    unsigned a[4];
    gradients.left(row, d, a);
#pragma unroll
    for (int n = 0; n < 2 * KeyTiles; n++) {
      unsigned b[2];
      values.right_transposed(d, n * 8, b);
      multiply(s[n], a, b);
    }
#pragma unroll
    for (int i = 0; i < 4; i++) {
      const int query = row + lane_group() + i % 2 * 8;
      if (query >= shape.queries) continue;
      const unsigned result = *reinterpret_cast<const unsigned*>(of_head(y, shape) + query * y.row + d + 2 * lane_in_group() + i / 2 * 8);
      products[i % 2] += __uint_as_float(a[i] << 16) * __uint_as_float(result << 16) + __uint_as_float(a[i] & 0xffff0000u) * __uint_as_float(result & 0xffff0000u);
    }
  }
#pragma unroll
  for (int half = 0; half < 2; half++) {
    const int query = row + lane_group() + half * 8;
    sums[half] = query < shape.queries ? log_sums[static_cast<int64_t>(blockIdx.x) * shape.queries + query] : 0;
    products[half] = sum_of_group(products[half]);
  }
  const float scale = 1 / sqrtf(static_cast<float>(D));
  with_dropout<KeyTiles>(dropout, row, [&](int n, int i, float factor) {
    p[n][i] = exp2f(p[n][i] - sums[i / 2]);
    s[n][i] = p[n][i] * (s[n][i] * factor - products[i / 2]) * scale;
    p[n][i] *= factor;
  });

  unsigned a[KeyTiles][4];
#pragma unroll
  for (int t = 0; t < KeyTiles; t++) left_of_results(s[2 * t], s[2 * t + 1], a[t]);
#pragma unroll
  for (int d = 0; d < D; d += kTile) {
    float c[2][4] = {};
#pragma unroll
    for (int t = 0; t < KeyTiles; t++)
#pragma unroll
      for (int half = 0; half < 2; half++) {
        unsigned b[2];
        keys.right(t * kTile, d + half * 8, b);
        multiply(c[half], a[t], b);
      }
    write(q_gradient, shape, shape.queries, row, d, c[0], c[1]);
  }

  // Weights and scores take the place of keys and values, which all warps are done with.
  __syncthreads();
  const Matrix weights{keys.data, KeyTiles * kTile + kPadding}, changes{weights.data + padded * weights.stride, weights.stride};
#pragma unroll
  for (int n = 0; n < 2 * KeyTiles; n++) {
    weights.put(row, n * 8, p[n]);
    changes.put(row, n * 8, s[n]);
  }
  __syncthreads();
  for (int tile = threadIdx.y; tile < KeyTiles; tile += blockDim.y) {
    write_transposed_product<D>(weights, gradients, padded, v_gradient, shape, tile * kTile);
    write_transposed_product<D>(changes, queries, padded, k_gradient, shape, tile * kTile);
  }
}

// ---- launching ----

// Calls with head size and key tiles as constants. False where there is no kernel for them.
template <typename Body>
bool with_sizes(int64_t size, int64_t keys, Body body) {
  const int64_t tiles = divide_up(keys, kTile);
  const auto for_size = [&](auto d) {
    if (size != d) return false;
    if (tiles <= 1) body(d, std::integral_constant<int, 1>{});
    else if (tiles == 2) body(d, std::integral_constant<int, 2>{});
    else if (tiles == 3) body(d, std::integral_constant<int, 3>{});
    else if (tiles == 4) body(d, std::integral_constant<int, 4>{});
    else return false;
    return true;
  };
  return for_size(std::integral_constant<int, 16>{}) || for_size(std::integral_constant<int, 32>{}) || for_size(std::integral_constant<int, 64>{});
}

int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

}  // namespace

bool has_head_size(int64_t size) {
  return with_sizes(size, 1, [](auto, auto) {});
}

void attention_forward(const AttentionShape& shape, Heads q, Heads k, Heads v, Heads y, float* log_sums, Dropout dropout, void* stream) {
  with_sizes(shape.size, shape.keys, [&](auto size, auto tiles) {
    const int64_t warps = divide_up(shape.queries, kTile), elements = (warps + 2 * tiles) * kTile * (size + kPadding);
    launch(
        attention_forward_kernel<size.value, tiles.value>, shape.batches * shape.heads, dim3(kLanes, static_cast<unsigned>(warps)),
        elements * sizeof(Half), stream, shape, q, k, v, y, log_sums, dropout);
  });
}

void attention_backward(
    const AttentionShape& shape, Heads q, Heads k, Heads v, Heads y, Heads y_gradient, const float* log_sums, Heads q_gradient, Heads k_gradient,
    Heads v_gradient, Dropout dropout, void* stream) {
  with_sizes(shape.size, shape.keys, [&](auto size, auto tiles) {
    const int64_t warps = divide_up(shape.queries, kTile), rows = warps * kTile, key_rows = tiles * kTile;
    const int64_t elements = 2 * rows * (size + kPadding) + 2 * larger(key_rows * (size + kPadding), rows * (key_rows + kPadding));
    launch(
        attention_backward_kernel<size.value, tiles.value>, shape.batches * shape.heads, dim3(kLanes, static_cast<unsigned>(warps)),
        elements * sizeof(Half), stream, shape, q, k, v, y, y_gradient, log_sums, q_gradient, k_gradient, v_gradient, dropout);
  });
}

}  // namespace dnabart::joined
