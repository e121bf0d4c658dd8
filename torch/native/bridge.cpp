// The C face of libtorch that DnaBart.Torch calls: find an operator in the c10 dispatcher by name, call it boxed, and the few
// things that are no operators (autograd, memory, devices, streams). Written against public headers that have been stable from
// libtorch 1.13 on; every function catches, stores the message for dnabart_last_error and returns non-zero.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/GradMode.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/csrc/autograd/variable.h>
#include <torch/version.h>

#include <dlfcn.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#ifdef DNABART_CUDA
#include <c10/cuda/CUDACachingAllocator.h>
#endif

#define TORCH_AT_LEAST(major, minor) (TORCH_VERSION_MAJOR > (major) || (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {

thread_local std::string last_error;
std::atomic<int64_t> live_tensors{0};

template <typename F>
int guarded(F&& body) noexcept {
  try {
    body();
    return 0;
  } catch (const c10::Error& e) {
    last_error = e.what_without_backtrace();
  } catch (const std::exception& e) {
    last_error = e.what();
  } catch (...) {
    last_error = "unknown C++ exception";
  }
  return 1;
}

at::Tensor* own(at::Tensor tensor) {
  auto* handle = new at::Tensor(std::move(tensor));
  live_tensors.fetch_add(1, std::memory_order_relaxed);
  return handle;
}

c10::Device device_of(int64_t type, int64_t index) {
  return c10::Device(static_cast<c10::DeviceType>(type), static_cast<c10::DeviceIndex>(index));
}

// The kinds of a boxed value, as DnaBart.Torch.NativeKind counts them.
enum class Kind : int32_t { None, Tensor, Int, Double, Bool, IntList, TensorList, Device };

// A boxed value on its way across: `payload` is a handle, an integer, the bits of a double or a pointer to `length` items.
// A device is its type (payload) and index (length).
struct Value {
  Kind kind;
  int32_t reserved;
  int64_t payload;
  int64_t length;
};

struct Operator {
  c10::OperatorHandle handle;
};

// An optional list of tensors with holes (index's `Tensor?[]`) must be a list of optionals: the schema's type decides.
bool wants_optional_tensors(const c10::Argument& argument) {
  const auto* list = argument.type()->cast<c10::ListType>().get();
  return list && list->getElementType()->kind() == c10::TypeKind::OptionalType;
}

c10::IValue box(const c10::Argument& argument, const Value& value) {
  switch (value.kind) {
    case Kind::None: return {};
    case Kind::Tensor: return *reinterpret_cast<at::Tensor*>(value.payload);
    case Kind::Int: return value.payload;
    case Kind::Double: {
      double d;
      std::memcpy(&d, &value.payload, sizeof d);
      return d;
    }
    case Kind::Bool: return value.payload != 0;
    case Kind::IntList: {
      const auto* items = reinterpret_cast<const int64_t*>(value.payload);
      return std::vector<int64_t>(items, items + value.length);
    }
    case Kind::TensorList: {
      auto* const* items = reinterpret_cast<at::Tensor* const*>(value.payload);
      if (wants_optional_tensors(argument)) {
        // By its type and not by c10::optional, which later versions have renamed.
        c10::impl::GenericList list(c10::OptionalType::create(c10::TensorType::get()));
        for (int64_t i = 0; i < value.length; i++) list.push_back(items[i] ? c10::IValue(*items[i]) : c10::IValue());
        return list;
      }
      c10::List<at::Tensor> list;
      list.reserve(value.length);
      for (int64_t i = 0; i < value.length; i++) list.push_back(*items[i]);
      return list;
    }
    case Kind::Device: return device_of(value.payload, value.length);
  }
  throw std::runtime_error("unknown kind of value");
}

Value unbox(const c10::IValue& result) {
  if (result.isTensor()) {
    const auto tensor = result.toTensor();
    if (!tensor.defined()) return {Kind::None, 0, 0, 0};
    return {Kind::Tensor, 0, reinterpret_cast<int64_t>(own(tensor)), 0};
  }
  if (result.isInt()) return {Kind::Int, 0, result.toInt(), 0};
  if (result.isBool()) return {Kind::Bool, 0, result.toBool() ? 1 : 0, 0};
  if (result.isDouble()) {
    const double d = result.toDouble();
    Value value{Kind::Double, 0, 0, 0};
    std::memcpy(&value.payload, &d, sizeof d);
    return value;
  }
  if (result.isNone()) return {Kind::None, 0, 0, 0};
  throw std::runtime_error("a result of type " + result.tagKind() + " has no C# counterpart");
}

const c10::impl::DeviceGuardImplInterface& cuda() {
  TORCH_CHECK(c10::impl::hasDeviceGuardImpl(c10::DeviceType::CUDA), "this libtorch has no CUDA");
  return *c10::impl::getDeviceGuardImpl(c10::DeviceType::CUDA);
}

#if TORCH_AT_LEAST(2, 5)
// cuDNN's attention, the first choice on an H100, plans each new shape anew, which takes tens to hundreds of milliseconds (FunASR
// #3704); nearly every batch of ours is a new shape. The other fused kernels plan nothing.
[[maybe_unused]] const bool attention_without_cudnn = [] {
  at::globalContext().setSDPUseCuDNN(false);
  return true;
}();
#endif

// cuBLAS is deterministic only with a workspace of fixed size, which it reads from the environment when it starts. PyTorch looks there at its
// first product too and never again: it would refuse all later ones if determinism is asked for after that.
[[maybe_unused]] const bool cublas_with_fixed_workspace = setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0) == 0;

}  // namespace

EXPORT const char* dnabart_last_error() { return last_error.c_str(); }

EXPORT const char* dnabart_torch_version() { return TORCH_VERSION; }

EXPORT int64_t dnabart_live_tensors() { return live_tensors.load(std::memory_order_relaxed); }

// ---- operators ----

EXPORT int32_t dnabart_op_exists(const char* name, const char* overload) {
  return c10::Dispatcher::singleton().findSchema({name, overload}).has_value() ? 1 : 0;
}

// Whether an operator has a kernel of its own for a type of device: fused optimizers came to CUDA before they came to the CPU.
EXPORT int32_t dnabart_op_has_kernel(const char* name, const char* overload, int32_t device_type) {
  const auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
  const bool on_cuda = static_cast<c10::DeviceType>(device_type) == c10::DeviceType::CUDA;
  return handle && handle->hasKernelForDispatchKey(on_cuda ? c10::DispatchKey::CUDA : c10::DispatchKey::CPU) ? 1 : 0;
}

// Handles live as long as the process: the C# side keeps each in a static field.
EXPORT int dnabart_op_find(const char* name, const char* overload, Operator** out) {
  return guarded([&] {
    auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
    if (!handle) throw std::runtime_error("libtorch " TORCH_VERSION " has no such operator");
    *out = new Operator{*handle};
  });
}

// Calls an operator with its first `count` arguments; the others take the schema's defaults. A list of tensors in the outcome is
// spread over consecutive results. `*result_count` holds the room before and the number of results after.
EXPORT int dnabart_op_call(Operator* op, const Value* arguments, int32_t count, Value* results, int32_t* result_count) {
  return guarded([&] {
    const auto& expected = op->handle.schema().arguments();
    if (static_cast<size_t>(count) > expected.size()) throw std::runtime_error("too many arguments");
    torch::jit::Stack stack;
    stack.reserve(expected.size());
    for (int32_t i = 0; i < count; i++) stack.push_back(box(expected[i], arguments[i]));
    for (size_t i = count; i < expected.size(); i++) {
      const auto& value = expected[i].default_value();
      if (!value) throw std::runtime_error("argument '" + expected[i].name() + "' is missing");
      stack.push_back(*value);
    }
    op->handle.callBoxed(&stack);
    std::vector<c10::IValue> outcome;
    for (auto& value : stack) {
      if (!value.isTensorList()) {
        outcome.push_back(std::move(value));
        continue;
      }
      for (const auto& tensor : value.toTensorVector()) outcome.emplace_back(tensor);
    }
    if (outcome.size() > static_cast<size_t>(*result_count)) throw std::runtime_error("more results than expected");
    *result_count = 0;
    for (const auto& value : outcome) results[(*result_count)++] = unbox(value);
  });
}

// ---- tensors ----

// Copies host memory into a new CPU tensor of the given shape.
EXPORT int dnabart_tensor_from(const void* data, const int64_t* sizes, int32_t dimensions, int32_t dtype, at::Tensor** out) {
  return guarded([&] {
    auto tensor = at::empty(at::IntArrayRef(sizes, dimensions), at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype)));
    std::memcpy(tensor.data_ptr(), data, tensor.nbytes());
    *out = own(std::move(tensor));
  });
}

// Copies a tensor's elements, in row-major order, into host memory of exactly `bytes` bytes.
EXPORT int dnabart_tensor_read(at::Tensor* tensor, void* data, int64_t bytes) {
  return guarded([&] {
    const auto host = tensor->detach().to(at::kCPU).contiguous();
    if (static_cast<int64_t>(host.nbytes()) != bytes) throw std::runtime_error("the destination has another size");
    std::memcpy(data, host.data_ptr(), bytes);
  });
}

EXPORT void dnabart_tensor_free(at::Tensor* tensor) {
  delete tensor;
  live_tensors.fetch_sub(1, std::memory_order_relaxed);
}

EXPORT int32_t dnabart_tensor_dimensions(at::Tensor* tensor) { return static_cast<int32_t>(tensor->dim()); }
EXPORT int64_t dnabart_tensor_size(at::Tensor* tensor, int32_t dimension) { return tensor->sizes()[dimension]; }
EXPORT int32_t dnabart_tensor_dtype(at::Tensor* tensor) { return static_cast<int32_t>(tensor->scalar_type()); }
EXPORT int32_t dnabart_tensor_device_type(at::Tensor* tensor) { return static_cast<int32_t>(tensor->device().type()); }
EXPORT int32_t dnabart_tensor_device_index(at::Tensor* tensor) { return tensor->device().index(); }
EXPORT int32_t dnabart_tensor_requires_grad(at::Tensor* tensor) { return tensor->requires_grad() ? 1 : 0; }
EXPORT int dnabart_tensor_set_requires_grad(at::Tensor* tensor, int32_t value) {
  return guarded([&] { tensor->requires_grad_(value != 0); });
}

EXPORT int dnabart_tensor_grad(at::Tensor* tensor, at::Tensor** out) {
  return guarded([&] { *out = tensor->grad().defined() ? own(tensor->grad()) : nullptr; });
}

EXPORT int dnabart_tensor_set_grad(at::Tensor* tensor, at::Tensor* grad) {
  return guarded([&] { tensor->mutable_grad() = grad ? *grad : at::Tensor(); });
}

EXPORT int dnabart_tensor_backward(at::Tensor* tensor) {
  return guarded([&] { tensor->backward(); });
}

// ---- modes, threads, random numbers ----

EXPORT int32_t dnabart_grad_enabled() { return c10::GradMode::is_enabled() ? 1 : 0; }
EXPORT void dnabart_set_grad_enabled(int32_t enabled) { c10::GradMode::set_enabled(enabled != 0); }
EXPORT int32_t dnabart_threads() { return at::get_num_threads(); }

// libtorch's own loops and OpenBLAS keep separate pools; both follow.
EXPORT void dnabart_set_threads(int32_t threads) {
  at::set_num_threads(threads);
  if (auto* set = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) set(threads);
}

EXPORT int dnabart_manual_seed(uint64_t seed) {
  return guarded([&] { at::manual_seed(seed); });
}

// Where an operator has a deterministic kernel, that one is used; one that has none fails (attention's backward passes stay with the
// faster kind where it would only warn).
EXPORT int dnabart_set_deterministic(int32_t enabled) {
  return guarded([&] {
    at::globalContext().setDeterministicAlgorithms(enabled != 0, /*warn_only=*/false);
#if TORCH_AT_LEAST(2, 2)
    // Filling all fresh memory is for finding bugs in kernels, and costs time.
    at::globalContext().setDeterministicFillUninitializedMemory(false);
#endif
  });
}

// ---- CUDA: devices, memory ----

EXPORT int32_t dnabart_cuda_device_count() {
  return c10::impl::hasDeviceGuardImpl(c10::DeviceType::CUDA) ? cuda().deviceCount() : 0;
}

// Whether the bridge's own kernels are in here.
EXPORT int32_t dnabart_cuda_joined_kernels() {
#ifdef DNABART_JOINED
  return 1;
#else
  return 0;
#endif
}

// Whether dnabart_cuda_memory_allocated can tell: its headers need the CUDA toolkit's.
EXPORT int32_t dnabart_cuda_reports_memory() {
#ifdef DNABART_CUDA
  return 1;
#else
  return 0;
#endif
}

// Bytes that the caching allocator has handed out.
EXPORT int dnabart_cuda_memory_allocated(int32_t device, int64_t* bytes) {
  return guarded([&] {
#ifdef DNABART_CUDA
#if TORCH_AT_LEAST(2, 0)
    if (!c10::cuda::CUDACachingAllocator::get()->initialized()) {
      *bytes = 0;  // nothing was asked of the device yet
      return;
    }
#endif
    *bytes = c10::cuda::CUDACachingAllocator::getDeviceStats(static_cast<c10::DeviceIndex>(device)).allocated_bytes[0].current;
#else
    (void)device, (void)bytes;
    throw std::runtime_error("the bridge was built without the CUDA toolkit's headers");
#endif
  });
}
