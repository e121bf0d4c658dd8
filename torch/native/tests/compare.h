// What the tests of kernels share: the operators, tensors to compare, and a line of output a comparison.
#pragma once

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/variable.h>

#include <cstdio>
#include <string>

#include "../support.h"

using dnabart::joined::OptionalTensor;
constexpr auto kDevice = dnabart::joined::kKernelDevice;

inline int failed = 0;

inline void report(const std::string& name, bool passed, double figure) {
  std::printf("%-64s %-4s %.3g\n", name.c_str(), passed ? "ok" : "BAD", figure);
  failed += passed ? 0 : 1;
}

// The norm of the difference over the norm of what is expected.
inline void near(const std::string& name, const at::Tensor& actual, const at::Tensor& expected, double tolerance) {
  const auto want = expected.to(at::kDouble);
  const double difference = (actual.to(at::kDouble) - want).norm().item<double>() / want.norm().item<double>();
  report(name, difference <= tolerance, difference);
}

inline void same(const std::string& name, const at::Tensor& a, const at::Tensor& b) { report(name, at::equal(a, b), (a != b).sum().item<double>()); }

inline at::Tensor leaf(at::IntArrayRef sizes, at::ScalarType type, double scale = 1, double shift = 0) {
  return (at::randn(sizes, at::TensorOptions().device(kDevice)) * scale + shift).to(type).detach().requires_grad_(true);
}

// The same values in float64, with a graph of their own.
inline at::Tensor exact(const at::Tensor& tensor) { return tensor.detach().to(at::kDouble).requires_grad_(true); }

template <typename Signature>
auto op(const char* name) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, "").typed<Signature>();
}

inline std::vector<at::Tensor> gradients(const at::Tensor& y, const at::Tensor& y_gradient, const std::vector<at::Tensor>& of) {
  return torch::autograd::grad({y}, of, {y_gradient});
}

inline auto add_norm() {
  return op<at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&, const at::Tensor&, double, double)>("dnabart::add_norm");
}

inline auto gelu_dropout() { return op<at::Tensor(const at::Tensor&, double)>("dnabart::gelu_dropout"); }

inline auto token_loss() { return op<at::Tensor(const at::Tensor&, const at::Tensor&, int64_t)>("dnabart::token_loss"); }

inline auto short_attention() {
  return op<at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&, const OptionalTensor&, double, bool)>("dnabart::short_attention");
}

void check_attention();

void time_kernels(bool joined, bool attention);
