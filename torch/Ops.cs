namespace DnaBart.Torch;

/// <summary>The operators in use, one field each; ATen's names and overloads are those of PyTorch's native_functions.yaml.</summary>
internal static class Ops
{
    // arithmetic
    internal static readonly Operator add = new("aten::add", "Tensor");
    internal static readonly Operator add_scalar = new("aten::add", "Scalar");
    internal static readonly Operator mul = new("aten::mul", "Tensor");
    internal static readonly Operator mul_scalar = new("aten::mul", "Scalar");
    internal static readonly Operator div = new("aten::div", "Tensor");
    internal static readonly Operator matmul = new("aten::matmul");
    internal static readonly Operator clamp_max = new("aten::clamp_max");

    // in place
    internal static readonly Operator add_ = new("aten::add_", "Tensor");
    internal static readonly Operator mul_ = new("aten::mul_", "Tensor");
    internal static readonly Operator mul_scalar_ = new("aten::mul_", "Scalar");
    internal static readonly Operator copy_ = new("aten::copy_");
    internal static readonly Operator masked_fill_ = new("aten::masked_fill_", "Scalar");
    internal static readonly Operator zero_ = new("aten::zero_");
    internal static readonly Operator normal_ = new("aten::normal_");
    internal static readonly Operator uniform_ = new("aten::uniform_");

    // shape
    internal static readonly Operator view = new("aten::view");
    internal static readonly Operator reshape = new("aten::reshape");
    internal static readonly Operator transpose = new("aten::transpose", "int");
    internal static readonly Operator unsqueeze = new("aten::unsqueeze");
    internal static readonly Operator squeeze = new("aten::squeeze", "dim");
    internal static readonly Operator contiguous = new("aten::contiguous");
    internal static readonly Operator clone = new("aten::clone");
    internal static readonly Operator detach = new("aten::detach");
    internal static readonly Operator narrow = new("aten::narrow");
    internal static readonly Operator select = new("aten::select", "int");
    internal static readonly Operator stack = new("aten::stack");

    // indexing and comparison
    internal static readonly Operator index_select = new("aten::index_select");
    internal static readonly Operator gather = new("aten::gather");
    internal static readonly Operator eq_scalar = new("aten::eq", "Scalar");
    internal static readonly Operator ne_scalar = new("aten::ne", "Scalar");

    // reduction
    internal static readonly Operator sum = new("aten::sum");
    internal static readonly Operator sum_dim = new("aten::sum", "dim_IntList");
    internal static readonly Operator mean_dim = new("aten::mean", "dim");
    internal static readonly Operator norm = new("aten::norm", "Scalar");
    internal static readonly Operator argmax = new("aten::argmax");
    internal static readonly Operator max_dim = new("aten::max", "dim");
    internal static readonly Operator topk = new("aten::topk");

    // making and converting
    internal static readonly Operator empty = new("aten::empty", "memory_format");
    internal static readonly Operator zeros = new("aten::zeros");
    internal static readonly Operator ones = new("aten::ones");
    internal static readonly Operator full = new("aten::full");
    internal static readonly Operator arange = new("aten::arange", "start");
    internal static readonly Operator triu = new("aten::triu");
    internal static readonly Operator to_dtype = new("aten::to", "dtype");
    internal static readonly Operator to_device = new("aten::to", "device");
    internal static readonly Operator pin_memory = new("aten::pin_memory");

    // neural networks
    internal static readonly Operator linear = new("aten::linear");
    internal static readonly Operator layer_norm = new("aten::layer_norm");
    internal static readonly Operator embedding = new("aten::embedding");
    internal static readonly Operator dropout = new("aten::dropout");
    internal static readonly Operator relu = new("aten::relu");
    internal static readonly Operator softmax = new("aten::softmax", "int");
    internal static readonly Operator log_softmax = new("aten::log_softmax", "int");
    internal static readonly Operator cross_entropy = new("aten::cross_entropy_loss");
    internal static readonly Operator scaled_dot_product_attention = new("aten::scaled_dot_product_attention");

    // the bridge's own (native/joined.cpp and attention.cpp)
    internal static readonly Operator add_norm = new("dnabart::add_norm");
    internal static readonly Operator gelu_dropout = new("dnabart::gelu_dropout");
    internal static readonly Operator token_loss = new("dnabart::token_loss");
    internal static readonly Operator short_attention = new("dnabart::short_attention");

    // optimizers
    internal static readonly Operator foreach_norm = new("aten::_foreach_norm", "Scalar");
    internal static readonly Operator foreach_mul_tensor_ = new("aten::_foreach_mul_", "Tensor");
    internal static readonly Operator foreach_mul_ = new("aten::_foreach_mul_", "Scalar");
    internal static readonly Operator foreach_add_ = new("aten::_foreach_add_", "List");
    internal static readonly Operator foreach_add_scalar_ = new("aten::_foreach_add_", "Scalar");
    internal static readonly Operator foreach_addcmul_ = new("aten::_foreach_addcmul_", "Scalar");
    internal static readonly Operator foreach_addcdiv_ = new("aten::_foreach_addcdiv_", "Scalar");
    internal static readonly Operator foreach_sqrt = new("aten::_foreach_sqrt");
    internal static readonly Operator foreach_div_ = new("aten::_foreach_div_", "Scalar");
    internal static readonly Operator foreach_copy_ = new("aten::_foreach_copy_");
    internal static readonly Operator fused_adamw_ = new("aten::_fused_adamw_");
}
