using DnaBart.Correction;
using DnaBart.IO;
using DnaBart.Sequences;
using DnaBart.Serving;
using DnaBart.Spectrum;
using DnaBart.Torch;

namespace DnaBart.Model;

/// <summary>A model folder ready to correct reads: <c>config.json</c>, <c>model.safetensors</c>, <c>tokenizer.json</c>,
/// <c>correction.json</c>, and <c>mistakes.tsv</c> if it was proofread. A subfolder <c>complement</c> may hold a second network, which knows the
/// other strand: two small ones, one a strand, learn a genome at the same time.</summary>
public sealed class CorrectionModel : IDisposable
{
    private const string ComplementFolder = "complement";

    // On a CPU a batch should stay in the caches; a GPU wants all it can hold, and a large vocabulary's logits bound that.
    private const int CpuBatchTokens = 1024, GpuBatchTokens = 1 << 14;
    private const int CpuChunkReads = SequenceChunks.ChunkItems, GpuChunkReads = 2048;

    // Between passes the host prepares and compares some thousand reads a second and thread: too few for a GPU, which computes for one worker while others do that.
    private const int GpuWorkers = 8;

    private readonly CorrectionNetwork[] networks;
    private readonly KnownMistakes mistakes;

    private CorrectionModel(CorrectionNetwork[] networks, KnownMistakes mistakes, Device device, CorrectionSettings settings) =>
        (this.networks, this.mistakes, Device, OnCpu, Settings) = (networks, mistakes, $"{device}", device.Type == DeviceType.CPU, settings);

    public CorrectionSettings Settings { get; }

    /// <summary>What it runs on, such as <c>cpu</c> or <c>cuda:0</c>.</summary>
    public string Device { get; }

    private bool OnCpu { get; }

    /// <summary>Loads the folder.</summary>
    /// <param name="device">As <see cref="Engine.Choose"/> takes it.</param>
    /// <param name="threshold">Replaces the folder's own.</param>
    /// <exception cref="InputException">A file is missing or broken, or they do not belong together.</exception>
    public static CorrectionModel Load(string folder, string? device, double? threshold = null)
    {
        var chosen = Engine.Choose(device);
        var networks = new List<CorrectionNetwork> { CorrectionNetwork.Load(folder, chosen) };
        try
        {
            var complement = Path.Combine(folder, ComplementFolder);
            if (Directory.Exists(complement))
                networks.Add(CorrectionNetwork.Load(complement, chosen));
            var settings = CorrectionSettings.Load(folder);
            return new CorrectionModel([.. networks], KnownMistakes.Load(folder), chosen, settings with { Threshold = threshold ?? settings.Threshold });
        }
        catch
        {
            networks.ForEach(network => network.Dispose());
            throw;
        }
    }

    /// <summary>Corrects reads and hands them on in their order (<see cref="CorrectionPipeline"/>).</summary>
    /// <param name="threads">CPU threads: each corrects batches of its own, so that results are the same for any number. A GPU
    /// gets batches from some of them in turn.</param>
    /// <param name="spectrum">What these reads say about each other; null for the model alone.</param>
    /// <param name="divergence">From <see cref="EstimateDivergence"/>, or told by the user.</param>
    /// <param name="indels">As <see cref="KmerSpectrum.CreateCorrector"/> takes it.</param>
    public CorrectionSummary Correct(
        IEnumerable<Read> reads, Action<CorrectedRead> consume, int threads, CancellationToken cancellation, KmerSpectrum? spectrum = null,
        Divergence? divergence = null, bool indels = false) =>
        Correction(threads).Correct(reads, consume, spectrum, divergence ?? Divergence.Usual, indels, cancellation);

    /// <inheritdoc cref="ModelCorrection.EstimateDivergence"/>
    public Divergence EstimateDivergence(KmerSpectrum spectrum, CancellationToken cancellation) => Correction(threads: 1).EstimateDivergence(spectrum, cancellation);

    /// <summary>What finds the best settings for this model; its own stay as they are.</summary>
    /// <param name="threads">As for <see cref="Correct"/>.</param>
    public CorrectionCalibration NewCalibration(int threads) => new(NewProposer, mistakes, Workers(threads), ChunkReads);

    /// <summary>What finds the mistakes that this model makes, known ones too.</summary>
    /// <param name="threads">As for <see cref="Correct"/>.</param>
    public Proofreading NewProofreading(int threads) => new(NewProposer, Settings.WindowBases, Workers(threads), ChunkReads);

    /// <summary>Makes a corrector for one thread, to be called on that thread: on a CPU its operators use no other.</summary>
    public IReadCorrector NewCorrector() => Correction(threads: 1).NewCorrector(null, Divergence.Usual);

    public void Dispose() => Array.ForEach(networks, network => network.Dispose());

    private int ChunkReads => OnCpu ? CpuChunkReads : GpuChunkReads;

    private int Workers(int threads) => OnCpu ? threads : Math.Min(threads, GpuWorkers);

    private ModelCorrection Correction(int threads) => new(NewProposer, mistakes, Settings, Workers(threads), ChunkReads);

    private IReadProposer NewProposer()
    {
        if (OnCpu)
            torch.set_num_threads(1);
        var batchTokens = OnCpu ? CpuBatchTokens : GpuBatchTokens;
        var proposers = Array.ConvertAll(networks, network => network.NewProposer(Settings.WindowBases, batchTokens));
        return proposers is [var forward, var complement] ? new ComplementaryProposer(forward, complement) : proposers[0];
    }
}
