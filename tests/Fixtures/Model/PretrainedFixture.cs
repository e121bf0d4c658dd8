using System.Text;
using DnaBart.Checkpoints;
using DnaBart.Model;
using DnaBart.Tokenization;
using DnaBart.Torch;

namespace DnaBart.Fixtures;

/// <summary>A model folder for tests: tiny, with random weights and a tokenizer of a few merges.</summary>
internal static class PretrainedFixture
{
    public static void Write(string folder, int positions = 64)
    {
        var tokenizer = BpeTrainer.Train([Encoding.ASCII.GetBytes("ACGTTGCAATCGGCTAACCGGTTAAGCTTCGA")], 16, new BpeTrainerOptions { BothStrands = true });
        torch.manual_seed(1);
        var config = BartConfig.Tiny(tokenizer.VocabularySize) with { DModel = 32, MaxPositionEmbeddings = positions, Dropout = 0.1 };
        using var bart = new Bart(config);
        BartCheckpoint.Save(bart, folder);
        tokenizer.Save(Path.Combine(folder, BpeTokenizer.FileName));
    }
}
