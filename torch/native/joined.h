// Launchers of the kernels in joined.cu and loss.cu, free of libtorch's types so that nvcc sees none of its headers. Each throws std::runtime_error where a
// launch fails. Tensors are contiguous; `stream` is a cudaStream_t.
#pragma once

#include <cstdint>

namespace dnabart::joined {

enum class Element { Float32, BFloat16 };

// Which elements dropout keeps: a function of a seed and the element's place, so that the backward pass computes the mask anew and none is stored.
// Of 65536 equally likely values the lowest `threshold` drop an element, and `scale` is the inverse of exactly the share that stays.
struct Dropout {
  uint64_t seed = 0;
  uint64_t offset = 0;
  uint32_t threshold = 0;  // 0 keeps all
  float scale = 1;
};

// Whether rows of this many elements have a kernel.
bool has_width(int64_t width);

// y = layer_norm(residual + dropout(x)) over rows of `width` elements. Where `sum` is not null it takes residual + dropout(x), and mean and rstd
// (float, one a row) what the backward pass needs besides.
void add_norm_forward(
    Element type, const void* x, const void* residual, const void* weight, const void* bias, void* y, void* sum, float* mean, float* rstd,
    int64_t rows, int64_t width, float eps, Dropout dropout, void* stream);

// The blocks that add_norm_backward is best run in, on the current device.
int64_t add_norm_blocks(int64_t rows);

// Gradients of x and the residual from y's. `x_gradient` may be null where dropout keeps all: it is the residual's. `partial`, float
// [2, blocks, width], takes each block's sums over its rows for weight and bias.
void add_norm_backward(
    Element type, const void* y_gradient, const void* sum, const float* mean, const float* rstd, const void* weight, void* residual_gradient,
    void* x_gradient, float* partial, int64_t rows, int64_t width, int64_t blocks, Dropout dropout, void* stream);

// The elements that one thread of the GELU kernels takes: their number must be a multiple of it.
constexpr int64_t gelu_pack = 8;

// y = dropout(gelu(x)), by the error function.
void gelu_dropout_forward(Element type, const void* x, void* y, int64_t elements, Dropout dropout, void* stream);

void gelu_dropout_backward(Element type, const void* y_gradient, const void* x, void* x_gradient, int64_t elements, Dropout dropout, void* stream);

// Whether rows of so many classes have a kernel.
bool has_classes(int64_t classes);

// Cross-entropy of each row of logits [rows, classes]: the negative log-likelihood of its label, 0 where that is `ignored`, and the logarithm of the
// sum of exponentials that the backward pass needs.
void cross_entropy_forward(
    Element type, const void* logits, const int64_t* labels, int64_t ignored, float* losses, float* log_sums, int64_t rows, int64_t classes,
    void* stream);

// The gradient of the logits where each row's loss has the gradient *scale.
void cross_entropy_backward(
    Element type, const void* logits, const int64_t* labels, int64_t ignored, const float* log_sums, const float* scale, void* logits_gradient,
    int64_t rows, int64_t classes, void* stream);

}  // namespace dnabart::joined
