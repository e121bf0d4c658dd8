using DnaBart.Sequences;

namespace DnaBart.Correction;

/// <summary>Weighs what the model expects against what the sequencer saw (DESIGN, Correction 2): bases change only where the model's
/// log-odds for the change exceed what the bases' Phred qualities say against it, by more than a threshold.</summary>
/// <param name="threshold">Natural log-odds by which a change must win.</param>
/// <param name="qualityWeight">How much of the qualities' log-odds counts, from 0 to 1. The model was trained to expect errors, so
/// its odds hold a part of what the qualities say already.</param>
public sealed class NoisyChannel(double threshold, double qualityWeight)
{
    /// <summary>Whether the changes of a stretch win together.</summary>
    /// <param name="observed">The bases as read; <paramref name="proposed"/> and <paramref name="quality"/> (Phred+33) are as many.</param>
    public bool Accepts(double modelLogOdds, ReadOnlySpan<byte> observed, ReadOnlySpan<byte> proposed, ReadOnlySpan<byte> quality)
    {
        var against = 0.0;
        for (var i = 0; i < observed.Length; i++)
        {
            if ((observed[i] & ~0x20) != proposed[i])
                against -= Phred.LogOddsOfOther(quality[i]);
        }
        return modelLogOdds - (qualityWeight * against) > threshold;
    }
}
