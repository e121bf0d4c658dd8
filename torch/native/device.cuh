// What the kernels share: CUDA, or without nvcc the same names on the CPU, for the tests of machines without a GPU; random numbers; launching.
#pragma once

#include <stdexcept>
#include <string>
#include <type_traits>

#include "joined.h"

#ifdef __CUDACC__
#include <cuda_bf16.h>
#include <cuda_runtime.h>
#else
#include "tests/cuda_on_cpu.h"
#endif

namespace dnabart::joined {

constexpr int kLanes = 32;
constexpr unsigned kAllLanes = 0xffffffffu;

#ifdef __CUDACC__
// As much as a launch asks for.
extern __shared__ uint4 dynamic_shared[];
#endif

// Philox-4x32 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3") of 7 rounds, the fewest that pass their tests, as FlashAttention takes;
// with the counter as libtorch's generator of offsets lays it out.
__device__ inline void philox(uint64_t seed, uint64_t offset, uint64_t subsequence, uint32_t (&random)[4]) {
  uint32_t key[2] = {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)};
  uint32_t c[4] = {
      static_cast<uint32_t>(offset), static_cast<uint32_t>(offset >> 32), static_cast<uint32_t>(subsequence), static_cast<uint32_t>(subsequence >> 32)};
#pragma unroll
  for (int round = 0; round < 7; round++) {
    const uint64_t first = static_cast<uint64_t>(0xD2511F53u) * c[0], second = static_cast<uint64_t>(0xCD9E8D57u) * c[2];
    const uint32_t next[4] = {
        static_cast<uint32_t>(second >> 32) ^ c[1] ^ key[0], static_cast<uint32_t>(second), static_cast<uint32_t>(first >> 32) ^ c[3] ^ key[1],
        static_cast<uint32_t>(first)};
#pragma unroll
    for (int i = 0; i < 4; i++) c[i] = next[i];
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
#pragma unroll
  for (int i = 0; i < 4; i++) random[i] = c[i];
}

// What the W elements of pack number `pack` are multiplied with: 0 or the scale.
template <int W>
__device__ void dropout_factors(const Dropout& dropout, int64_t pack, float (&factors)[W]) {
  static_assert(W <= 8, "a draw has 8 values of 16 bits");
  if (dropout.threshold == 0) {
#pragma unroll
    for (int i = 0; i < W; i++) factors[i] = 1;
    return;
  }
  uint32_t random[4];
  philox(dropout.seed, dropout.offset / 4, static_cast<uint64_t>(pack), random);
#pragma unroll
  for (int i = 0; i < W; i++) factors[i] = (random[i / 2] >> (i % 2 * 16) & 0xffffu) < dropout.threshold ? 0 : dropout.scale;
}

// A word of 4 bytes of values that lie side by side.
__device__ inline unsigned word(const float* values, float) { return __float_as_uint(*values); }
__device__ inline unsigned word(const float* values, __nv_bfloat16) {
  return __bfloat16_as_ushort(__float2bfloat16_rn(values[0])) | static_cast<unsigned>(__bfloat16_as_ushort(__float2bfloat16_rn(values[1]))) << 16;
}

inline void check(cudaError_t status) {
  if (status != cudaSuccess) throw std::runtime_error(std::string("CUDA: ") + cudaGetErrorString(status));
}

// `shared` bytes of dynamic shared memory a block.
template <typename... Parameters, typename... Arguments>
void launch(void (*kernel)(Parameters...), int64_t blocks, dim3 threads, size_t shared, [[maybe_unused]] void* stream, Arguments... arguments) {
  if (blocks == 0) return;
#ifdef __CUDACC__
  kernel<<<static_cast<unsigned>(blocks), threads, shared, static_cast<cudaStream_t>(stream)>>>(arguments...);
#else
  run_on_cpu(static_cast<unsigned>(blocks), threads, shared, [=] { kernel(arguments...); });
#endif
  check(cudaGetLastError());
}

inline int64_t divide_up(int64_t n, int64_t by) { return (n + by - 1) / by; }

}  // namespace dnabart::joined
