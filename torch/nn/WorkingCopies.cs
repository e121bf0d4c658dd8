namespace DnaBart.Torch;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Copies of parameters in the type that is computed in: mixed precision with master weights (Micikevicius et al. 2018, 3.1). All
        /// are made at once and their gradients handed back at once, where layers would else cast each parameter at each use, and autograd each
        /// gradient: a third of a training step's kernels. Parameters that have the type already have no copy.</summary>
        public sealed class WorkingCopies : IDisposable
        {
            private readonly Tensor[] masters, copies;

            /// <summary>Those of the masters; null where one is not trained.</summary>
            private readonly Tensor?[] gradients;

            /// <param name="parameters">The masters, which the optimizer changes.</param>
            public WorkingCopies(IEnumerable<Tensor> parameters, ScalarType type)
            {
                using var guard = no_grad();
                masters = [.. parameters.Where(parameter => parameter.dtype != type)];
                copies = Array.ConvertAll(masters, master => Copy(master, type));
                gradients = Array.ConvertAll(masters, master => master.requires_grad ? zeros_like(master).DetachFromDisposeScope() : null);
            }

            /// <summary>Fills the copies; until <see cref="Leave"/> layers compute with them.</summary>
            public void Enter()
            {
                using var guard = no_grad();
                CopyAll(copies, masters);
                for (var i = 0; i < masters.Length; i++)
                    masters[i].working = copies[i];
            }

            /// <summary>Adds the copies' gradients of one backward pass to the masters'. Call it after each: sums over several passes are
            /// made in the masters' type.</summary>
            public void AddGradients()
            {
                using var guard = no_grad();
                using var scope = NewDisposeScope();
                List<Tensor> first = [], from = [];
                for (var i = 0; i < masters.Length; i++)
                {
                    if (copies[i].grad is not { } gradient)
                        continue;
                    copies[i].grad = null;
                    if (masters[i].grad is { } sum)
                    {
                        sum.add_(gradient.As(sum.dtype));
                        continue;
                    }
                    masters[i].grad = gradients[i];
                    first.Add(gradients[i]!);
                    from.Add(gradient);
                }
                CopyAll([.. first], [.. from]);
            }

            /// <summary>Layers cast their parameters themselves again.</summary>
            public void Leave()
            {
                foreach (var master in masters)
                    master.working = null;
            }

            public void Dispose()
            {
                Leave();
                foreach (var tensor in copies.Concat(gradients))
                    tensor?.Dispose();
            }

            private static Tensor Copy(Tensor master, ScalarType type)
            {
                var copy = master.to(type).DetachFromDisposeScope();
                copy.requires_grad = master.requires_grad;
                return copy;
            }

            private static void CopyAll(Tensor[] targets, Tensor[] sources)
            {
                if (targets.Length > 0 && Ops.foreach_copy_.Exists)
                    Ops.foreach_copy_.Run(targets, sources);
                else
                    for (var i = 0; i < targets.Length; i++)
                        targets[i].copy_(sources[i]);
            }
        }
    }
}
