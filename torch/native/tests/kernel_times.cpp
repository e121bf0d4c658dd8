// How long the kernels take, forward and backward, beside libtorch's own operators: at the shapes of `base` and batches of 128 and 2,048 reads of 150 bases on
// a GPU, at the smallest on the CPU, where the figures mean nothing.
#include <torch/version.h>

#include <chrono>
#include <functional>

#include "compare.h"

namespace {

constexpr bool kOnGpu = kDevice == c10::DeviceType::CUDA;
constexpr int64_t kTokens = 33, kWidth = 768, kHeads = 12, kInner = 3072, kVocabulary = 4096;
constexpr double kDropout = 0.1;
constexpr int kWarmUps = 3, kRuns = kOnGpu ? 20 : 1;

// Seconds of a forward and a backward pass.
double seconds(const std::function<at::Tensor()>& forward, const std::vector<at::Tensor>& inputs) {
  at::Tensor y_gradient, last;
  const auto run = [&] {
    const auto y = forward();
    if (!y_gradient.defined()) y_gradient = at::ones_like(y);
    last = gradients(y, y_gradient, inputs)[0];
  };
  // Reading a value waits for the device.
  const auto wait = [&] { last.select(0, 0).sum().item<double>(); };
  for (int i = 0; i < kWarmUps; i++) run();
  wait();
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kRuns; i++) run();
  wait();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / kRuns;
}

void compare(const char* name, const std::function<at::Tensor()>& ours, const std::function<at::Tensor()>& theirs, const std::vector<at::Tensor>& inputs) {
  const double mine = seconds(ours, inputs) * 1e6, other = seconds(theirs, inputs) * 1e6;
  std::printf("%-24s %10.0f us %10.0f us %8.2f\n", name, mine, other, other / mine);
}

void time_joined(int64_t reads) {
  const auto x = leaf({reads, kTokens, kWidth}, at::kBFloat16), residual = leaf({reads, kTokens, kWidth}, at::kBFloat16), weight = leaf({kWidth}, at::kBFloat16),
             bias = leaf({kWidth}, at::kBFloat16);
  compare(
      "add_norm", [&] { return add_norm().call(x, residual, weight, bias, kDropout, 1e-5); },
      [&] { return at::layer_norm(residual + at::dropout(x, kDropout, true), {kWidth}, weight, bias, 1e-5); }, {x, residual, weight, bias});
  const auto inner = leaf({reads, kTokens, kInner}, at::kBFloat16);
  compare(
      "gelu_dropout", [&] { return gelu_dropout().call(inner, kDropout); }, [&] { return at::dropout(at::gelu(inner), kDropout, true); }, {inner});
  const auto logits = leaf({reads * kTokens, kVocabulary}, at::kBFloat16);
  const auto labels = at::randint(kVocabulary, {reads * kTokens}, at::TensorOptions().device(kDevice).dtype(at::kLong));
  compare(
      "token_loss", [&] { return token_loss().call(logits, labels, -100); }, [&] { return at::cross_entropy_loss(logits.to(at::kFloat), labels); }, {logits});
}

#if TORCH_VERSION_MAJOR >= 2
void time_attention(int64_t reads) {
  const auto heads = [&] {
    return leaf({reads, kTokens, kWidth}, at::kBFloat16).detach().view({reads, kTokens, kHeads, kWidth / kHeads}).transpose(1, 2).requires_grad_(true);
  };
  const auto q = heads(), k = heads(), v = heads();
  for (const bool causal : {false, true})
    compare(
        causal ? "attention, causal" : "attention", [&] { return short_attention().call(q, k, v, {}, kDropout, causal); },
        [&] { return at::scaled_dot_product_attention(q, k, v, {}, kDropout, causal); }, {q, k, v});
}
#endif

}  // namespace

void time_kernels(bool joined, [[maybe_unused]] bool attention) {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 5)
  // As the bridge has it.
  at::globalContext().setSDPUseCuDNN(false);
#endif
  for (const int64_t reads : kOnGpu ? std::vector<int64_t>{128, 2048} : std::vector<int64_t>{1}) {
    std::printf("%-24s %13s %13s %8s\n", (std::to_string(reads) + " reads, both passes").c_str(), "ours", "libtorch", "times");
    if (joined) time_joined(reads);
#if TORCH_VERSION_MAJOR >= 2
    if (attention) time_attention(reads);
#endif
  }
}
