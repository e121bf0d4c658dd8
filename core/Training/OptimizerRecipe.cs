using DnaBart.IO;

namespace DnaBart.Training;

/// <summary>How the learning rate moves over a run.</summary>
public enum LearningRateSchedule
{
    /// <summary>Falls linearly to 0 at the end of the run.</summary>
    Linear,

    /// <summary>Stays as it is.</summary>
    Constant,
}

/// <summary>AdamW with a learning-rate schedule and gradient clipping: the <c>optimizer</c> part of a recipe.</summary>
/// <param name="WeightDecay">Of all parameters that are trained, biases and normalization included, as PyTorch's AdamW does; Hugging Face's Trainer
/// leaves these two out.</param>
/// <param name="ClipNorm">Gradients of a larger norm are scaled down to it; 0 leaves them.</param>
/// <param name="Warmup">Share of the run over which the learning rate first rises linearly from 0.</param>
public sealed record OptimizerRecipe(
    double LearningRate, double Beta1, double Beta2, double Epsilon, double WeightDecay, double ClipNorm,
    LearningRateSchedule Schedule, double Warmup)
{
    /// <summary>The learning rate once a share of the run (0 to 1) is done.</summary>
    public double At(double progress) => LearningRate * (progress < Warmup
        ? progress / Warmup
        : Schedule == LearningRateSchedule.Constant ? 1 : Math.Max(0, (1 - progress) / (1 - Warmup)));

    internal static OptimizerRecipe Read(StrictJsonObject json) => new(
        json.Number("learningRate", 1e-9, 1),
        json.Number("beta1", 0, 0.9999, 0.9),
        json.Number("beta2", 0, 0.99999, 0.999),
        json.Number("epsilon", 1e-16, 1, 1e-8),
        json.Number("weightDecay", 0, 1, 0.01),
        json.Number("clipNorm", 0, double.MaxValue, 1),
        json.Choice("schedule", ["linear", "constant"], "linear") == "linear" ? LearningRateSchedule.Linear : LearningRateSchedule.Constant,
        json.Number("warmup", 0, 0.9, 0));
}
