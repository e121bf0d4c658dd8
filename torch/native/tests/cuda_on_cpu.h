// As much of CUDA as joined.cu takes, on the CPU: a block's threads are threads that wait for each other at barriers, and blocks run one after
// the other. It shows that the kernels compute what they should where there is no GPU, and nothing about their speed.
#pragma once

#include <barrier>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#define __global__
#define __device__
#define __launch_bounds__(...)
// A block's threads see one copy, since blocks do not overlap.
#define __shared__ static

struct dim3 {
  unsigned x = 1, y = 1, z = 1;
  dim3(unsigned x, unsigned y = 1) : x(x), y(y) {}
};

inline thread_local dim3 threadIdx(0, 0), blockIdx(0, 0);
inline dim3 gridDim(1);

struct alignas(16) uint4 {
  unsigned x, y, z, w;
};

inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }
inline void __stwb(uint4* to, uint4 value) { *to = value; }

inline unsigned __float_as_uint(float value) {
  unsigned bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

// Rounds to the nearest, ties to even, as the device does.
struct __nv_bfloat16 {
  uint16_t bits = 0;
  __nv_bfloat16() = default;
  explicit __nv_bfloat16(float value) {
    const unsigned word = __float_as_uint(value);
    bits = static_cast<uint16_t>((word + 0x7fffu + (word >> 16 & 1)) >> 16);
  }
  explicit operator float() const {
    const unsigned word = static_cast<unsigned>(bits) << 16;
    float value;
    std::memcpy(&value, &word, sizeof value);
    return value;
  }
};

inline __nv_bfloat16 __float2bfloat16_rn(float value) { return __nv_bfloat16(value); }
inline uint16_t __bfloat16_as_ushort(__nv_bfloat16 value) { return value.bits; }

enum cudaError_t { cudaSuccess };
enum { cudaDevAttrMultiProcessorCount };
inline cudaError_t cudaGetLastError() { return cudaSuccess; }
inline const char* cudaGetErrorString(cudaError_t) { return ""; }
inline cudaError_t cudaGetDevice(int*) { return cudaSuccess; }
inline cudaError_t cudaDeviceGetAttribute(int* value, int, int) {
  *value = 1;
  return cudaSuccess;
}

namespace cuda_on_cpu {

constexpr unsigned lanes = 32;

struct Warp {
  std::barrier<> barrier{lanes};
  float values[lanes];
};

// Those that the thread belongs to.
inline thread_local Warp* warp;
inline std::barrier<>* block;

}  // namespace cuda_on_cpu

inline void __syncthreads() { cuda_on_cpu::block->arrive_and_wait(); }

inline float __shfl_xor_sync(unsigned, float value, int mask) {
  auto& warp = *cuda_on_cpu::warp;
  warp.values[threadIdx.x] = value;
  warp.barrier.arrive_and_wait();
  const float other = warp.values[threadIdx.x ^ static_cast<unsigned>(mask)];
  warp.barrier.arrive_and_wait();
  return other;
}

// Runs `body` once for each thread of each block. Warps lie along x.
template <typename Body>
void run_on_cpu(unsigned blocks, dim3 threads, Body body) {
  gridDim = dim3(blocks);
  for (unsigned b = 0; b < blocks; b++) {
    std::barrier<> barrier(threads.x * threads.y);
    cuda_on_cpu::block = &barrier;
    std::vector<std::unique_ptr<cuda_on_cpu::Warp>> warps;
    for (unsigned i = 0; i < threads.x * threads.y / cuda_on_cpu::lanes; i++) warps.push_back(std::make_unique<cuda_on_cpu::Warp>());
    std::vector<std::thread> running;
    for (unsigned y = 0; y < threads.y; y++) {
      for (unsigned x = 0; x < threads.x; x++) {
        running.emplace_back([&, x, y] {
          threadIdx = dim3(x, y);
          blockIdx = dim3(b);
          cuda_on_cpu::warp = warps[(y * threads.x + x) / cuda_on_cpu::lanes].get();
          body();
        });
      }
    }
    for (auto& thread : running) thread.join();
  }
}
