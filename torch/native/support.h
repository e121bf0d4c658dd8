// What the operators with kernels of their own share on the host: where they run, and libtorch's generator.
#pragma once

#include <ATen/ATen.h>
#include <ATen/core/ivalue.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
#include <mutex>

#include "joined.h"

#ifndef DNABART_JOINED_ON_CPU
#include <ATen/cuda/CUDAGeneratorImpl.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#endif

namespace dnabart::joined {

// c10's or std's, as the version has it.
using OptionalTensor = decltype(std::declval<c10::IValue>().toOptional<at::Tensor>());

#ifdef DNABART_JOINED_ON_CPU

// The kernels' own test: their source as C++ on the CPU.
constexpr auto kKernelDevice = c10::DeviceType::CPU;

struct Guard {
  explicit Guard(const at::Tensor&) {}
};

inline void* current_stream() { return nullptr; }

inline std::pair<uint64_t, uint64_t> next_draw(c10::Device) {
  return {static_cast<uint64_t>(at::randint(std::numeric_limits<int64_t>::max(), {}, at::kLong).item<int64_t>()), 0};
}

#else

constexpr auto kKernelDevice = c10::DeviceType::CUDA;

struct Guard {
  explicit Guard(const at::Tensor& tensor) : device(tensor.device()) {}
  c10::cuda::CUDAGuard device;
};

inline void* current_stream() { return c10::cuda::getCurrentCUDAStream().stream(); }

// Seed and offset of libtorch's generator, as its own dropout takes them: torch's seed then governs ours too, and no two calls draw the same.
inline std::pair<uint64_t, uint64_t> next_draw(c10::Device device) {
  auto* generator = at::get_generator_or_default<at::CUDAGeneratorImpl>({}, at::cuda::detail::getDefaultCUDAGenerator(device.index()));
  const std::lock_guard<std::mutex> lock(generator->mutex_);
  return generator->philox_engine_inputs(4);
}

#endif

constexpr double kDraws = 65536;

inline Dropout draw(double p, c10::Device device) {
  TORCH_CHECK(p >= 0 && p <= 1, "dropout probability has to be between 0 and 1, but got ", p);
  Dropout dropout;
  dropout.threshold = static_cast<uint32_t>(std::lround(p * kDraws));
  if (dropout.threshold == 0) return dropout;
  dropout.scale = dropout.threshold < kDraws ? static_cast<float>(kDraws / (kDraws - dropout.threshold)) : 0;
  std::tie(dropout.seed, dropout.offset) = next_draw(device);
  return dropout;
}

// A drawing travels to the backward pass in place of a mask.
inline void save(torch::autograd::AutogradContext* context, const Dropout& dropout) {
  context->saved_data["seed"] = static_cast<int64_t>(dropout.seed);
  context->saved_data["offset"] = static_cast<int64_t>(dropout.offset);
  context->saved_data["threshold"] = static_cast<int64_t>(dropout.threshold);
  context->saved_data["scale"] = static_cast<double>(dropout.scale);
}

inline Dropout saved_dropout(torch::autograd::AutogradContext* context) {
  auto& data = context->saved_data;
  return {
      static_cast<uint64_t>(data["seed"].toInt()), static_cast<uint64_t>(data["offset"].toInt()), static_cast<uint32_t>(data["threshold"].toInt()),
      static_cast<float>(data["scale"].toDouble())};
}

}  // namespace dnabart::joined
