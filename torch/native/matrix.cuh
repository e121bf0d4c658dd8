// Matrices of bfloat16 in shared memory, and the fragments of them that tensor cores multiply. A block's warps lie along threadIdx.x.
#pragma once

#include "device.cuh"

namespace dnabart::joined {

using Half = __nv_bfloat16;

constexpr int kTile = 16;
constexpr int kPadding = 8;  // elements after a row in shared memory: fragments are then read without bank conflicts

// Results lie in a warp as mma.m16n8k16 leaves them: lane 4 g + t holds of 16 x 8 the rows g and g + 8 at the columns 2 t and 2 t + 1.
__device__ inline int lane_group() { return threadIdx.x / 4; }
__device__ inline int lane_in_group() { return threadIdx.x % 4; }

// c += a b, of 16 x 16 and 16 x 8
__device__ inline void multiply(float (&c)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
#ifdef __CUDACC__
  // Volatile, since all lanes must take part: it may not move to where only some need the result.
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
               : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
#else
  mma_on_cpu(c, a, b0, b1);
#endif
}

// Four matrices of 8 x 8, whose rows begin where lanes 8 i to 8 i + 7 say for number i, as fragments of them or of their transposes.
template <bool Transposed>
__device__ void load_fragments(const uint16_t* row, unsigned (&to)[4]) {
#ifdef __CUDACC__
  const unsigned address = static_cast<unsigned>(__cvta_generic_to_shared(row));
  if constexpr (Transposed)
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(address)
                 : "memory");
  else
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(address)
                 : "memory");
#else
  ldmatrix_on_cpu<Transposed>(row, to);
#endif
}

// Starts to copy 16 bytes into shared memory, or to write zeros there where they are not `present`; `wait_for_copies` and a barrier end it.
__device__ inline void copy_or_clear(uint16_t* to, const Half* from, bool present) {
#ifdef __CUDACC__
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(static_cast<unsigned>(__cvta_generic_to_shared(to))), "l"(from), "r"(present ? 16 : 0)
               : "memory");
#else
  if (present) std::memcpy(to, from, 16);
  else std::memset(to, 0, 16);
#endif
}

__device__ inline void wait_for_copies() {
#ifdef __CUDACC__
  asm volatile("cp.async.wait_all;" ::: "memory");
#endif
}

// By rows, each at a multiple of 16 bytes.
struct Matrix {
  uint16_t* data;
  int stride;

  // 16 x 16 of this matrix, or of its transpose, as the left factor; `row` and `column` are those of the factor.
  __device__ void left(int row, int column, unsigned (&a)[4]) const { load_fragments<false>(rows_first(row, column), a); }
  __device__ void left_transposed(int row, int column, unsigned (&a)[4]) const { load_fragments<true>(columns_first(column, row), a); }

  // 16 x 16 as two right factors of 16 x 8 side by side.
  __device__ void right(int row, int column, unsigned (&b)[4]) const { load_fragments<true>(rows_first(row, column), b); }
  __device__ void right_transposed(int row, int column, unsigned (&b)[4]) const { load_fragments<false>(columns_first(column, row), b); }

  // Takes 16 x 8 of results.
  __device__ void put(int row, int column, const float (&c)[4]) const {
#pragma unroll
    for (int i = 0; i < 2; i++)
      *reinterpret_cast<unsigned*>(data + (row + lane_group() + i * 8) * stride + column + 2 * lane_in_group()) = word(c + 2 * i, Half{});
  }

 private:
  // The row that this lane names of 16 x 16 in four matrices, of which the second lies below the first, or beside it.
  __device__ const uint16_t* rows_first(int row, int column) const { return data + (row + threadIdx.x % 16) * stride + column + threadIdx.x / 16 * 8; }
  __device__ const uint16_t* columns_first(int row, int column) const {
    return data + (row + threadIdx.x / 16 * 8 + threadIdx.x % 8) * stride + column + threadIdx.x / 8 % 2 * 8;
  }
};

// Two neighbouring results are a left factor of 16 x 16.
__device__ inline void left_of_results(const float (&first)[4], const float (&second)[4], unsigned (&a)[4]) {
  a[0] = word(first, Half{});
  a[1] = word(first + 2, Half{});
  a[2] = word(second, Half{});
  a[3] = word(second + 2, Half{});
}

}  // namespace dnabart::joined
