using DnaBart.Checkpoints;
using DnaBart.Correction;
using DnaBart.IO;
using DnaBart.Tokenization;

namespace DnaBart.Model;

/// <summary>A model folder's greedy output, token for token what Hugging Face's <c>generate(num_beams=1)</c> gives: with the sequence itself
/// as the draft (<see cref="DraftVerifier"/>), or plainly, token by token.</summary>
public sealed class TokenGenerator : IDisposable
{
    private readonly Bart bart;
    private readonly BpeTokenizer tokenizer;
    private readonly BartDenoiser denoiser;
    private readonly DraftVerifier verifier;

    /// <summary>Loads the folder.</summary>
    /// <param name="device">As <see cref="Engine.Choose"/> takes it.</param>
    /// <exception cref="InputException">A file is missing, broken, or not as the folder's manifest has it.</exception>
    public TokenGenerator(string folder, string? device)
    {
        CheckpointManifest.Verify(folder);
        tokenizer = BartCheckpoint.LoadTokenizer(folder);
        bart = BartCheckpoint.Load(folder, Engine.Choose(device));
        denoiser = new BartDenoiser(bart);
        verifier = new DraftVerifier(denoiser, tokenizer);
    }

    /// <summary>Passes over drafts so far, counted a sequence.</summary>
    public long Passes => verifier.Passes;

    /// <summary>The output of a batch: for each sequence its target tokens, begin and end token included.</summary>
    /// <exception cref="InputException">A sequence has more tokens than the model has positions.</exception>
    public int[][] Generate(IReadOnlyList<byte[]> sequences, bool plain)
    {
        var sources = sequences.Select(bases => tokenizer.EncodeWithSpecialTokens(bases)).ToArray();
        if (Array.FindIndex(sources, source => source.Length > denoiser.MaxTokens) is var tooLong and >= 0)
            throw new InputException($"a sequence of {sources[tooLong].Length} tokens; the model takes {denoiser.MaxTokens} at most, special tokens included");
        return plain ? denoiser.Greedy(sources) : verifier.Greedy(sequences);
    }

    public void Dispose() => bart.Dispose();
}
