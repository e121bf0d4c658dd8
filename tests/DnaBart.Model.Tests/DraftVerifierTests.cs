using DnaBart.Fixtures;
using DnaBart.Checkpoints;
using DnaBart.Correction;
using DnaBart.Tokenization;
using DnaBart.Torch;

namespace DnaBart.Model.Tests;

public class DraftVerifierTests
{
    /// <summary>An untrained network disagrees nearly everywhere: the hardest case for a draft.</summary>
    [Theory]
    [InlineData(1.0)]
    [InlineData(0.02)]
    public void Draft_verification_gives_greedy_output_and_leaves_no_live_tensor(double initStd)
    {
        var random = new Random(3);
        var genome = random.GetItems("ACGT"u8, 600);
        var tokenizer = BpeTrainer.Train([genome], 64);
        var before = TensorCount.Settled();
        torch.manual_seed(11);
        using (var bart = new Bart(BartConfig.Tiny(tokenizer.VocabularySize) with { MaxPositionEmbeddings = 48, InitStd = initStd }))
        {
            bart.eval();
            var denoiser = new BartDenoiser(bart);
            var sources = Enumerable.Range(0, 12).Select(_ => random.Next(500)).Select(start => genome[start..(start + 20 + start % 60)]).ToArray();
            var greedy = denoiser.Greedy([.. sources.Select(source => tokenizer.EncodeWithSpecialTokens(source))]);
            Assert.Equal(greedy, new DraftVerifier(denoiser, tokenizer).Greedy(sources));
        }
        Assert.Equal(before, torch.LiveTensors);
    }
}
