using DnaBart.Checkpoints;
using DnaBart.Torch;
using DnaBart.Training;

namespace DnaBart.Model;

/// <summary>What pretraining and finetuning share.</summary>
internal static class TrainingParts
{
    /// <summary>The device to train on, as <see cref="Engine.Choose"/> takes it. Its kernels are asked to be deterministic, so that a seed
    /// gives one model.</summary>
    public static Device Device(string? name)
    {
        var device = Engine.Choose(name);
        if (device.Type == DeviceType.CUDA)
            torch.use_deterministic_algorithms(true);
        return device;
    }

    /// <summary>The type to compute in on a device. bfloat16 pays on GPUs only; most CPUs emulate it.</summary>
    public static ScalarType On(this ComputeDtype dtype, Device device) =>
        dtype == ComputeDtype.BFloat16 && device.Type == DeviceType.CUDA ? ScalarType.BFloat16 : ScalarType.Float32;

    /// <summary>The recipe's optimizer for some parameters.</summary>
    public static torch.optim.AdamW AdamW(this OptimizerRecipe recipe, IEnumerable<(string Name, Tensor Parameter)> parameters) =>
        new(parameters, recipe.LearningRate, recipe.Beta1, recipe.Beta2, recipe.Epsilon, recipe.WeightDecay);

    /// <summary>The largest norm that gradients keep.</summary>
    public static double MaxNorm(this OptimizerRecipe recipe) => recipe.ClipNorm > 0 ? recipe.ClipNorm : double.PositiveInfinity;

    /// <summary>Writes tensors under their names into a safetensors file.</summary>
    public static void WriteTensors(string path, IEnumerable<(string Name, Tensor Tensor)> tensors) =>
        SafetensorsWriter.Write(path, tensors.Select(tensor => SafetensorsTensors.Source(tensor.Name, tensor.Tensor)));

    /// <summary>Fills tensors from a safetensors file that holds all of their names.</summary>
    public static void ReadTensors(string path, IEnumerable<(string Name, Tensor Tensor)> tensors)
    {
        using var file = SafetensorsFile.Open(path);
        using var guard = torch.no_grad();
        foreach (var (name, tensor) in tensors)
        {
            using var saved = SafetensorsTensors.Read(file, file[name]);
            tensor.copy_(saved);
        }
    }
}
