// Kernels that join what BART does between its matrix products: dropout, residual sum and layer normalization; GELU and dropout. These passes
// are bound by memory: one at a time they read and write twice as many bytes as joined, and keep masks besides.
#include "rows.cuh"

namespace dnabart::joined {
namespace {

constexpr int kGeluThreads = 256;
constexpr int kBlocksPerMultiprocessor = 3;  // as many as run at once, with the registers that the backward pass takes

// A warp a row: each lane holds V packs of W elements, 32 lanes apart.
template <typename T, int W, int V>
__global__ void __launch_bounds__(kLanes * kRowsPerBlock) add_norm_forward_kernel(
    const T* x, const T* residual, const T* weight, const T* bias, T* y, T* sum, float* mean, float* rstd, int64_t rows, float eps, Dropout dropout) {
  constexpr int width = kLanes * W * V;
  const int64_t row = static_cast<int64_t>(blockIdx.x) * kRowsPerBlock + threadIdx.y;
  if (row >= rows) return;
  float s[V][W], total = 0;
#pragma unroll
  for (int v = 0; v < V; v++) {
    const int64_t at = row * width + (v * kLanes + threadIdx.x) * W;
    float factors[W], r[W];
    load(x + at, s[v]);
    load(residual + at, r);
    dropout_factors(dropout, at / W, factors);
#pragma unroll
    for (int i = 0; i < W; i++) {
      // As the backward pass will read it.
      s[v][i] = static_cast<float>(static_cast<T>(r[i] + s[v][i] * factors[i]));
      total += s[v][i];
    }
    if (sum != nullptr) store(s[v], sum + at);
  }
  const float center = sum_of_lanes(total) / width;
  float squares = 0;
#pragma unroll
  for (int v = 0; v < V; v++)
#pragma unroll
    for (int i = 0; i < W; i++) squares += (s[v][i] - center) * (s[v][i] - center);
  const float inverse = 1 / sqrtf(sum_of_lanes(squares) / width + eps);
  if (sum != nullptr && threadIdx.x == 0) {
    mean[row] = center;
    rstd[row] = inverse;
  }
#pragma unroll
  for (int v = 0; v < V; v++) {
    const int column = (v * kLanes + threadIdx.x) * W;
    float w[W], b[W];
    load(weight + column, w);
    load(bias + column, b);
#pragma unroll
    for (int i = 0; i < W; i++) s[v][i] = (s[v][i] - center) * inverse * w[i] + b[i];
    store(s[v], y + row * width + column);
  }
}

// Adds up what the warps of a block hold for each column and stores it, warp by warp so that the order never changes.
template <int W, int V>
__device__ void store_block_sum(const float (&held)[V][W], float* shared, float* to) {
  constexpr int width = kLanes * W * V;
  __syncthreads();
#pragma unroll
  for (int v = 0; v < V; v++)
#pragma unroll
    for (int i = 0; i < W; i++) shared[threadIdx.y * width + (v * kLanes + threadIdx.x) * W + i] = held[v][i];
  __syncthreads();
  for (int column = threadIdx.y * kLanes + threadIdx.x; column < width; column += kLanes * kRowsPerBlock) {
    float sum = 0;
#pragma unroll
    for (int warp = 0; warp < kRowsPerBlock; warp++) sum += shared[warp * width + column];
    to[column] = sum;
  }
}

// A warp a row at a time, and each goes through many: the sums over rows stay in registers until the end.
template <typename T, int W, int V>
__global__ void __launch_bounds__(kLanes * kRowsPerBlock, kBlocksPerMultiprocessor) add_norm_backward_kernel(
    const T* y_gradient, const T* sum, const float* mean, const float* rstd, const T* weight, T* residual_gradient, T* x_gradient, float* partial,
    int64_t rows, Dropout dropout) {
  constexpr int width = kLanes * W * V;
  float weight_sum[V][W] = {}, bias_sum[V][W] = {};
  for (int64_t row = static_cast<int64_t>(blockIdx.x) * kRowsPerBlock + threadIdx.y; row < rows; row += static_cast<int64_t>(gridDim.x) * kRowsPerBlock) {
    const float center = mean[row], inverse = rstd[row];
    float normalized[V][W], gradient[V][W], gradient_sum = 0, product_sum = 0;
#pragma unroll
    for (int v = 0; v < V; v++) {
      const int column = (v * kLanes + threadIdx.x) * W;
      float w[W];
      load(y_gradient + row * width + column, gradient[v]);
      load(sum + row * width + column, normalized[v]);
      load(weight + column, w);
#pragma unroll
      for (int i = 0; i < W; i++) {
        normalized[v][i] = (normalized[v][i] - center) * inverse;
        weight_sum[v][i] += gradient[v][i] * normalized[v][i];
        bias_sum[v][i] += gradient[v][i];
        gradient[v][i] *= w[i];
        gradient_sum += gradient[v][i];
        product_sum += gradient[v][i] * normalized[v][i];
      }
    }
    const float gradient_mean = sum_of_lanes(gradient_sum) / width, product_mean = sum_of_lanes(product_sum) / width;
#pragma unroll
    for (int v = 0; v < V; v++) {
      const int64_t at = row * width + (v * kLanes + threadIdx.x) * W;
#pragma unroll
      for (int i = 0; i < W; i++) gradient[v][i] = (gradient[v][i] - gradient_mean - normalized[v][i] * product_mean) * inverse;
      store(gradient[v], residual_gradient + at);
      if (x_gradient == nullptr) continue;
      float factors[W];
      dropout_factors(dropout, at / W, factors);
#pragma unroll
      for (int i = 0; i < W; i++) gradient[v][i] *= factors[i];
      store(gradient[v], x_gradient + at);
    }
  }
  __shared__ float shared[kRowsPerBlock * width];
  store_block_sum(weight_sum, shared, partial + static_cast<int64_t>(blockIdx.x) * width);
  store_block_sum(bias_sum, shared, partial + static_cast<int64_t>(gridDim.x + blockIdx.x) * width);
}

// The share of the standard normal distribution below v, and e^(-v^2 / 2). By Abramowitz and Stegun 7.1.26, within 1.5e-7, which unlike erff takes one
// exponential and no case distinctions: with erff these kernels would be bound by arithmetic.
__device__ float normal_cumulative(float v, float& exponential) {
  const float x = fabsf(v) * 0.70710678118654752f, t = __fdividef(1, 1 + 0.3275911f * x);
  exponential = __expf(-0.5f * v * v);
  const float tail =
      ((((0.5307027145f * t - 0.7265760135f) * t + 0.7107068705f) * t - 0.142248368f) * t + 0.1274147960f) * t * exponential;
  return v > 0 ? 1 - tail : tail;
}

template <typename T>
__global__ void __launch_bounds__(kGeluThreads) gelu_dropout_forward_kernel(const T* x, T* y, int64_t packs, Dropout dropout) {
  const int64_t pack = static_cast<int64_t>(blockIdx.x) * kGeluThreads + threadIdx.x;
  if (pack >= packs) return;
  float values[gelu_pack], factors[gelu_pack];
  load(x + pack * gelu_pack, values);
  dropout_factors(dropout, pack, factors);
#pragma unroll
  for (int i = 0; i < gelu_pack; i++) {
    float exponential;
    values[i] *= normal_cumulative(values[i], exponential) * factors[i];
  }
  store(values, y + pack * gelu_pack);
}

template <typename T>
__global__ void __launch_bounds__(kGeluThreads) gelu_dropout_backward_kernel(const T* y_gradient, const T* x, T* x_gradient, int64_t packs, Dropout dropout) {
  const int64_t pack = static_cast<int64_t>(blockIdx.x) * kGeluThreads + threadIdx.x;
  if (pack >= packs) return;
  float gradient[gelu_pack], values[gelu_pack], factors[gelu_pack];
  load(y_gradient + pack * gelu_pack, gradient);
  load(x + pack * gelu_pack, values);
  dropout_factors(dropout, pack, factors);
#pragma unroll
  for (int i = 0; i < gelu_pack; i++) {
    float exponential;
    const float cumulative = normal_cumulative(values[i], exponential);
    gradient[i] *= (cumulative + values[i] * 0.39894228040143268f * exponential) * factors[i];
  }
  store(gradient, x_gradient + pack * gelu_pack);
}

// Calls with how rows are split: elements of a pack, and packs of a lane. False where rows of this width are not.
template <typename Body>
bool with_width(int64_t width, Body body) {
  const auto packs = [&](auto elements, auto count) {
    if (width != kLanes * elements * count) return false;
    body(elements, count);
    return true;
  };
  const std::integral_constant<int, 2> two;
  const std::integral_constant<int, 8> eight;
  const auto up_to_four = [&](auto elements) {
    return packs(elements, std::integral_constant<int, 1>{}) || packs(elements, std::integral_constant<int, 2>{}) ||
           packs(elements, std::integral_constant<int, 3>{}) || packs(elements, std::integral_constant<int, 4>{});
  };
  return up_to_four(eight) || up_to_four(two);
}

}  // namespace

bool has_width(int64_t width) {
  return with_width(width, [](auto, auto) {});
}

void add_norm_forward(
    Element type, const void* x, const void* residual, const void* weight, const void* bias, void* y, void* sum, float* mean, float* rstd,
    int64_t rows, int64_t width, float eps, Dropout dropout, void* stream) {
  with_type(type, [&](auto element) {
    with_width(width, [&](auto elements, auto packs) {
      using T = decltype(element);
      launch(
          add_norm_forward_kernel<T, elements.value, packs.value>, divide_up(rows, kRowsPerBlock), dim3(kLanes, kRowsPerBlock), 0, stream,
          static_cast<const T*>(x), static_cast<const T*>(residual), static_cast<const T*>(weight), static_cast<const T*>(bias), static_cast<T*>(y),
          static_cast<T*>(sum), mean, rstd, rows, eps, dropout);
    });
  });
}

int64_t add_norm_blocks(int64_t rows) {
  int device = 0, multiprocessors = 0;
  check(cudaGetDevice(&device));
  check(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device));
  const int64_t blocks = divide_up(rows, kRowsPerBlock), most = static_cast<int64_t>(multiprocessors) * kBlocksPerMultiprocessor;
  return blocks < most ? blocks : most;
}

void add_norm_backward(
    Element type, const void* y_gradient, const void* sum, const float* mean, const float* rstd, const void* weight, void* residual_gradient,
    void* x_gradient, float* partial, int64_t rows, int64_t width, int64_t blocks, Dropout dropout, void* stream) {
  with_type(type, [&](auto element) {
    with_width(width, [&](auto elements, auto packs) {
      using T = decltype(element);
      launch(
          add_norm_backward_kernel<T, elements.value, packs.value>, blocks, dim3(kLanes, kRowsPerBlock), 0, stream,
          static_cast<const T*>(y_gradient), static_cast<const T*>(sum), mean, rstd, static_cast<const T*>(weight),
          static_cast<T*>(residual_gradient), static_cast<T*>(x_gradient), partial, rows, dropout);
    });
  });
}

void gelu_dropout_forward(Element type, const void* x, void* y, int64_t elements, Dropout dropout, void* stream) {
  const int64_t packs = elements / gelu_pack;
  with_type(type, [&](auto element) {
    using T = decltype(element);
    launch(
        gelu_dropout_forward_kernel<T>, divide_up(packs, kGeluThreads), dim3(kGeluThreads), 0, stream, static_cast<const T*>(x), static_cast<T*>(y), packs,
        dropout);
  });
}

void gelu_dropout_backward(Element type, const void* y_gradient, const void* x, void* x_gradient, int64_t elements, Dropout dropout, void* stream) {
  const int64_t packs = elements / gelu_pack;
  with_type(type, [&](auto element) {
    using T = decltype(element);
    launch(
        gelu_dropout_backward_kernel<T>, divide_up(packs, kGeluThreads), dim3(kGeluThreads), 0, stream, static_cast<const T*>(y_gradient),
        static_cast<const T*>(x), static_cast<T*>(x_gradient), packs, dropout);
  });
}

}  // namespace dnabart::joined
