using System.Diagnostics;
using DnaBart.Fixtures;
using DnaBart.Torch;
using static DnaBart.Torch.torch;
using static DnaBart.Torch.torch.nn.functional;

namespace DnaBart.Torch.Tests;

public class JoinedOperatorTests
{
    /// <summary>On the CPU, in any type: the GPU's kernels have a test of their own.</summary>
    [Theory]
    [InlineData(ScalarType.Float32, false)]
    [InlineData(ScalarType.Float32, true)]
    [InlineData(ScalarType.BFloat16, true)]
    public void They_are_what_their_parts_give_one_after_the_other(ScalarType type, bool training)
    {
        const double p = 0.3;
        using var scope = NewDisposeScope();
        manual_seed(5);
        Tensor Leaf(params long[] shape)
        {
            var leaf = empty(shape).normal_(0, 1).to(type);
            leaf.requires_grad = true;
            return leaf;
        }
        var (x, residual, weight, bias) = (Leaf(2, 3, 8), Leaf(2, 3, 8), Leaf(8), Leaf(8));

        // The result, then the gradients.
        float[][] Run(Func<Tensor> y)
        {
            manual_seed(9);
            foreach (var leaf in new[] { x, residual, weight, bias })
                leaf.grad = null;
            var result = y();
            (result * result).sum().backward();
            return [Floats(result), .. new[] { x, residual, weight, bias }.Select(leaf => leaf.grad is { } gradient ? Floats(gradient) : [])];
        }
        static float[] Floats(Tensor tensor) => tensor.detach().to(ScalarType.Float32).data<float>();

        Assert.Equal(
            Run(() => layer_norm(residual + dropout(x, p, training), weight, bias)),
            Run(() => add_norm(x, residual, weight, bias, p, training)));
        // Dropping is the last step, so what stays is scaled from the same values.
        var activated = Run(() => gelu_dropout(x, p, training: false))[0];
        var dropped = Run(() => gelu_dropout(x, p, training))[0];
        Assert.Equal(training, dropped.Contains(0));
        var scale = training ? 1 / (1 - p) : 1;
        Assert.All(dropped.Zip(activated), pair => Assert.True(pair.First == 0 || Math.Abs(pair.First - pair.Second * scale) <= 0.01 * Math.Abs(pair.First)));
        Assert.Equal(0.8413447f, Floats(gelu_dropout(ones([1]), 0, training))[0], 5);
    }

    [Fact]
    public void The_loss_of_tokens_is_the_mean_cross_entropy_of_those_that_count()
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        var logits = empty([4, 7]).normal_(0, 2);
        var kept = cross_entropy(logits.narrow(0, 1, 3), tensor(new[] { 2L, 0, 6 }, 3));
        Assert.Equal(kept.item(), token_loss(logits, tensor(new[] { -1L, 2, 0, 6 }, 4), ignore_index: -1).item(), 6);
        Assert.Equal(ScalarType.Float32, token_loss(logits.to(ScalarType.BFloat16), tensor(new[] { 1L, 2, 0, 6 }, 4)).dtype);
    }

    /// <summary>The kernels themselves, forward and backward, as the GPU runs them where the bridge is built for one, else as C++ on the CPU.</summary>
    [SkippableFact]
    public void The_kernels_compute_what_libtorch_does()
    {
        var build = Path.Combine(SharedData.Root, "build", "native");
        Skip.IfNot(File.Exists(Path.Combine(build, "CMakeCache.txt")), "needs the bridge's build folder (./dnabart setup makes it)");
        // A compiler, and then a hundred threads, beside other tests that watch the clock.
        Run("nice", "-n", "19", "cmake", "--build", build, "--target", "joined_test");
        var report = Run("nice", "-n", "19", Path.Combine(build, "joined_test"));
        Assert.Contains("add_norm 21x768 bfloat16", report);
        Assert.Contains("attention 33x33x64", report);
        Assert.EndsWith("0 failed\n", report);
    }

    private static string Run(string command, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{command}: {output}{errors.Result}");
        return output;
    }
}
