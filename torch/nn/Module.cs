namespace DnaBart.Torch;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>The base of all networks: named parameters and named sub-modules, in the order they were registered. Parameters
        /// belong to their module, outside of any dispose scope, and are freed with it.</summary>
        public abstract class Module : IDisposable
        {
            private readonly List<(string Name, Tensor Tensor)> parameters = [];
            private readonly List<(string Name, Tensor Tensor)> buffers = [];
            private readonly List<(string Name, Module Module)> modules = [];

            /// <summary>Whether dropout is active: see <see cref="train"/> and <see cref="eval"/>.</summary>
            public bool training { get; private set; } = true;

            public void train() => SetTraining(true);

            public void eval() => SetTraining(false);

            /// <summary>All parameters with dotted names as in PyTorch's <c>state_dict</c>, each once.</summary>
            public IEnumerable<(string Name, Tensor Parameter)> named_parameters() =>
                parameters.Concat(modules.SelectMany(m => m.Module.named_parameters().Select(p => (Join(m.Name, p.Name), p.Parameter))));

            /// <summary>All sub-modules at any depth, with dotted names.</summary>
            public IEnumerable<(string Name, Module Module)> named_modules() =>
                modules.SelectMany(m => m.Module.named_modules().Select(n => (Join(m.Name, n.Name), n.Module)).Prepend(m));

            /// <summary>Parameters and buffers by name: what a checkpoint holds.</summary>
            public IEnumerable<(string Name, Tensor Tensor)> state_dict() => named_parameters().Concat(named_buffers());

            private IEnumerable<(string Name, Tensor Buffer)> named_buffers() =>
                buffers.Concat(modules.SelectMany(m => m.Module.named_buffers().Select(b => (Join(m.Name, b.Name), b.Buffer))));

            private static string Join(string module, string name) => module.Length == 0 ? name : $"{module}.{name}";

            /// <summary>Moves parameters and buffers to a device and, if asked, to another type. Gradients are dropped.</summary>
            public void to(Device device, ScalarType? type = null)
            {
                using var guard = no_grad();
                foreach (var (_, tensor) in state_dict())
                    tensor.move_(device, type ?? tensor.dtype);
            }

            protected Tensor register_parameter(string name, Tensor tensor)
            {
                tensor.DetachFromDisposeScope().requires_grad = true;
                parameters.Add((name, tensor));
                return tensor;
            }

            /// <summary>A tensor that is saved with the parameters but not trained.</summary>
            protected Tensor register_buffer(string name, Tensor tensor)
            {
                buffers.Add((name, tensor.DetachFromDisposeScope()));
                return tensor;
            }

            /// <param name="name">Empty to put the module's names directly under this one's.</param>
            protected T register_module<T>(string name, T module) where T : Module
            {
                modules.Add((name, module));
                return module;
            }

            private void SetTraining(bool value)
            {
                training = value;
                foreach (var (_, module) in modules)
                    module.SetTraining(value);
            }

            public void Dispose()
            {
                foreach (var (_, tensor) in state_dict())
                    tensor.Dispose();
            }
        }
    }
}
