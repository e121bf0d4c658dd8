// What the kernels that go through rows share: reading and writing several elements at once, sums over a warp, the types of elements.
#pragma once

#include "device.cuh"

namespace dnabart::joined {

constexpr int kRowsPerBlock = 4;  // a warp each

// W elements, which a thread reads at once.
template <typename T, int W>
struct alignas(sizeof(T) * W) Pack {
  T items[W];
};

template <typename T, int W>
__device__ void load(const T* from, float (&to)[W]) {
  const auto pack = *reinterpret_cast<const Pack<T, W>*>(from);
#pragma unroll
  for (int i = 0; i < W; i++) to[i] = static_cast<float>(pack.items[i]);
}

// Word by word and by an intrinsic: nvcc takes other ways to write 16 bytes of bfloat16 apart into pieces of 2 and 4.
template <typename T, int W>
__device__ void store(const float (&from)[W], T* to) {
  constexpr int in_word = 4 / sizeof(T), words = W / in_word;
  unsigned out[words];
#pragma unroll
  for (int i = 0; i < words; i++) out[i] = word(from + i * in_word, T{});
  if constexpr (words % 4 == 0) {
#pragma unroll
    for (int i = 0; i < words; i += 4) __stwb(reinterpret_cast<uint4*>(to) + i / 4, make_uint4(out[i], out[i + 1], out[i + 2], out[i + 3]));
  } else {
#pragma unroll
    for (int i = 0; i < words; i++) reinterpret_cast<unsigned*>(to)[i] = out[i];
  }
}

__device__ inline float sum_of_lanes(float value) {
#pragma unroll
  for (int step = kLanes / 2; step > 0; step /= 2) value += __shfl_xor_sync(kAllLanes, value, step);
  return value;
}

__device__ inline float max_of_lanes(float value) {
#pragma unroll
  for (int step = kLanes / 2; step > 0; step /= 2) value = fmaxf(value, __shfl_xor_sync(kAllLanes, value, step));
  return value;
}

// Calls with the type of the elements, as a value of it.
template <typename Body>
void with_type(Element type, Body body) {
  if (type == Element::Float32) body(float{});
  else body(__nv_bfloat16{});
}

}  // namespace dnabart::joined
