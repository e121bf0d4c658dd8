// Attention over short sequences on tensor cores. Reads of 150 bases have about 33 tokens, of which FlashAttention's tiles of 64 and 128 are mostly
// padding. Here a block takes one head of one sequence whole: a warp each 16 queries with all their scores in registers, as in FlashAttention-2 (Dao 2023),
// but in one tile, so that the softmax is that of a row, the backward pass needs nothing but its inputs, and both are the same in every run.
#include <cmath>

#include "attention.h"
#include "matrix.cuh"

namespace dnabart::joined {
namespace {

constexpr int kRowTiles = attention_longest / kTile;
constexpr float kLog2E = 1.44269504088896341f;

__device__ inline Half* of_head(const Heads& tensor, const AttentionShape& shape) {
  return static_cast<Half*>(tensor.data) + blockIdx.x / shape.heads * tensor.batch + blockIdx.x % shape.heads * tensor.head;
}

// Starts to copy `rows` rows of D elements into shared memory, and to clear up to `padded` rows.
template <int D>
__device__ void fetch(const Heads& tensor, const AttentionShape& shape, int rows, int padded, const Matrix& to) {
  constexpr int in_word = 8, words = D / in_word;
  const Half* from = of_head(tensor, shape);
  for (int i = threadIdx.y * kLanes + threadIdx.x; i < padded * words; i += blockDim.y * kLanes) {
    const int row = i / words, column = i % words * in_word;
    const bool present = row < rows;
    copy_or_clear(to.data + row * to.stride + column, from + (present ? row * tensor.row + column : 0), present);
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

// 16 rows of the product of a matrix with the transpose of another, both with rows of D elements, in results of 16 x 8.
template <int D, int KeyTiles>
__device__ void multiply_transposed(const Matrix& left, const Matrix& right, int row, float (&c)[2 * KeyTiles][4]) {
#pragma unroll
  for (int d = 0; d < D; d += kTile) {
    unsigned a[4];
    left.left(row, d, a);
#pragma unroll
    for (int t = 0; t < KeyTiles; t++) {
      unsigned b[4];
      right.right_transposed(d, t * kTile, b);
      multiply(c[2 * t], a, b[0], b[1]);
      multiply(c[2 * t + 1], a, b[2], b[3]);
    }
  }
}

// The weights of 16 queries: the softmax of their scores, those of keys that are not there or must not be seen left out.
template <int D, int KeyTiles>
__device__ void weigh(const AttentionShape& shape, const Matrix& queries, const Matrix& keys, int row, float (&p)[2 * KeyTiles][4]) {
#pragma unroll
  for (int n = 0; n < 2 * KeyTiles; n++)
#pragma unroll
    for (int i = 0; i < 4; i++) p[n][i] = 0;
  multiply_transposed<D, KeyTiles>(queries, keys, row, p);
  const float scale = kLog2E / sqrtf(static_cast<float>(D));
#pragma unroll
  for (int n = 0; n < 2 * KeyTiles; n++)
#pragma unroll
    for (int i = 0; i < 4; i++) p[n][i] *= scale;
  if (shape.mask != nullptr) {
    const Half* mask = static_cast<const Half*>(shape.mask) + blockIdx.x / shape.heads * shape.mask_stride;
#pragma unroll
    for (int n = 0; n < 2 * KeyTiles; n++)
#pragma unroll
      for (int i = 0; i < 2; i++) {
        const int key = n * 8 + 2 * lane_in_group() + i;
        const float added = key < shape.keys ? static_cast<float>(mask[key]) * kLog2E : 0;
        p[n][i] += added;
        p[n][i + 2] += added;
      }
  }
#pragma unroll
  for (int half = 0; half < 2; half++) {
    const int query = row + lane_group() + half * 8, end = shape.causal && query < shape.keys ? query + 1 : shape.keys;
    float largest = -INFINITY, sum = 0;
#pragma unroll
    for (int n = 0; n < 2 * KeyTiles; n++)
#pragma unroll
      for (int i = 2 * half; i < 2 * half + 2; i++) {
        p[n][i] = n * 8 + 2 * lane_in_group() + i % 2 < end ? p[n][i] : -INFINITY;
        largest = fmaxf(largest, p[n][i]);
      }
    largest = max_of_group(largest);
#pragma unroll
    for (int n = 0; n < 2 * KeyTiles; n++)
#pragma unroll
      for (int i = 2 * half; i < 2 * half + 2; i++) {
        p[n][i] = exp2f(p[n][i] - largest);
        sum += p[n][i];
      }
    const float inverse = __fdividef(1, sum_of_group(sum));
#pragma unroll
    for (int n = 0; n < 2 * KeyTiles; n++)
#pragma unroll
      for (int i = 2 * half; i < 2 * half + 2; i++) p[n][i] *= inverse;
  }
}

// What dropout multiplies the weights of 16 queries with, handed to `body` with the place of each.
template <int KeyTiles, typename Body>
__device__ void with_dropout(const Dropout& dropout, int row, Body body) {
  const int64_t lane = (static_cast<int64_t>(blockIdx.x) * kRowTiles + row / kTile) * kLanes + threadIdx.x;
#pragma unroll
  for (int t = 0; t < KeyTiles; t++) {
    // One draw for what a lane holds of 16 keys.
    float factors[8];
    dropout_factors(dropout, lane * kRowTiles + t, factors);
#pragma unroll
    for (int i = 0; i < 8; i++) body(2 * t + i / 4, i % 4, factors[i]);
  }
}

// Writes the product of 16 rows of results, as wide as there are keys, with a matrix of keys by D.
template <int D, int KeyTiles>
__device__ void write_product(const float (&left)[2 * KeyTiles][4], const Matrix& right, const Heads& to, const AttentionShape& shape, int row) {
  unsigned a[KeyTiles][4];
#pragma unroll
  for (int t = 0; t < KeyTiles; t++) left_of_results(left[2 * t], left[2 * t + 1], a[t]);
#pragma unroll
  for (int d = 0; d < D; d += kTile) {
    float c[2][4] = {};
#pragma unroll
    for (int t = 0; t < KeyTiles; t++) {
      unsigned b[4];
      right.right(t * kTile, d, b);
      multiply(c[0], a[t], b[0], b[1]);
      multiply(c[1], a[t], b[2], b[3]);
    }
    write(to, shape, shape.queries, row, d, c[0], c[1]);
  }
}

// ---- kernels ----

template <int D, int KeyTiles>
__global__ void __launch_bounds__(kRowTiles * kLanes) attention_forward_kernel(AttentionShape shape, Heads q, Heads k, Heads v, Heads y, Dropout dropout) {
  constexpr int stride = D + kPadding;
  const int padded = blockDim.y * kTile, row = threadIdx.y * kTile;
  const Matrix queries{reinterpret_cast<uint16_t*>(dynamic_shared), stride}, keys{queries.data + padded * stride, stride},
      values{keys.data + KeyTiles * kTile * stride, stride};
  fetch<D>(q, shape, shape.queries, padded, queries);
  fetch<D>(k, shape, shape.keys, KeyTiles * kTile, keys);
  fetch<D>(v, shape, shape.keys, KeyTiles * kTile, values);
  wait_for_copies();
  __syncthreads();

  float p[2 * KeyTiles][4];
  weigh<D, KeyTiles>(shape, queries, keys, row, p);
  with_dropout<KeyTiles>(dropout, row, [&](int n, int i, float factor) { p[n][i] *= factor; });
  write_product<D, KeyTiles>(p, values, y, shape, row);
}

// The product of a transposed matrix in shared memory, queries by keys, with another, queries by D: the rows of some keys.
template <int D>
__device__ void write_transposed_product(const Matrix& left, const Matrix& right, int queries, const Heads& to, const AttentionShape& shape, int row) {
  float c[D / 8][4] = {};
#pragma unroll 1  // copies of the body help nothing: its sums are independent
  for (int query = 0; query < queries; query += kTile) {
    unsigned a[4];
    left.left_transposed(row, query, a);
#pragma unroll
    for (int d = 0; d < D; d += kTile) {
      unsigned b[4];
      right.right(query, d, b);
      multiply(c[d / 8], a, b[0], b[1]);
      multiply(c[d / 8 + 1], a, b[2], b[3]);
    }
  }
#pragma unroll
  for (int d = 0; d < D; d += kTile) write(to, shape, shape.keys, row, d, c[d / 8], c[d / 8 + 1]);
}

// With P the weights, D their dropout, S the scores and dY = y_gradient: dV = (D P)^T dY, dP = D (dY V^T), dS = P (dP - rowsum(P dP)), dQ = dS K and
// dK = dS^T Q, both over sqrt(size).
template <int D, int KeyTiles>
__global__ void __launch_bounds__(kRowTiles * kLanes) attention_backward_kernel(
    AttentionShape shape, Heads q, Heads k, Heads v, Heads y_gradient, Heads q_gradient, Heads k_gradient, Heads v_gradient, Dropout dropout) {
  constexpr int stride = D + kPadding;
  const int padded = blockDim.y * kTile, row = threadIdx.y * kTile;
  const Matrix queries{reinterpret_cast<uint16_t*>(dynamic_shared), stride}, gradients{queries.data + padded * stride, stride},
      keys{gradients.data + padded * stride, stride}, values{keys.data + KeyTiles * kTile * stride, stride};
  fetch<D>(q, shape, shape.queries, padded, queries);
  fetch<D>(y_gradient, shape, shape.queries, padded, gradients);
  fetch<D>(k, shape, shape.keys, KeyTiles * kTile, keys);
  fetch<D>(v, shape, shape.keys, KeyTiles * kTile, values);
  wait_for_copies();
  __syncthreads();

  float p[2 * KeyTiles][4], s[2 * KeyTiles][4] = {}, products[2] = {};
  weigh<D, KeyTiles>(shape, queries, keys, row, p);
  multiply_transposed<D, KeyTiles>(gradients, values, row, s);
  unsigned dropped = 0;
  with_dropout<KeyTiles>(dropout, row, [&](int n, int i, float factor) {
    s[n][i] *= factor;
    products[i / 2] += p[n][i] * s[n][i];
    if (factor == 0) dropped |= 1u << (4 * n + i);
  });
  const float scale = 1 / sqrtf(static_cast<float>(D));
#pragma unroll
  for (int half = 0; half < 2; half++) {
    const float product = sum_of_group(products[half]);
#pragma unroll
    for (int n = 0; n < 2 * KeyTiles; n++)
#pragma unroll
      for (int i = 2 * half; i < 2 * half + 2; i++) {
        s[n][i] = p[n][i] * (s[n][i] - product) * scale;
        p[n][i] = dropped >> (4 * n + i) & 1 ? 0 : p[n][i] * dropout.scale;
      }
  }
  write_product<D, KeyTiles>(s, keys, q_gradient, shape, row);

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

void attention_forward(const AttentionShape& shape, Heads q, Heads k, Heads v, Heads y, Dropout dropout, void* stream) {
  with_sizes(shape.size, shape.keys, [&](auto size, auto tiles) {
    const int64_t warps = divide_up(shape.queries, kTile), elements = (warps + 2 * tiles) * kTile * (size + kPadding);
    launch(
        attention_forward_kernel<size.value, tiles.value>, shape.batches * shape.heads, dim3(kLanes, static_cast<unsigned>(warps)),
        elements * sizeof(Half), stream, shape, q, k, v, y, dropout);
  });
}

void attention_backward(
    const AttentionShape& shape, Heads q, Heads k, Heads v, Heads y_gradient, Heads q_gradient, Heads k_gradient, Heads v_gradient, Dropout dropout,
    void* stream) {
  with_sizes(shape.size, shape.keys, [&](auto size, auto tiles) {
    const int64_t warps = divide_up(shape.queries, kTile), rows = warps * kTile, key_rows = tiles * kTile;
    const int64_t elements = 2 * rows * (size + kPadding) + 2 * larger(key_rows * (size + kPadding), rows * (key_rows + kPadding));
    launch(
        attention_backward_kernel<size.value, tiles.value>, shape.batches * shape.heads, dim3(kLanes, static_cast<unsigned>(warps)),
        elements * sizeof(Half), stream, shape, q, k, v, y_gradient, q_gradient, k_gradient, v_gradient, dropout);
  });
}

}  // namespace dnabart::joined
