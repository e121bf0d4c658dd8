namespace DnaBart.Torch;

public static partial class torch
{
    /// <summary>PyTorch's <c>torch.optim</c>.</summary>
    public static class optim
    {
        /// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019), computed as PyTorch's <c>AdamW</c> does: by one
        /// fused kernel where libtorch has it (from 2.0 on for CUDA, from 2.4 on for the CPU), else by operators over all parameters at once.</summary>
        public sealed class AdamW : IDisposable
        {
            private readonly string[] names;
            private readonly Tensor[] parameters;
            private readonly Tensor[] averages;
            private readonly Tensor[] squares;
            private readonly Tensor[]? deviceSteps;
            private readonly double beta1, beta2, eps, weightDecay;

            /// <param name="named">The parameters; each must have a gradient at every step.</param>
            public AdamW(IEnumerable<(string Name, Tensor Parameter)> named, double lr, double beta1 = 0.9, double beta2 = 0.999,
                double eps = 1e-8, double weight_decay = 0.01)
            {
                (this.beta1, this.beta2, this.eps, weightDecay, this.lr) = (beta1, beta2, eps, weight_decay, lr);
                var list = named.ToArray();
                names = Array.ConvertAll(list, p => p.Name);
                parameters = Array.ConvertAll(list, p => p.Parameter);
                averages = Array.ConvertAll(parameters, p => zeros_like(p).DetachFromDisposeScope());
                squares = Array.ConvertAll(parameters, p => zeros_like(p).DetachFromDisposeScope());
                if (parameters.Length > 0 && Ops.fused_adamw_.ExistsOn(parameters[0].device))
                    deviceSteps = Array.ConvertAll(parameters, p => zeros([], device: p.device).DetachFromDisposeScope());
            }

            /// <summary>The learning rate of the next step; a schedule sets it.</summary>
            public double lr { get; set; }

            /// <summary>What it trains.</summary>
            public IReadOnlyList<Tensor> Parameters => parameters;

            /// <summary>Steps done so far.</summary>
            public long steps { get; private set; }

            /// <summary>Changes the parameters by one step against their gradients.</summary>
            public void step()
            {
                using var guard = no_grad();
                using var scope = NewDisposeScope();
                var gradients = Array.ConvertAll(parameters, p => p.grad ?? throw new InvalidOperationException($"parameter {p} has no gradient"));
                steps++;
                if (deviceSteps is not null)
                    StepFused(gradients, deviceSteps);
                else
                    StepForeach(gradients);
            }

            private void StepForeach(Tensor[] gradients)
            {
                Ops.foreach_mul_.Run(parameters, 1 - lr * weightDecay);
                Ops.foreach_mul_.Run(averages, beta1);
                Ops.foreach_add_.Run(averages, gradients, 1 - beta1);
                Ops.foreach_mul_.Run(squares, beta2);
                Ops.foreach_addcmul_.Run(squares, gradients, gradients, 1 - beta2);
                var denominators = Ops.foreach_sqrt.CallForMany(squares.Length, (Argument)squares);
                Ops.foreach_div_.Run(denominators, Math.Sqrt(1 - Math.Pow(beta2, steps)));
                Ops.foreach_add_scalar_.Run(denominators, eps);
                Ops.foreach_addcdiv_.Run(parameters, averages, denominators, -lr / (1 - Math.Pow(beta1, steps)));
            }

            private void StepFused(Tensor[] gradients, Tensor[] deviceSteps)
            {
                // The kernel reads the count of this step from the device.
                Ops.foreach_add_scalar_.Run(deviceSteps, 1.0);
                Ops.fused_adamw_.Run(parameters, gradients, averages, squares, Array.Empty<Tensor>(), deviceSteps,
                    lr, beta1, beta2, weightDecay, eps, false, false);
            }

            /// <summary>Drops the gradients, so that the next backward pass starts from none.</summary>
            public void zero_grad()
            {
                foreach (var parameter in parameters)
                    parameter.grad = null;
            }

            /// <summary>The moments by name (<c>exp_avg.NAME</c>, <c>exp_avg_sq.NAME</c>), for a checkpoint; still the optimizer's own.</summary>
            public IEnumerable<(string Name, Tensor Tensor)> state() =>
                names.Select((name, i) => ($"exp_avg.{name}", averages[i])).Concat(names.Select((name, i) => ($"exp_avg_sq.{name}", squares[i])));

            /// <summary>Says that the moments in <see cref="state"/> have been filled from a checkpoint made after that many steps.</summary>
            public void resume(long stepsDone)
            {
                using var guard = no_grad();
                steps = stepsDone;
                foreach (var count in deviceSteps ?? [])
                {
                    using var value = full([], stepsDone, device: count.device);
                    count.copy_(value);
                }
            }

            public void Dispose()
            {
                foreach (var tensor in averages.Concat(squares).Concat(deviceSteps ?? []))
                    tensor.Dispose();
            }
        }
    }
}
