using DnaBart.Correction;

namespace DnaBart.Spectrum;

/// <summary>The k-mer spectrum of a data set as evidence about one read.</summary>
internal sealed class SpectrumEvidence(KmerTable table, EvidenceWeights weights) : IReadEvidence
{
    private readonly ReadSpectrum spectrum = new(table);
    private bool[] trusted = [];

    /// <summary>Whether no base needs a second look.</summary>
    public bool AllTrusted { get; private set; }

    public void Load(ReadOnlySpan<byte> bases, ReadOnlySpan<byte> quality)
    {
        spectrum.Load(bases, quality);
        if (trusted.Length < bases.Length)
            trusted = new bool[Math.Max(bases.Length, 2 * trusted.Length)];
        Trust();
    }

    public bool IsTrusted(int position) => trusted[position];

    /// <summary>Whether another read has the base as it stands, with all around it that makes a k-mer.</summary>
    public bool IsConfirmed(int position) => spectrum.Observed(position).Count > 0;

    /// <summary>Whether the spectrum can tell anything about a position.</summary>
    public bool Knows(int position) => spectrum.HasWindows && spectrum.Code(position) >= 0;

    /// <summary>Whether <see cref="LogRatio"/> is worth its cost: other reads may have that base there.</summary>
    public bool IsCandidate(int position, int code) => code != spectrum.Code(position) && spectrum.MayHaveAlternative(position, code);

    public double LogRatio(int position, int code) => !Knows(position) || code == spectrum.Code(position)
        ? 0
        : weights.OfCandidate(spectrum.Alternative(position, code)) - weights.OfObserved(spectrum.Observed(position));

    public void Replace(int position, int code)
    {
        spectrum.Replace(position, code);
        Trust();
    }

    private void Trust()
    {
        var flags = trusted.AsSpan(0, spectrum.Length);
        flags.Fill(spectrum.HasWindows);
        for (var window = 0; window < spectrum.Windows; window++)
        {
            if (spectrum.Others(window) < weights.Trusted)
                flags.Slice(window, table.K).Clear();
        }
        AllTrusted = !flags.Contains(false);
    }
}
