// The operator `dnabart::short_attention`: attention over sequences of up to 64 tokens in bfloat16 (attention.cu). It is there only where its kernels are.
#include <torch/library.h>

#include "attention.h"
#include "support.h"

namespace {

namespace joined = dnabart::joined;
using joined::OptionalTensor;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

constexpr int64_t kAlignment = 16;

// As the kernels read it: words of 16 bytes.
at::Tensor aligned(const at::Tensor& tensor) {
  bool fits = tensor.stride(-1) == 1 && reinterpret_cast<uintptr_t>(tensor.data_ptr()) % kAlignment == 0;
  for (int64_t i = 0; i < tensor.dim() - 1; i++) fits = fits && tensor.stride(i) * tensor.element_size() % kAlignment == 0;
  return fits ? tensor : tensor.clone(at::MemoryFormat::Contiguous);
}

joined::Heads heads(const at::Tensor& tensor) { return {tensor.data_ptr(), tensor.stride(0), tensor.stride(1), tensor.stride(2)}; }

// [batch, heads, length, size] whose heads lie side by side, so that a layer may join them without a copy.
at::Tensor empty_heads(const at::Tensor& like) {
  return at::empty({like.size(0), like.size(2), like.size(1), like.size(3)}, like.options()).transpose(1, 2);
}

joined::AttentionShape shape_of(const at::Tensor& query, const at::Tensor& key, const at::Tensor& mask, bool causal) {
  return {
      query.size(0), static_cast<unsigned>(query.size(1)), static_cast<int>(query.size(2)), static_cast<int>(key.size(2)), static_cast<int>(query.size(3)), causal,
      mask.defined() ? mask.data_ptr() : nullptr, mask.defined() && mask.size(0) > 1 ? mask.stride(0) : 0};
}

struct ShortAttention : Function<ShortAttention> {
  static at::Tensor run(
      const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, const at::Tensor& mask, const joined::Dropout& dropout, bool causal) {
    const joined::Guard guard(query);
    auto y = empty_heads(query);
    joined::attention_forward(shape_of(query, key, mask, causal), heads(query), heads(key), heads(value), heads(y), dropout, joined::current_stream());
    return y;
  }

  static at::Tensor forward(
      AutogradContext* context, const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, const OptionalTensor& given_mask, double p,
      bool causal) {
    const auto mask = given_mask.value_or(at::Tensor());
    const auto dropout = joined::draw(p, query.device());
    context->save_for_backward({query, key, value, mask});
    context->saved_data["causal"] = causal;
    joined::save(context, dropout);
    return run(query, key, value, mask, dropout, causal);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &query = saved[0], &key = saved[1], &value = saved[2], &mask = saved[3];
    const joined::Guard guard(query);
    const auto y_gradient = aligned(gradients[0]);
    const auto query_gradient = empty_heads(query), key_gradient = empty_heads(key), value_gradient = empty_heads(value);
    joined::attention_backward(
        shape_of(query, key, mask, context->saved_data["causal"].toBool()), heads(query), heads(key), heads(value), heads(y_gradient),
        heads(query_gradient), heads(key_gradient), heads(value_gradient), joined::saved_dropout(context), joined::current_stream());
    return {query_gradient, key_gradient, value_gradient, {}, {}, {}};
  }
};

// Of queries [batch, heads, targets, size] over keys and values [batch, heads, sources, size]; the mask, [batch or 1, 1, 1, sources], is added to the
// scores and has no gradient.
at::Tensor short_attention(
    const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, const OptionalTensor& mask, double p, bool causal) {
  const auto fits = [&](const at::Tensor& tensor) {
    return tensor.device().type() == joined::kKernelDevice && tensor.device() == query.device() && tensor.scalar_type() == at::kBFloat16 &&
           tensor.dim() == 4;
  };
  TORCH_CHECK(fits(query) && fits(key) && fits(value), "short_attention takes bfloat16 [batch, heads, length, size] on the device of its kernels");
  TORCH_CHECK(
      key.sizes() == value.sizes() && query.size(0) == key.size(0) && query.size(1) == key.size(1) && query.size(3) == key.size(3) &&
          joined::has_head_size(query.size(3)) && query.size(2) <= joined::attention_longest && key.size(2) <= joined::attention_longest,
      "short_attention takes up to ", joined::attention_longest, " tokens and heads of 16, 32 or 64, not ", query.sizes(), " and ", key.sizes());
  OptionalTensor added;
  if (mask.has_value()) {
    TORCH_CHECK(
        fits(*mask) && (mask->size(0) == 1 || mask->size(0) == key.size(0)) && mask->size(1) == 1 && mask->size(2) == 1 && mask->size(3) == key.size(2),
        "short_attention takes a mask [batch or 1, 1, 1, sources] in bfloat16, not ", mask->sizes());
    added = mask->stride(3) == 1 ? *mask : mask->contiguous();
  }
  const auto q = aligned(query), k = aligned(key), v = aligned(value);
  return at::GradMode::is_enabled() ? ShortAttention::apply(q, k, v, added, p, causal)
                                    : ShortAttention::run(q, k, v, added.value_or(at::Tensor()), joined::draw(p, query.device()), causal);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(dnabart, library) {
  library.def("short_attention(Tensor query, Tensor key, Tensor value, Tensor? mask, float p, bool causal) -> Tensor", short_attention);
}
