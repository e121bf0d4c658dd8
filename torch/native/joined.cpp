// The operators `dnabart::add_norm`, `dnabart::gelu_dropout` and `dnabart::token_loss`: what BART does between its matrix products and after the last.
// On a GPU, in a bridge built with nvcc, each is one kernel forward and one backward (joined.cu, loss.cu); everywhere else it is what libtorch's own operators
// compute.
#include <ATen/ATen.h>
#include <torch/library.h>

#ifdef DNABART_JOINED
#include "support.h"
#endif

namespace {

#ifdef DNABART_JOINED

namespace joined = dnabart::joined;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

bool has_kernels(const at::Tensor& tensor) {
  return tensor.device().type() == joined::kKernelDevice && (tensor.scalar_type() == at::kFloat || tensor.scalar_type() == at::kBFloat16);
}

joined::Element element_of(const at::Tensor& tensor) {
  return tensor.scalar_type() == at::kFloat ? joined::Element::Float32 : joined::Element::BFloat16;
}

// As the kernels read it: packs of up to 32 bytes, one after the other.
at::Tensor packed(const at::Tensor& tensor) {
  const auto whole = tensor.contiguous();
  return reinterpret_cast<uintptr_t>(whole.data_ptr()) % 32 == 0 ? whole : whole.clone();
}

struct Norm {
  at::Tensor y, sum, mean, rstd;
};

// `keep` for what the backward pass needs: all but y is undefined without.
Norm add_norm_forward(
    const at::Tensor& x, const at::Tensor& residual, const at::Tensor& weight, const at::Tensor& bias, const joined::Dropout& dropout, double eps,
    bool keep) {
  const joined::Guard guard(x);
  const int64_t width = weight.size(0), rows = x.numel() / width;
  Norm norm{at::empty_like(x), {}, {}, {}};
  if (keep) {
    norm.sum = at::empty_like(x);
    norm.mean = at::empty({rows}, x.options().dtype(at::kFloat));
    norm.rstd = at::empty_like(norm.mean);
  }
  joined::add_norm_forward(
      element_of(x), x.data_ptr(), residual.data_ptr(), weight.data_ptr(), bias.data_ptr(), norm.y.data_ptr(), keep ? norm.sum.data_ptr() : nullptr,
      keep ? norm.mean.data_ptr<float>() : nullptr, keep ? norm.rstd.data_ptr<float>() : nullptr, rows, width, static_cast<float>(eps), dropout,
      joined::current_stream());
  return norm;
}

struct AddNorm : Function<AddNorm> {
  static at::Tensor forward(
      AutogradContext* context, const at::Tensor& x, const at::Tensor& residual, const at::Tensor& weight, const at::Tensor& bias, double p,
      double eps) {
    const auto dropout = joined::draw(p, x.device());
    auto norm = add_norm_forward(x, residual, weight, bias, dropout, eps, true);
    context->save_for_backward({norm.sum, norm.mean, norm.rstd, weight});
    joined::save(context, dropout);
    return norm.y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &sum = saved[0], &mean = saved[1], &rstd = saved[2], &weight = saved[3];
    const joined::Guard guard(sum);
    const auto dropout = joined::saved_dropout(context);
    const auto y_gradient = packed(gradients[0]);
    const int64_t width = weight.size(0), rows = mean.size(0), blocks = joined::add_norm_blocks(rows);
    const auto residual_gradient = at::empty_like(sum);
    const auto x_gradient = dropout.threshold > 0 ? at::empty_like(sum) : residual_gradient;
    const auto partial = at::empty({2, blocks, width}, mean.options());
    joined::add_norm_backward(
        element_of(sum), y_gradient.data_ptr(), sum.data_ptr(), mean.data_ptr<float>(), rstd.data_ptr<float>(), weight.data_ptr(),
        residual_gradient.data_ptr(), dropout.threshold > 0 ? x_gradient.data_ptr() : nullptr, partial.data_ptr<float>(), rows, width, blocks,
        dropout, joined::current_stream());
    const auto sums = partial.sum(1).to(weight.scalar_type());
    return {x_gradient, residual_gradient, sums[0], sums[1], {}, {}};
  }
};

struct GeluDropout : Function<GeluDropout> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, double p) {
    const joined::Guard guard(x);
    const auto dropout = joined::draw(p, x.device());
    auto y = at::empty_like(x);
    joined::gelu_dropout_forward(element_of(x), x.data_ptr(), y.data_ptr(), x.numel(), dropout, joined::current_stream());
    context->save_for_backward({x});
    joined::save(context, dropout);
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto x = context->get_saved_variables()[0];
    const joined::Guard guard(x);
    const auto y_gradient = packed(gradients[0]);
    auto x_gradient = at::empty_like(x);
    joined::gelu_dropout_backward(
        element_of(x), y_gradient.data_ptr(), x.data_ptr(), x_gradient.data_ptr(), x.numel(), joined::saved_dropout(context), joined::current_stream());
    return {x_gradient, {}};
  }
};

struct TokenLoss : Function<TokenLoss> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& logits, const at::Tensor& labels, int64_t ignored) {
    const joined::Guard guard(logits);
    const int64_t rows = logits.size(0), classes = logits.size(1);
    const auto losses = at::empty({rows}, logits.options().dtype(at::kFloat)), log_sums = at::empty_like(losses);
    joined::cross_entropy_forward(
        element_of(logits), logits.data_ptr(), labels.data_ptr<int64_t>(), ignored, losses.data_ptr<float>(), log_sums.data_ptr<float>(), rows,
        classes, joined::current_stream());
    const auto count = labels.ne(ignored).sum();
    context->save_for_backward({logits, labels, log_sums, count});
    context->saved_data["ignored"] = ignored;
    return losses.sum() / count;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &logits = saved[0], &labels = saved[1], &log_sums = saved[2], &count = saved[3];
    const joined::Guard guard(logits);
    // Stays on the device: nobody waits for it.
    const auto scale = (gradients[0] / count).to(at::kFloat);
    auto logits_gradient = at::empty_like(logits);
    joined::cross_entropy_backward(
        element_of(logits), logits.data_ptr(), labels.data_ptr<int64_t>(), context->saved_data["ignored"].toInt(), log_sums.data_ptr<float>(),
        scale.data_ptr<float>(), logits_gradient.data_ptr(), logits.size(0), logits.size(1), joined::current_stream());
    return {logits_gradient, {}, {}};
  }
};

#endif

// layer_norm(residual + dropout(x)) over the last dimension, which weight and bias have the size of.
at::Tensor add_norm(const at::Tensor& x, const at::Tensor& residual, const at::Tensor& weight, const at::Tensor& bias, double p, double eps) {
#ifdef DNABART_JOINED
  const auto like_x = [&](const at::Tensor& other) { return other.device() == x.device() && other.scalar_type() == x.scalar_type(); };
  if (has_kernels(x) && x.sizes() == residual.sizes() && like_x(residual) && like_x(weight) && like_x(bias) && x.size(-1) == weight.size(0) &&
      bias.sizes() == weight.sizes() && joined::has_width(weight.size(0))) {
    const auto rows = packed(x), residual_rows = packed(residual), scale = packed(weight), shift = packed(bias);
    if (at::GradMode::is_enabled()) return AddNorm::apply(rows, residual_rows, scale, shift, p, eps);
    return add_norm_forward(rows, residual_rows, scale, shift, joined::draw(p, x.device()), eps, false).y;
  }
#endif
  return at::layer_norm(residual + (p > 0 ? at::dropout(x, p, true) : x), weight.sizes(), weight, bias, eps);
}

// dropout(gelu(x)), by the error function.
at::Tensor gelu_dropout(const at::Tensor& x, double p) {
#ifdef DNABART_JOINED
  if (p > 0 && has_kernels(x) && x.numel() % joined::gelu_pack == 0) return GeluDropout::apply(packed(x), p);
#endif
  const auto y = at::gelu(x);
  return p > 0 ? at::dropout(y, p, true) : y;
}

// The mean cross-entropy, in float32, of logits [rows, classes] and labels [rows], without the rows whose label is `ignored`.
at::Tensor token_loss(const at::Tensor& logits, const at::Tensor& labels, int64_t ignored) {
#ifdef DNABART_JOINED
  if (has_kernels(logits) && labels.device() == logits.device() && labels.scalar_type() == at::kLong && logits.dim() == 2 && labels.dim() == 1 &&
      labels.size(0) == logits.size(0) && joined::has_classes(logits.size(1)))
    return TokenLoss::apply(packed(logits), labels.contiguous(), ignored);
#endif
  return at::cross_entropy_loss(logits.to(at::kFloat), labels, {}, at::Reduction::Mean, ignored);
}

}  // namespace

TORCH_LIBRARY(dnabart, library) {
  library.def("add_norm(Tensor x, Tensor residual, Tensor weight, Tensor bias, float p, float eps) -> Tensor", add_norm);
  library.def("gelu_dropout(Tensor x, float p) -> Tensor", gelu_dropout);
  library.def("token_loss(Tensor logits, Tensor labels, int ignored) -> Tensor", token_loss);
}
