using DnaBart.Finetuning;
using DnaBart.Torch;
using static DnaBart.Torch.torch;

namespace DnaBart.Model.Finetuning;

/// <summary>Low-rank adaptation (Hu et al. 2021): query and value projections W become W + (alpha / r) B A, and of the network only A, B and
/// the head are trained. A starts random and B zero, so that the network starts unchanged.</summary>
internal sealed class Lora : nn.Module
{
    private readonly List<(nn.Linear Layer, Tensor A, Tensor B)> additions = [];
    private readonly double scale;

    /// <summary>Adds to the projections of a classifier; random weights come from torch's generator.</summary>
    public Lora(BartClassifier classifier, FinetuningRecipe.LoraPart recipe)
    {
        scale = recipe.Alpha / recipe.Rank;
        foreach (var (_, parameter) in classifier.Bart.named_parameters())
            parameter.requires_grad = false;
        var layers = classifier.Bart.named_modules()
            .Where(m => m.Name.EndsWith("q_proj", StringComparison.Ordinal) || m.Name.EndsWith("v_proj", StringComparison.Ordinal))
            .Where(m => classifier.Config.Pooling != Pooling.EncoderMean || m.Name.StartsWith("model.encoder.", StringComparison.Ordinal));
        foreach (var (name, module) in layers)
        {
            var layer = (nn.Linear)module;
            using var guard = no_grad();
            var (outputs, inputs) = (layer.weight.size(0), layer.weight.size(1));
            // The bounds of PyTorch's Linear, as in the authors' code.
            var bound = 1 / Math.Sqrt(inputs);
            var a = register_parameter($"{name}.lora_A", empty([recipe.Rank, inputs]).uniform_(-bound, bound));
            var b = register_parameter($"{name}.lora_B", zeros([outputs, recipe.Rank]));
            additions.Add((layer, a, b));
            layer.adapter = x => x.matmul(a.As(x.dtype).transpose(0, 1)).matmul(b.As(x.dtype).transpose(0, 1)) * scale;
        }
        to(classifier.Bart.Device);
    }

    /// <summary>Adds the additions to the weights for good.</summary>
    public void Merge()
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (layer, a, b) in additions)
        {
            layer.weight.add_(b.matmul(a), scale);
            layer.adapter = null;
        }
    }
}
