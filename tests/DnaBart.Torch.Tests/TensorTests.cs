using System.Runtime.InteropServices;
using DnaBart.Fixtures;
using DnaBart.Torch;

namespace DnaBart.Torch.Tests;

public class TensorTests
{
    [Fact]
    public void Elements_go_in_and_come_out_in_row_major_order()
    {
        using var scope = torch.NewDisposeScope();
        var matrix = torch.tensor(new[] { 1f, 2, 3, 4, 5, 6 }, 2, 3);
        Assert.Equal([2L, 3], matrix.shape);
        Assert.Equal([1f, 4, 2, 5, 3, 6], matrix.transpose(0, 1).data<float>());
        Assert.Equal(21, matrix.sum().item());
    }

    [Fact]
    public void Bytes_that_do_not_fill_the_shape_are_refused() =>
        Assert.Contains("takes 24 bytes", Assert.Throws<ArgumentException>(() => torch.tensor(new[] { 1f, 2 }, 2, 3)).Message);

    [Fact]
    public void An_error_of_libtorch_names_the_operator_and_the_shapes()
    {
        using var scope = torch.NewDisposeScope();
        var error = Assert.Throws<TorchException>(() => torch.zeros([2, 3]).matmul(torch.zeros([4, 5])));
        Assert.Contains("aten::matmul(float32[2, 3], float32[4, 5])", error.Message);
    }

    [Fact]
    public void Only_what_fails_is_described()
    {
        using var tensor = torch.zeros([2, 3]);
        var bytes = new byte[24];
        void Use()
        {
            tensor.requires_grad = true;
            tensor.grad = null;
            _ = tensor.grad;
            tensor.copy_to(bytes);
        }
        Use();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Use();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.StartsWith("backward of float32[2, 3]: ", Assert.Throws<TorchException>(tensor.backward).Message);
        Assert.StartsWith("copy of float32[2, 3] into 9 bytes: ", Assert.Throws<TorchException>(() => tensor.copy_to(bytes.AsSpan(0, 9))).Message);
    }

    [Fact]
    public void Reading_with_the_wrong_element_type_is_refused()
    {
        using var tensor = torch.zeros([2]);
        Assert.Throws<InvalidOperationException>(tensor.data<long>);
    }

    [Fact]
    public void A_scope_frees_what_was_made_in_it_but_for_what_moved_out()
    {
        var before = TensorCount.Settled();
        Tensor kept;
        using (torch.NewDisposeScope())
        {
            using (torch.NewDisposeScope())
            {
                var a = torch.ones([3]);
                kept = (a + a).MoveToOuterDisposeScope();
            }
            Assert.Equal(before + 1, torch.LiveTensors);
            Assert.Equal(6, kept.sum().item());
        }
        Assert.Equal(before, torch.LiveTensors);
        Assert.Throws<ObjectDisposedException>(() => kept.shape);
    }

    [Fact]
    public void Gradients_are_recorded_unless_turned_off()
    {
        using var scope = torch.NewDisposeScope();
        var x = torch.tensor(new[] { 3f }, 1);
        x.requires_grad = true;
        (x * x).sum().backward();
        Assert.Equal([6f], x.grad!.data<float>());
        using (torch.no_grad())
            Assert.False((x * x).requires_grad);
        Assert.True((x * x).requires_grad);
    }

    [Fact]
    public void Scopes_are_a_thread_s_own()
    {
        Tensor? made = null;
        using (torch.NewDisposeScope())
        {
            var thread = new Thread(() => made = torch.ones([2]));
            thread.Start();
            thread.Join();
        }
        Assert.Equal(2, made!.sum().item());
        made.Dispose();
    }

    [Fact]
    public void Types_convert_and_bfloat16_keeps_eight_bits()
    {
        using var scope = torch.NewDisposeScope();
        var value = torch.tensor(new[] { 1.00390625f }, 1).to(ScalarType.BFloat16);
        Assert.Equal(ScalarType.BFloat16, value.dtype);
        Assert.Equal(1f, value.to(ScalarType.Float32).data<float>()[0]);
    }

    // .NET keeps a copy of the environment of its own: libraries see libc's.
    [DllImport("libc")]
    private static extern IntPtr getenv(string name);

    [Fact]
    public void Deterministic_products_can_be_asked_for_after_the_first_product()
    {
        _ = torch.__version__;
        var set = Marshal.PtrToStringUTF8(getenv("CUBLAS_WORKSPACE_CONFIG"));
        Assert.True(set is ":4096:8" or ":16:8", $"CUBLAS_WORKSPACE_CONFIG is {set ?? "not set"}");
    }

    [Theory]
    [InlineData("cpu", "cpu")]
    [InlineData("cuda", "cuda:0")]
    [InlineData("cuda:3", "cuda:3")]
    public void Devices_parse(string text, string expected) => Assert.Equal(expected, Device.Parse(text).ToString());

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:-1")]
    public void Other_devices_do_not(string text) => Assert.Throws<FormatException>(() => Device.Parse(text));
}
