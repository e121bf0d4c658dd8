// Launchers of the kernels in attention.cu, as joined.h's.
#pragma once

#include <cstdint>

#include "joined.h"

namespace dnabart::joined {

// The longest sequences that the attention kernels take: a warp's registers hold a row of 64 scores.
constexpr int64_t attention_longest = 64;

// A tensor [batch, heads, length, size] of bfloat16 with its strides in elements, multiples of 8; the last is 1, and it begins at a multiple of 16
// bytes.
struct Heads {
  void* data = nullptr;
  int64_t batch = 0, head = 0, row = 0;
};

struct AttentionShape {
  int64_t batches;
  unsigned heads;
  int queries, keys, size;
  bool causal;
  // Added to the scores of a key, bfloat16 [batches, keys] with a stride of so many elements; null for none.
  const void* mask;
  int64_t mask_stride;
};

// Whether heads of this size have kernels.
bool has_head_size(int64_t size);

// y = dropout(softmax(q k^T / sqrt(size) + mask)) v.
void attention_forward(const AttentionShape& shape, Heads q, Heads k, Heads v, Heads y, Dropout dropout, void* stream);

void attention_backward(
    const AttentionShape& shape, Heads q, Heads k, Heads v, Heads y_gradient, Heads q_gradient, Heads k_gradient, Heads v_gradient, Dropout dropout,
    void* stream);

}  // namespace dnabart::joined
