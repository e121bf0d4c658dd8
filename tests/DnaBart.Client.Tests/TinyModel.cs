using DnaBart.Checkpoints;
using DnaBart.Correction;
using DnaBart.Fixtures;
using DnaBart.Model;
using DnaBart.Sequences;
using DnaBart.Tokenization;
using DnaBart.Torch;

namespace DnaBart.Client.Tests;

/// <summary>A model folder with a small untrained network: it changes bases as it likes, which is all that a test of the command needs.</summary>
public sealed class TinyModel : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public TinyModel()
    {
        using var reader = FastaReader.Open(SharedData.Sample("genomes/phiX174.NC_001422.1.fa.gz"));
        var tokenizer = BpeTrainer.Train([.. reader.ReadAll().Select(sequence => (ReadOnlyMemory<byte>)sequence.Bases)], 64);
        torch.manual_seed(5);
        using var bart = new Bart(BartConfig.Tiny(tokenizer.VocabularySize) with { InitStd = 0.5 });
        BartCheckpoint.Save(bart, folder.Path);
        tokenizer.Save(folder["tokenizer.json"]);
        new CorrectionSettings(WindowBases: 40, Threshold: -20, QualityWeight: 1).Save(folder.Path);
    }

    public string Path => folder.Path;

    public void Dispose() => folder.Dispose();
}
