// Cross-entropy over a vocabulary straight from the logits: one at a time, libtorch's operators read and write six times as many bytes, and keep float
// copies besides.
#include <cmath>

#include "rows.cuh"

namespace dnabart::joined {
namespace {

constexpr int kLogitPack = 8;

// A warp a row: each lane keeps the largest of its logits so far and the sum of exponentials below it (Milakov and Gimelshein 2018, "Online normalizer
// calculation for softmax"), so that the row is read once.
template <typename T>
__global__ void __launch_bounds__(kLanes * kRowsPerBlock) cross_entropy_forward_kernel(
    const T* logits, const int64_t* labels, int64_t ignored, float* losses, float* log_sums, int64_t rows, int64_t classes) {
  const int64_t row = static_cast<int64_t>(blockIdx.x) * kRowsPerBlock + threadIdx.y;
  if (row >= rows) return;
  const T* of_row = logits + row * classes;
  float largest = -INFINITY, sum = 0;
  for (int64_t at = threadIdx.x * kLogitPack; at < classes; at += kLanes * kLogitPack) {
    float values[kLogitPack], before = largest;
    load(of_row + at, values);
#pragma unroll
    for (int i = 0; i < kLogitPack; i++) largest = fmaxf(largest, values[i]);
    sum *= __expf(before - largest);
#pragma unroll
    for (int i = 0; i < kLogitPack; i++) sum += __expf(values[i] - largest);
  }
  const float largest_of_row = max_of_lanes(largest);
  const float log_sum = largest_of_row + logf(sum_of_lanes(sum * __expf(largest - largest_of_row)));
  if (threadIdx.x == 0) {
    log_sums[row] = log_sum;
    losses[row] = labels[row] == ignored ? 0 : log_sum - static_cast<float>(of_row[labels[row]]);
  }
}

template <typename T>
__global__ void __launch_bounds__(kLanes * kRowsPerBlock) cross_entropy_backward_kernel(
    const T* logits, const int64_t* labels, int64_t ignored, const float* log_sums, const float* scale, T* logits_gradient, int64_t rows,
    int64_t classes) {
  const int64_t row = static_cast<int64_t>(blockIdx.x) * kRowsPerBlock + threadIdx.y;
  if (row >= rows) return;
  const int64_t label = labels[row];
  const float log_sum = log_sums[row], factor = label == ignored ? 0 : *scale;
  for (int64_t at = threadIdx.x * kLogitPack; at < classes; at += kLanes * kLogitPack) {
    float values[kLogitPack];
    load(logits + row * classes + at, values);
#pragma unroll
    for (int i = 0; i < kLogitPack; i++) values[i] = (__expf(values[i] - log_sum) - (at + i == label ? 1 : 0)) * factor;
    store(values, logits_gradient + row * classes + at);
  }
}

}  // namespace

// A lane that has no logit at all would have no largest.
bool has_classes(int64_t classes) { return classes % kLogitPack == 0 && classes >= kLanes * kLogitPack; }

void cross_entropy_forward(
    Element type, const void* logits, const int64_t* labels, int64_t ignored, float* losses, float* log_sums, int64_t rows, int64_t classes,
    void* stream) {
  with_type(type, [&](auto element) {
    using T = decltype(element);
    launch(
        cross_entropy_forward_kernel<T>, divide_up(rows, kRowsPerBlock), dim3(kLanes, kRowsPerBlock), 0, stream, static_cast<const T*>(logits), labels,
        ignored, losses, log_sums, rows, classes);
  });
}

void cross_entropy_backward(
    Element type, const void* logits, const int64_t* labels, int64_t ignored, const float* log_sums, const float* scale, void* logits_gradient,
    int64_t rows, int64_t classes, void* stream) {
  with_type(type, [&](auto element) {
    using T = decltype(element);
    launch(
        cross_entropy_backward_kernel<T>, divide_up(rows, kRowsPerBlock), dim3(kLanes, kRowsPerBlock), 0, stream, static_cast<const T*>(logits), labels,
        ignored, log_sums, scale, static_cast<T*>(logits_gradient), rows, classes);
  });
}

}  // namespace dnabart::joined
