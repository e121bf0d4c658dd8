using DnaBart.Checkpoints;
using DnaBart.Correction;
using DnaBart.IO;
using DnaBart.Tokenization;
using DnaBart.Torch;

namespace DnaBart.Model;

/// <summary>A network that corrects reads, with its tokenizer: <c>config.json</c>, <c>model.safetensors</c> and <c>tokenizer.json</c> of a folder.</summary>
internal sealed class CorrectionNetwork : IDisposable
{
    private readonly Bart bart;
    private readonly BpeTokenizer tokenizer;

    private CorrectionNetwork(Bart bart, BpeTokenizer tokenizer) => (this.bart, this.tokenizer) = (bart, tokenizer);

    /// <summary>Loads the folder.</summary>
    /// <exception cref="InputException">A file is missing, broken, or not as the folder's manifest has it, or they do not belong together.</exception>
    public static CorrectionNetwork Load(string folder, Device device)
    {
        CheckpointManifest.Verify(folder);
        var tokenizer = BartCheckpoint.LoadTokenizer(folder);
        return new CorrectionNetwork(BartCheckpoint.Load(folder, device), tokenizer);
    }

    /// <inheritdoc cref="ReadProposer(IDenoiser, BpeTokenizer, int, int)"/>
    public ReadProposer NewProposer(int windowBases, int batchTokens) => new(new BartDenoiser(bart), tokenizer, windowBases, batchTokens);

    public void Dispose() => bart.Dispose();
}
