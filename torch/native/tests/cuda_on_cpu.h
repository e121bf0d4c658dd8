// As much of CUDA as the kernels take, on the CPU: a block's threads are threads that wait for each other at barriers, and blocks run one after
// the other. It shows that the kernels compute what they should where there is no GPU, and nothing about their speed.
#pragma once

#include <algorithm>
#include <barrier>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>
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
inline dim3 gridDim(1), blockDim(1);

inline float __fdividef(float a, float b) { return a / b; }
inline float __expf(float x) { return std::exp(x); }

struct alignas(8) uint2 {
  unsigned x, y;
};

struct alignas(16) uint4 {
  unsigned x, y, z, w;
};

inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }
inline void __stwb(uint4* to, uint4 value) { *to = value; }

// A block's dynamic shared memory: exactly what it asks for, and full of NaN, so that what is read before it is written shows.
constexpr size_t most_shared = 48 * 1024;
inline uint4* dynamic_shared;

inline unsigned __float_as_uint(float value) {
  unsigned bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

inline float __uint_as_float(unsigned bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// Rounds to the nearest, ties to even, as the device does.
struct __nv_bfloat16 {
  uint16_t bits = 0;
  __nv_bfloat16() = default;
  explicit __nv_bfloat16(float value) {
    const unsigned word = __float_as_uint(value);
    bits = static_cast<uint16_t>((word + 0x7fffu + (word >> 16 & 1)) >> 16);
  }
  explicit operator float() const { return __uint_as_float(static_cast<unsigned>(bits) << 16); }
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
  unsigned words[lanes];
  unsigned a[lanes][4], b[lanes][2];
  const uint16_t* rows[lanes];
};

// Those that the thread belongs to.
inline thread_local Warp* warp;
inline std::barrier<>* block;

}  // namespace cuda_on_cpu

inline void __syncthreads() { cuda_on_cpu::block->arrive_and_wait(); }

inline unsigned __shfl_xor_sync(unsigned, unsigned value, int mask) {
  auto& warp = *cuda_on_cpu::warp;
  warp.words[threadIdx.x] = value;
  warp.barrier.arrive_and_wait();
  const unsigned other = warp.words[threadIdx.x ^ static_cast<unsigned>(mask)];
  warp.barrier.arrive_and_wait();
  return other;
}

inline float __shfl_xor_sync(unsigned lanes, float value, int mask) {
  return __uint_as_float(__shfl_xor_sync(lanes, __float_as_uint(value), mask));
}

// mma.sync.m16n8k16 of bfloat16 into float, by the layouts of fragments in the PTX manual: lane 4 g + t holds of A the rows g and g + 8 at the columns
// 2 t, 2 t + 1 and both plus 8, of B the column g at those rows, and of C the rows g and g + 8 at the columns 2 t, 2 t + 1.
inline void mma_on_cpu(float (&c)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
  auto& warp = *cuda_on_cpu::warp;
  const unsigned lane = threadIdx.x, g = lane / 4, t = lane % 4;
  std::memcpy(warp.a[lane], a, sizeof a);
  warp.b[lane][0] = b0;
  warp.b[lane][1] = b1;
  warp.barrier.arrive_and_wait();
  const auto element = [](unsigned word, unsigned high) { return __uint_as_float(high ? word & 0xffff0000u : word << 16); };
  for (unsigned i = 0; i < 4; i++) {
    const unsigned row = g + i / 2 * 8, column = 2 * t + i % 2;
    for (unsigned k = 0; k < 16; k++) {
      const unsigned owner = k % 8 / 2, half = k / 8;
      c[i] += element(warp.a[row % 8 * 4 + owner][half * 2 + row / 8], k % 2) * element(warp.b[column * 4 + owner][half], k % 2);
    }
  }
  warp.barrier.arrive_and_wait();
}

// ldmatrix.m8n8.x4: lanes 8 i to 8 i + 7 give the rows of matrix i, of which lane 4 g + t gets row g at the columns 2 t and 2 t + 1, or, transposed, the
// rows 2 t and 2 t + 1 at column g.
template <bool Transposed>
void ldmatrix_on_cpu(const uint16_t* row, unsigned (&to)[4]) {
  auto& warp = *cuda_on_cpu::warp;
  const unsigned g = threadIdx.x / 4, t = threadIdx.x % 4;
  if (reinterpret_cast<uintptr_t>(row) % 16 != 0) std::abort();
  warp.rows[threadIdx.x] = row;
  warp.barrier.arrive_and_wait();
  for (unsigned i = 0; i < 4; i++) {
    const uint16_t* const* rows = warp.rows + 8 * i;
    to[i] = Transposed ? rows[2 * t][g] | static_cast<unsigned>(rows[2 * t + 1][g]) << 16 : rows[g][2 * t] | static_cast<unsigned>(rows[g][2 * t + 1]) << 16;
  }
  warp.barrier.arrive_and_wait();
}

// Runs `body` once for each thread of each block. Warps lie along x.
template <typename Body>
void run_on_cpu(unsigned blocks, dim3 threads, size_t shared, Body body) {
  if (shared > most_shared) throw std::runtime_error("a block asks for more shared memory than it gets without asking");
  gridDim = dim3(blocks);
  blockDim = threads;
  std::vector<uint4> memory((shared + sizeof(uint4) - 1) / sizeof(uint4));
  dynamic_shared = memory.data();
  std::barrier<> barrier(threads.x * threads.y);
  cuda_on_cpu::block = &barrier;
  std::vector<std::unique_ptr<cuda_on_cpu::Warp>> warps;
  for (unsigned i = 0; i < threads.x * threads.y / cuda_on_cpu::lanes; i++) warps.push_back(std::make_unique<cuda_on_cpu::Warp>());
  std::vector<std::thread> running;
  for (unsigned y = 0; y < threads.y; y++) {
    for (unsigned x = 0; x < threads.x; x++) {
      running.emplace_back([&, x, y] {
        threadIdx = dim3(x, y);
        cuda_on_cpu::warp = warps[(y * threads.x + x) / cuda_on_cpu::lanes].get();
        for (unsigned b = 0; b < blocks; b++) {
          if (x == 0 && y == 0) std::fill(memory.begin(), memory.end(), uint4{~0u, ~0u, ~0u, ~0u});
          barrier.arrive_and_wait();
          blockIdx = dim3(b);
          body();
          barrier.arrive_and_wait();
        }
      });
    }
  }
  for (auto& thread : running) thread.join();
}
