using DnaBart.Sequences;
using DnaBart.Simulation;
using static DnaBart.Core.Tests.Spectrum.SpectrumReads;

namespace DnaBart.Core.Tests.Spectrum;

/// <summary>Reads that go on as no other read does: with the other half of a chimera, or a tail of G as of sequencers of two colours.</summary>
public class JunctionTests
{
    private const int Every = 10;

    private static readonly Lazy<List<SimulatedRead>> Reads = new(() => Simulate(new GenomeSequence("random", RandomBases(50_000, 0.4)), "miseq", 30, seed: 5));

    /// <summary>In a tenth of 6,000 reads, of poor quality there; 806 were made wrong when nothing was learned beside such places.</summary>
    [Fact]
    public void Most_bases_before_a_tail_of_G_stay() => Assert.InRange(MadeWrong((read, _) => WithTail(read, 205, [.. Enumerable.Repeat((byte)'G', 45)])), 0, 400);

    [Fact]
    public void Bases_beside_the_place_where_a_chimera_is_joined_stay() =>
        Assert.InRange(MadeWrong((read, i) => WithTail(read, 60 + (i % 130), Reads.Value[^(i + 1)].Truth.Bases)), 0, 1);

    private static int MadeWrong(Func<SimulatedRead, int, SimulatedRead> join) =>
        Correct([.. Reads.Value.Select((read, i) => i % Every == 0 ? join(read, i) : read)]).MadeWrong;

    /// <summary>The read's own errors stay in its first part; the tail has none.</summary>
    private static SimulatedRead WithTail(SimulatedRead read, int from, byte[] tail)
    {
        byte[] Joined(byte[] bases, byte[] behind) => [.. bases[..from], .. behind[..(bases.Length - from)]];
        return read with
        {
            Read = read.Read with { Bases = Joined(read.Read.Bases, tail), Quality = Joined(read.Read.Quality, [.. Enumerable.Repeat((byte)'F', read.Read.Quality.Length)]) },
            Truth = read.Truth with { Bases = Joined(read.Truth.Bases, tail) },
        };
    }
}
