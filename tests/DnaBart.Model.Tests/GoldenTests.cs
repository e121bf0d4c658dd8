using DnaBart.Fixtures;
using DnaBart.Torch;

namespace DnaBart.Model.Tests;

public class GoldenTests
{
    [Fact]
    public void The_network_computes_what_hugging_face_transformers_computes()
    {
        var folder = SharedData.Sample("bart_tiny");
        var before = TensorCount.Settled();
        using (var check = new ModelCheck(folder, Path.Combine(folder, "expected.safetensors"), "cpu"))
            Assert.All(check.Run(), result => Assert.True(result.Passed, $"{result.Name}: {result.Difference:G3}"));
        Assert.Equal(before, torch.LiveTensors);
    }

    [SkippableFact]
    public void On_a_GPU_too()
    {
        Skip.IfNot(torch.cuda.is_available(), "no CUDA device");
        var folder = SharedData.Sample("bart_tiny");
        using var check = new ModelCheck(folder, Path.Combine(folder, "expected.safetensors"), "cuda");
        Assert.All(check.Run(), result => Assert.True(result.Passed, $"{result.Name}: {result.Difference:G3}"));
    }

    [Fact]
    public void A_check_against_other_values_fails()
    {
        using var copy = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(SharedData.Sample("bart_tiny")))
            File.Copy(file, copy[Path.GetFileName(file)]);
        using (var bart = BartCheckpoint.Load(copy.Path, Device.CPU))
        {
            using var guard = torch.no_grad();
            bart.named_parameters().First().Parameter.mul_(1.01);
            BartCheckpoint.Save(bart, copy.Path);
        }
        using var check = new ModelCheck(copy.Path, copy["expected.safetensors"], "cpu");
        Assert.Contains(check.Run(), result => !result.Passed);
    }
}
