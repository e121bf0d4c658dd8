namespace DnaBart.Sequences;

/// <summary>Reads sequencing reads from FASTA. They have no qualities: every base gets the same one, by which one base in a thousand is wrong, as of many
/// sequencers; what the errors of a data set show counts for more.</summary>
public sealed class FastaReadReader : ReadReader
{
    /// <summary>Phred 30.</summary>
    private const byte Quality = 33 + 30;

    private readonly InputBlock block;
    private readonly FastaReader reader;
    private readonly IEnumerator<FastaSequence> sequences;

    internal FastaReadReader(InputBlock block)
    {
        (this.block, reader) = (block, new FastaReader(block));
        sequences = reader.ReadAll().GetEnumerator();
    }

    public override string Path => block.Path;

    public override ReadFormat Format => ReadFormat.Fasta;

    public override double? Fraction => block.Fraction;

    public override long NextLine => reader.NextLine;

    /// <inheritdoc/>
    public override Read? Next()
    {
        if (!sequences.MoveNext())
            return null;
        Count++;
        var (name, bases) = sequences.Current;
        var quality = new byte[bases.Length];
        Array.Fill(quality, Quality);
        return new Read(name, bases, quality);
    }

    public override void Dispose()
    {
        sequences.Dispose();
        reader.Dispose();
    }
}
