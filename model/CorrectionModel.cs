using DnaBart.Correction;
using DnaBart.IO;
using DnaBart.Sequences;
using DnaBart.Spectrum;
using DnaBart.Tokenization;
using DnaBart.Torch;

namespace DnaBart.Model;

/// <summary>A model folder ready to correct reads: <c>config.json</c>, <c>model.safetensors</c>, <c>tokenizer.json</c>,
/// <c>correction.json</c>.</summary>
public sealed class CorrectionModel : IDisposable
{
    // On a CPU a batch should stay in the caches; a GPU wants all it can hold, and a large vocabulary's logits bound that.
    private const int CpuBatchBases = 4096, GpuBatchBases = 1 << 17;
    private const int CpuChunkReads = 256, GpuChunkReads = 8192;

    private readonly Bart bart;
    private readonly BpeTokenizer tokenizer;

    private CorrectionModel(Bart bart, BpeTokenizer tokenizer, CorrectionSettings settings) =>
        (this.bart, this.tokenizer, Settings) = (bart, tokenizer, settings);

    public CorrectionSettings Settings { get; }

    /// <summary>What it runs on, such as <c>cpu</c> or <c>cuda:0</c>.</summary>
    public string Device => $"{bart.Device}";

    private bool OnCpu => bart.Device.Type == DeviceType.CPU;

    /// <summary>Loads the folder.</summary>
    /// <param name="device">As <see cref="Engine.Choose"/> takes it.</param>
    /// <param name="threshold">Replaces the folder's own.</param>
    /// <exception cref="InputException">A file is missing or broken, or they do not belong together.</exception>
    public static CorrectionModel Load(string folder, string? device, double? threshold = null)
    {
        var bart = BartCheckpoint.Load(folder, Engine.Choose(device));
        try
        {
            var tokenizer = BpeTokenizer.Load(folder);
            if (tokenizer.VocabularySize > bart.Config.VocabSize)
            {
                throw new InputException($"{folder}: tokenizer.json has {tokenizer.VocabularySize} tokens and the model only "
                    + $"{bart.Config.VocabSize}; they do not belong together");
            }
            var settings = CorrectionSettings.Load(folder);
            return new CorrectionModel(bart, tokenizer, settings with { Threshold = threshold ?? settings.Threshold });
        }
        catch
        {
            bart.Dispose();
            throw;
        }
    }

    /// <summary>Corrects reads and hands them on in their order (<see cref="CorrectionPipeline"/>).</summary>
    /// <param name="threads">CPU threads: each corrects batches of its own, so that results are the same for any number. On a GPU
    /// one thread drives the device.</param>
    /// <param name="spectrum">What these reads say about each other; null for the model alone.</param>
    /// <param name="divergence">From <see cref="EstimateDivergence"/>, or told by the user.</param>
    /// <param name="indels">As <see cref="KmerSpectrum.CreateCorrector"/> takes it.</param>
    public CorrectionSummary Correct(
        IEnumerable<Read> reads, Action<CorrectedRead> consume, int threads, CancellationToken cancellation, KmerSpectrum? spectrum = null,
        double divergence = CorrectionSettings.DefaultDivergence, bool indels = false) =>
        Correction(threads).Correct(reads, consume, spectrum, divergence, indels, cancellation);

    /// <inheritdoc cref="ModelCorrection.EstimateDivergence"/>
    public double EstimateDivergence(KmerSpectrum spectrum, CancellationToken cancellation) => Correction(threads: 1).EstimateDivergence(spectrum, cancellation);

    /// <summary>What finds the best settings for this model; its own stay as they are.</summary>
    /// <param name="threads">As for <see cref="Correct"/>.</param>
    public CorrectionCalibration NewCalibration(int threads) => new(NewProposer, Workers(threads), ChunkReads);

    /// <summary>Makes a corrector for one thread, to be called on that thread: on a CPU its operators use no other.</summary>
    public IReadCorrector NewCorrector() => Correction(threads: 1).NewCorrector(null, CorrectionSettings.DefaultDivergence);

    public void Dispose() => bart.Dispose();

    private int ChunkReads => OnCpu ? CpuChunkReads : GpuChunkReads;

    private int Workers(int threads) => OnCpu ? threads : 1;

    private ModelCorrection Correction(int threads) => new(NewProposer, Settings, Workers(threads), ChunkReads);

    private ReadProposer NewProposer()
    {
        if (OnCpu)
            torch.set_num_threads(1);
        return new ReadProposer(new BartDenoiser(bart), tokenizer, Settings.WindowBases, OnCpu ? CpuBatchBases : GpuBatchBases);
    }
}
