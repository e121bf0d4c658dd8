using DnaBart.Pretraining;

namespace DnaBart.Core.Tests.Pretraining;

internal static class Recipes
{
    /// <summary>A small recipe; <paramref name="data"/> and <paramref name="batch"/> are the JSON text of those parts.</summary>
    public static PretrainingRecipe Small(
        string data = """{"windowBases": 60, "windows": 500, "epochs": 2, "bothStrands": true}""", string batch = """{"rows": 16}""") =>
        PretrainingRecipe.Parse(
            $$"""
            {
              "description": "test",
              "model": {"preset": "tiny"},
              "tokenizer": {"vocabularySize": 64},
              "data": {{data}},
              "corruption": [
                {"name": "all", "kind": "uniform", "substitution": 0.3, "deletion": 0.3, "insertion": 0.3},
                {"name": "sequencing", "kind": "sequencing", "cleanShare": 0.5, "minRate": 0.01, "maxRate": 0.1}
              ],
              "batch": {{batch}},
              "optimizer": {"learningRate": 1e-3},
              "evaluation": {"everySteps": 10, "windows": 10},
              "checkpoints": {"everySteps": 10}
            }
            """, "test.json");

    public static byte[] Genome(int length, int seed)
    {
        var random = new Random(seed);
        return Enumerable.Range(0, length).Select(_ => "ACGT"u8[random.Next(4)]).ToArray();
    }
}
