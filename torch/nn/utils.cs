namespace DnaBart.Torch;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>PyTorch's <c>torch.nn.utils</c>.</summary>
        public static class utils
        {
            /// <summary>Scales all gradients so that their joint 2-norm is at most <paramref name="max_norm"/>. Returns the norm before,
            /// a scalar that is left on the device, so that nothing waits for it.</summary>
            public static Tensor clip_grad_norm_(IEnumerable<Tensor> parameters, double max_norm)
            {
                using var guard = no_grad();
                using var scope = NewDisposeScope();
                var gradients = parameters.Select(p => p.grad).OfType<Tensor>().ToArray();
                var total = stack(Ops.foreach_norm.CallForMany(gradients.Length, (Argument)gradients), 0).norm();
                // PyTorch's own guard against division by zero; without a branch on the value, which would wait for the device.
                var factor = (full([], max_norm, total.dtype, total.device) / (total + 1e-6)).clamp_max(1);
                if (Ops.foreach_mul_tensor_.Exists)
                    Ops.foreach_mul_tensor_.Run(gradients, factor);
                else
                    foreach (var gradient in gradients)
                        gradient.mul_(factor);
                return total.MoveToOuterDisposeScope();
            }
        }
    }
}
