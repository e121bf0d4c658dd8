using System.Numerics;

namespace DnaBart.Spectrum;

/// <summary>The reads of a data set by how many others lie over them: where coverage is uneven (transcripts, metagenomes, amplicons, organelles, repeats), the
/// same support is much for one read and little for another. A class spans three octaves of counts, the middle one that of the median read, so that nearly all
/// reads of an even data set are in one.</summary>
internal sealed class DepthClasses
{
    /// <summary>Octaves of counts: 0, 1, 2 and 3, 4 to 7, and so on.</summary>
    public const int Octaves = KmerTable.CountBits + 1;

    /// <summary>One class of all reads, before anything was learned.</summary>
    public static readonly DepthClasses One = new(new int[Octaves], [0]);

    private const int OctavesOfClass = 3;

    // Up to 7 others. Of reads over a place one must be right for another to be known as wrong: where there are two or three, hardly any wrong ones are known, and
    // what is learned must come from places with a few more.
    private const int ShallowOctave = 3;

    // Reads of the sample that a class has at least, or it is one with the next.
    private const int LeastReads = 300;

    private readonly int[] classes;
    private readonly int[] usual;

    private DepthClasses(int[] classes, int[] usual) => (this.classes, this.usual) = (classes, usual);

    public int Count => usual.Length;

    /// <summary>The octave of a count of other reads; 0 also of the negative count of a k-mer that was not counted itself.</summary>
    public static int OctaveOf(int count) => BitOperations.Log2((2 * (uint)Math.Max(0, count)) | 1);

    /// <summary>The class of the reads or bases over which so many others lie.</summary>
    public int OfOctave(int octave) => classes[octave];

    /// <summary>The median number of other reads that have a k-mer of a read of the class.</summary>
    public int UsualCount(int depthClass) => usual[depthClass];

    /// <param name="reads">Of a sample, by <see cref="OctaveOf"/>.</param>
    /// <param name="counts">Of their k-mers, by the read's octave and by how many other reads have them.</param>
    public static DepthClasses Of(long[] reads, long[][] counts)
    {
        var classes = ClassesOf(reads);
        return new DepthClasses(
            classes, [.. counts.Zip(classes).GroupBy(one => one.Second, one => one.First).Select(rows => SampleTally.Median(SampleTally.SumRows([.. rows])))]);
    }

    private static int[] ClassesOf(long[] reads)
    {
        var middle = SampleTally.Median(reads);
        var classes = new int[Octaves];
        var (current, held) = (0, 0L);
        for (var octave = 0; octave < Octaves; octave++)
        {
            var begins = octave > ShallowOctave && (octave - middle + 1) % OctavesOfClass == 0;
            if (begins && held >= LeastReads && reads[octave..].Sum() >= LeastReads)
                (current, held) = (current + 1, 0);
            classes[octave] = current;
            held += reads[octave];
        }
        return classes;
    }
}
