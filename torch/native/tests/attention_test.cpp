// The short attention beside its formula in float64, forward and backward.
#include "compare.h"

namespace {

constexpr int64_t kBatch = 2, kHeads = 3;
constexpr double kLowest = -1e38;

// Half of a sequence's keys, or all: then the scores are lost beside the mask, and all keys weigh alike.
enum class Padding { None, Half, Whole };

// As a layer has them: the heads of a token side by side.
at::Tensor split_heads(int64_t length, int64_t size) {
  return leaf({kBatch, length, kHeads * size}, at::kBFloat16).detach().view({kBatch, length, kHeads, size}).transpose(1, 2).requires_grad_(true);
}

at::Tensor weights(const at::Tensor& q, const at::Tensor& k, const at::Tensor& mask, bool causal) {
  auto scores = q.matmul(k.transpose(2, 3)) / std::sqrt(static_cast<double>(q.size(3)));
  if (mask.defined()) scores = scores + mask.to(at::kDouble);
  if (causal) scores = scores.masked_fill(at::ones({q.size(2), k.size(2)}, scores.options().dtype(at::kBool)).triu(1), -INFINITY);
  return scores.softmax(-1);
}

void check(int64_t queries, int64_t keys, int64_t size, bool causal, Padding padding, double p) {
  const std::string name = "attention " + std::to_string(queries) + "x" + std::to_string(keys) + "x" + std::to_string(size) + (causal ? " causal" : "") +
                           (padding == Padding::Half ? " padded" : padding == Padding::Whole ? " padding" : "") + (p > 0 ? " dropout" : "");
  const auto q = split_heads(queries, size), k = split_heads(keys, size), v = split_heads(keys, size);
  const auto y_gradient = split_heads(queries, size).detach();
  at::Tensor mask;
  if (padding != Padding::None) {
    // Its rows lie further apart than they are long, as the model's do.
    mask = at::zeros({kBatch, 1, 1, keys + 5}, q.options()).narrow(3, 0, keys);
    const int64_t first = padding == Padding::Half ? keys / 2 : 0;
    mask.select(0, 1).narrow(2, first, keys - first).fill_(kLowest);
  }
  const auto call = [&](const at::Tensor& values) {
    at::manual_seed(3);
    return short_attention().call(q, k, values, mask.defined() ? OptionalTensor(mask) : OptionalTensor(), p, causal);
  };
  const auto y = call(v);
  const auto actual = gradients(y, y_gradient, {q, k, v});

  const auto q2 = exact(q), k2 = exact(k), v2 = exact(v);
  auto kept = weights(q2, k2, mask, causal);
  if (p > 0) {
    // Values that are the unit matrix show the weights, and so what was dropped.
    const auto unit = at::eye(keys, size, q.options().dtype(at::kFloat)).to(at::kBFloat16).expand({kBatch, kHeads, keys, size}).contiguous();
    const auto shown = call(unit).narrow(3, 0, keys).to(at::kDouble) != 0, seen = kept > 1e-30;
    const double dropped = 1 - shown.sum().item<double>() / seen.sum().item<double>();
    report(name + " dropped", std::abs(dropped - p) < 5 * std::sqrt(p * (1 - p) / seen.sum().item<double>()), dropped);
    kept = kept * shown.to(at::kDouble) / (1 - p);
  }
  const auto expected = kept.matmul(v2);
  const auto wanted = gradients(expected, y_gradient.to(at::kDouble), {q2, k2, v2});
  constexpr double tolerance = 1e-2;
  near(name + " y", y, expected, tolerance);
  const char* of[] = {" q.grad", " k.grad", " v.grad"};
  for (int i = 0; i < 3; i++) near(name + of[i], actual[i], wanted[i], tolerance);
  same(name + " again q.grad", gradients(call(v), y_gradient, {q})[0], actual[0]);
  at::NoGradGuard guard;
  same(name + " without gradients", call(v), y);
}

// Keys and values from the decoder's cache, one query, and gradients of one input alone.
void check_cache() {
  const int64_t keys = 11, capacity = 40, size = 64;
  const auto q = split_heads(1, size).detach();
  const auto room = [&] { return leaf({kBatch, kHeads, capacity, size}, at::kBFloat16).detach().narrow(2, 0, keys); };
  const auto k = room(), v = room();
  const auto call = [&](const at::Tensor& keys, const at::Tensor& values) { return short_attention().call(q, keys, values, {}, 0, false); };
  const auto y = call(k, v);
  near("attention of a cache y", y, weights(q.to(at::kDouble), k.to(at::kDouble), {}, false).matmul(v.to(at::kDouble)), 1e-2);
  same("attention of a cache, as of copies", call(k.contiguous(), v.contiguous()), y);
  const auto trained = v.detach().requires_grad_(true);
  const auto y_gradient = leaf({kBatch, kHeads, 1, size}, at::kBFloat16).detach();
  const auto expected = weights(q.to(at::kDouble), k.to(at::kDouble), {}, false).transpose(2, 3).matmul(y_gradient.to(at::kDouble));
  near("attention of a cache v.grad", gradients(call(k, trained), y_gradient, {trained})[0], expected, 1e-2);
}

}  // namespace

void check_attention() {
  check(33, 33, 64, false, Padding::None, 0);
  check(33, 33, 64, true, Padding::None, 0);
  check(35, 47, 64, false, Padding::Half, 0);
  check(64, 17, 64, false, Padding::None, 0.2);
  check(20, 64, 64, false, Padding::Half, 0.1);
  check(33, 33, 64, false, Padding::Whole, 0);
  check(40, 40, 64, true, Padding::None, 0.1);
  check(1, 50, 32, false, Padding::Half, 0);
  check(64, 64, 32, true, Padding::None, 0);
  check(30, 12, 16, false, Padding::Half, 0.3);
  check(9, 9, 16, true, Padding::None, 0);
  check_cache();
}
