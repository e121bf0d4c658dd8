using DnaBart.Fixtures;
using DnaBart.Torch;
using static DnaBart.Torch.torch;
using static DnaBart.Torch.torch.nn.functional;

namespace DnaBart.Torch.Tests;

public class TrainingTests
{
    private sealed class Net : nn.Module
    {
        private readonly nn.Linear first, second;
        private readonly nn.LayerNorm norm;

        public Net()
        {
            first = register_module("first", new nn.Linear(4, 16, init_std: 0.3));
            norm = register_module("norm", new nn.LayerNorm(16));
            second = register_module("second", new nn.Linear(16, 3, init_std: 0.3));
        }

        public Tensor forward(Tensor x) => second.forward(gelu_dropout(norm.forward(first.forward(x)), 0, training));
    }

    private static double[] Train(int steps)
    {
        manual_seed(7);
        using var outer = NewDisposeScope();
        using var net = new Net();
        using var optimizer = new optim.AdamW(net.named_parameters(), lr: 0.01);
        var x = empty([32, 4]).normal_(0, 1);
        var target = x.narrow(1, 0, 3).argmax(1);
        var losses = new double[steps];
        for (var i = 0; i < steps; i++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            var loss = cross_entropy(net.forward(dropout(x, 0.1, training: true)), target);
            loss.backward();
            nn.utils.clip_grad_norm_(net.named_parameters().Select(p => p.Parameter), 1.0);
            optimizer.step();
            losses[i] = loss.item();
        }
        return losses;
    }

    [Fact]
    public void A_training_loop_learns_is_seeded_and_leaves_no_live_tensor()
    {
        var before = TensorCount.Settled();
        var losses = Train(60);
        Assert.Equal(before, LiveTensors);
        Assert.True(losses[^1] < 0.5 * losses[0], $"loss went from {losses[0]:F3} to {losses[^1]:F3}");
        Assert.Equal(losses, Train(60));
    }

    [Fact]
    public void Working_copies_give_the_gradients_of_casts_layer_by_layer()
    {
        manual_seed(3);
        using var scope = NewDisposeScope();
        using var net = new Net();
        var parameters = net.named_parameters().Select(p => p.Parameter).ToArray();
        var x = empty([8, 4]).normal_(0, 1);
        var before = TensorCount.Settled();

        // Two passes: sums over them are made in float32, as autograd makes them for casts. The first weight is also used as it is.
        float[][] Gradients(nn.WorkingCopies? copies)
        {
            using var inner = NewDisposeScope();
            foreach (var parameter in parameters)
                parameter.grad = null;
            copies?.Enter();
            if (copies is not null)
                Assert.Same(parameters[0].As(ScalarType.BFloat16), parameters[0].As(ScalarType.BFloat16));
            for (var pass = 1; pass <= 2; pass++)
            {
                var loss = (net.forward((x * pass).to(ScalarType.BFloat16)).to(ScalarType.Float32).sum() + parameters[0].sum()) * 0.5;
                loss.backward();
                copies?.AddGradients();
            }
            copies?.Leave();
            return Array.ConvertAll(parameters, parameter => parameter.grad!.data<float>());
        }
        var expected = Gradients(null);
        using (var copies = new nn.WorkingCopies(parameters, ScalarType.BFloat16))
        {
            Assert.Equal(expected, Gradients(copies));
            // They follow their masters.
            using (no_grad())
                parameters[^1].add_(parameters[^1]);
            Assert.Equal(Gradients(null), Gradients(copies));
            Assert.Same(parameters[0], parameters[0].As(ScalarType.Float32));
            foreach (var parameter in parameters)
                parameter.grad = null;
        }
        Assert.Equal(before, TensorCount.Settled());
    }

    [Fact]
    public void Clipping_scales_the_joint_norm_down_to_the_limit_and_returns_the_one_before()
    {
        using var scope = NewDisposeScope();
        var a = tensor(new[] { 1f, 2 }, 2);
        var b = tensor(new[] { 3f }, 1);
        a.requires_grad = b.requires_grad = true;
        ((a * 3).sum() + (b * 4).sum()).backward();
        Assert.Equal(Math.Sqrt(9 + 9 + 16), nn.utils.clip_grad_norm_([a, b], 1).item(), 5);
        Assert.Equal(1, nn.utils.clip_grad_norm_([a, b], 1).item(), 4);
    }

    [SkippableFact]
    public void Pinned_memory_reaches_the_GPU_without_waiting()
    {
        Skip.IfNot(cuda.is_available(), "no CUDA device");
        using var scope = NewDisposeScope();
        var device = new Device(DeviceType.CUDA, 0);
        var values = Enumerable.Range(0, 1 << 16).Select(i => (long)i).ToArray();
        Assert.Equal(values, tensor(values, values.Length).pin_memory().to(device, non_blocking: true).data<long>());
    }

    [Fact]
    public void Attention_weighs_values_by_similarity_and_respects_the_causal_mask()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var q = empty([1, 1, 3, 2]).normal_(0, 1);
        var v = tensor(new[] { 1f, 0, 0, 1, 5, 5 }, 1, 1, 3, 2);
        var causal = scaled_dot_product_attention(q, q, v, is_causal: true).data<float>();
        Assert.Equal([1f, 0], causal[..2]);
        var qs = q.data<float>();
        var s0 = Math.Exp((qs[2] * qs[0] + qs[3] * qs[1]) / Math.Sqrt(2));
        var s1 = Math.Exp((qs[2] * qs[2] + qs[3] * qs[3]) / Math.Sqrt(2));
        Assert.Equal(s0 / (s0 + s1), causal[2], 5);
        Assert.Equal(s1 / (s0 + s1), causal[3], 5);
    }

    [Fact]
    public void Moving_a_module_keeps_its_tensors_and_changes_their_type()
    {
        var before = TensorCount.Settled();
        using (var net = new Net())
        {
            net.to(Device.CPU, ScalarType.BFloat16);
            Assert.All(net.named_parameters(), p => Assert.Equal(ScalarType.BFloat16, p.Parameter.dtype));
            Assert.Equal(["first.weight", "first.bias", "norm.weight", "norm.bias", "second.weight", "second.bias"],
                net.named_parameters().Select(p => p.Name));
        }
        Assert.Equal(before, LiveTensors);
    }
}
