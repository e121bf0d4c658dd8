// Compares the joined kernels, forward and backward, with libtorch's own operators: on the GPU, or as C++ on the CPU (DNABART_JOINED_ON_CPU). Prints a
// line a comparison; exits 1 if one failed.
//
//   joined_test [joined | attention] [times]      one of the two alone, so that what a fault of one does to the device does not reach the other; `times`
//                                                 measures instead
#include <algorithm>

#include "compare.h"

namespace {

constexpr double kEpsilon = 1e-5;

void check_add_norm(int64_t rows, int64_t width, at::ScalarType type, double p, double tolerance) {
  const std::string name =
      "add_norm " + std::to_string(rows) + "x" + std::to_string(width) + (type == at::kFloat ? " float32 p " : " bfloat16 p ") + std::to_string(p).substr(0, 4);
  const auto x = leaf({1, rows, width}, type), residual = leaf({1, rows, width}, type, 2, 0.5), weight = leaf({width}, type, 0.2, 1), bias = leaf({width}, type);
  const auto y_gradient = leaf({1, rows, width}, type).detach();
  at::manual_seed(7);
  const auto y = add_norm().call(x, residual, weight, bias, p, kEpsilon);
  const auto actual = gradients(y, y_gradient, {x, residual, weight, bias});
  // The kernel keeps no mask: what it dropped is where x has no gradient.
  const auto kept = (actual[0] != 0).to(at::kDouble);
  const double share = kept.mean().item<double>();
  if (p > 0) report(name + " dropped", std::abs(1 - share - p) < 5 * std::sqrt(p * (1 - p) / (rows * width)), 1 - share);

  const auto x2 = exact(x), residual2 = exact(residual), weight2 = exact(weight), bias2 = exact(bias);
  const auto expected = at::layer_norm(residual2 + x2 * kept / (1 - p), weight2.sizes(), weight2, bias2, kEpsilon);
  const auto wanted = gradients(expected, y_gradient.to(at::kDouble), {x2, residual2, weight2, bias2});
  near(name + " y", y, expected, tolerance);
  const char* of[] = {" x.grad", " residual.grad", " weight.grad", " bias.grad"};
  for (int i = 0; i < 4; i++) near(name + of[i], actual[i], wanted[i], tolerance);

  at::manual_seed(7);
  const auto again = add_norm().call(x, residual, weight, bias, p, kEpsilon);
  same(name + " again y", again, y);
  same(name + " again weight.grad", gradients(again, y_gradient, {weight})[0], actual[2]);
  at::NoGradGuard guard;
  at::manual_seed(7);
  same(name + " without gradients y", add_norm().call(x, residual, weight, bias, p, kEpsilon), y);
}

void check_gelu_dropout(int64_t elements, at::ScalarType type, double p, double tolerance) {
  const std::string name = "gelu_dropout " + std::to_string(elements) + (type == at::kFloat ? " float32" : " bfloat16");
  const auto x = leaf({elements}, type, 2), y_gradient = leaf({elements}, type).detach();
  const auto y = gelu_dropout().call(x, p);
  const auto actual = gradients(y, y_gradient, {x})[0];
  const auto kept = (y != 0).to(at::kDouble);
  const double dropped = 1 - kept.mean().item<double>();
  report(name + " dropped", std::abs(dropped - p) < 5 * std::sqrt(p * (1 - p) / elements), dropped);
  const auto x2 = exact(x);
  const auto expected = at::gelu(x2) * kept / (1 - p);
  near(name + " y", y, expected, tolerance);
  near(name + " x.grad", actual, gradients(expected, y_gradient.to(at::kDouble), {x2})[0], tolerance);
  const auto next = gelu_dropout().call(x, p);
  // Memory that begins between two packs.
  const auto apart = leaf({elements + 1}, type).detach().narrow(0, 1, elements);
  apart.copy_(x.detach());
  at::manual_seed(5);
  const auto together = gelu_dropout().call(x, p);
  at::manual_seed(5);
  same(name + " not aligned", gelu_dropout().call(apart, p), together);
  report(name + " next draw differs", !at::equal(next, y), (next != y).to(at::kDouble).mean().item<double>());
}

void check_token_loss(int64_t rows, int64_t classes, at::ScalarType type, double tolerance) {
  constexpr int64_t ignored = -100;
  const std::string name = "token_loss " + std::to_string(rows) + "x" + std::to_string(classes) + (type == at::kFloat ? " float32" : " bfloat16");
  const auto logits = leaf({rows, classes}, type, 5);
  auto labels = at::randint(classes, {rows}, at::TensorOptions().device(kDevice).dtype(at::kLong));
  labels.narrow(0, rows / 2, 3).fill_(ignored);
  labels[0] = classes - 1;
  const auto loss = token_loss().call(logits, labels, ignored);
  const auto logits2 = exact(logits);
  const auto expected = at::cross_entropy_loss(logits2, labels, {}, at::Reduction::Mean, ignored);
  near(name, loss, expected, 1e-5);
  const auto actual = torch::autograd::grad({loss * 3}, {logits})[0];
  near(name + " logits.grad", actual, torch::autograd::grad({expected * 3}, {logits2})[0], tolerance);
  report(name + " ignored", actual.narrow(0, rows / 2, 3).abs().max().item<double>() == 0, 0);
}

void check_joined() {
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    const double tolerance = type == at::kFloat ? 1e-5 : 1e-2;
    for (const int64_t width : {64, 192, 256, 768, 1024})
      for (const double p : {0.0, 0.1}) check_add_norm(21, width, type, p, tolerance);
    check_gelu_dropout(16 * 512, type, 0.1, tolerance);
    for (const int64_t classes : {256, 4096, 4104}) check_token_loss(13, classes, type, tolerance);
  }
}

}  // namespace

int main(int count, char** arguments) {
  // Line by line: what ends in a hung kernel or an exception shows how far it came.
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  const auto given = [&](const char* word) { return std::find(arguments + 1, arguments + count, std::string(word)) != arguments + count; };
  const bool joined = !given("attention"), attention = !given("joined");
  if (given("times")) {
    time_kernels(joined, attention);
    return 0;
  }
  if (joined) check_joined();
  if (attention) check_attention();
  std::printf("%d failed\n", failed);
  return failed == 0 ? 0 : 1;
}
