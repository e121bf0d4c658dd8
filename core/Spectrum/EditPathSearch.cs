namespace DnaBart.Spectrum;

/// <summary>A stretch of a read that ways are looked for through.</summary>
/// <param name="Codes">Of the read's bases, -1 for N.</param>
/// <param name="Quality">Of the read's bases, Phred+33.</param>
/// <param name="Start">The first base that few or no others support; a k-mer with support ends before it.</param>
/// <param name="End">Behind the last base to be reached.</param>
/// <param name="LeastAtStart">Other reads that have another base at the start, at least.</param>
/// <param name="Least">Other reads that have a k-mer of a way, at least.</param>
/// <param name="Own">How often each k-mer is in the table because of this read.</param>
internal sealed record Stretch(sbyte[] Codes, byte[] Quality, int Start, int End, int LeastAtStart, int Least, IReadOnlyDictionary<ulong, int> Own);

/// <summary>Follows the k-mers of other reads from where a read's support ends: as long as they have the read's next base it stands, else another one
/// may be in its place, some may be missing before it, or it may be one too many. Errors within a k-mer of each other are so found together, the
/// likeliest ways first (A*, Hart et al. 1968). That support ends behind the last of several bases any of which may be the one too many or missing
/// loses no way: the bases that come out are the same. An instance belongs to one thread.</summary>
/// <param name="logRate">Natural logarithm of the chance that bases are missing, or too many, before a base.</param>
internal sealed class EditPathSearch(KmerTable table, QualityCalibration qualities, double logRate)
{
    // Bases that are missing or too many in one place: what reverse transcription and PCR skip or add are mostly fewer.
    private const int LongestGap = 8;

    // Each further base makes a gap rarer.
    private static readonly double LogOfFurtherBase = Math.Log(0.5);

    // Ways so much rarer than the likeliest, in nats, are no rivals of it.
    private const double Rare = 8;

    // More places are those of a repeat, or of a read of something else.
    private const int MostPlaces = 400;

    // Nodes to go on from by their index; ~index stands for the node's gap, to be made longer.
    private readonly PriorityQueue<int, double> open = new();
    private readonly List<Node> nodes = [];
    private readonly List<int> partial = [];

    /// <param name="Next">The read's next base.</param>
    /// <param name="Gap">Bases of the gap that the last step makes, 0 if it makes none.</param>
    /// <param name="Kept">Bases kept since the last error.</param>
    private readonly record struct Node(int Parent, EditStep Step, int Code, int Next, Kmer Kmer, int Gap, int Kept, double LogPrior);

    /// <summary>The ways with errors, the likeliest first: those to the end of the stretch, or, where there are none, those that go on for half a k-mer after
    /// an error.</summary>
    /// <param name="rarest">Ways of a lower logarithm of their chance are of no interest.</param>
    public List<EditPath> Find(Stretch stretch, double rarest)
    {
        nodes.Clear();
        open.Clear();
        partial.Clear();
        var whole = new List<EditPath>();
        var kmer = default(Kmer);
        foreach (var code in stretch.Codes.AsSpan((stretch.Start - table.K)..stretch.Start))
            kmer = kmer.Append(code, table.K);
        nodes.Add(new Node(-1, EditStep.Keep, -1, stretch.Start, kmer, 0, 0, 0));
        Branch(0, stretch, stretch.LeastAtStart);
        // The few others that have the base, if there are any: the error may be there, or behind it.
        if (stretch.Codes[stretch.Start] is >= 0 and var stands && kmer.Append(stands, table.K) is var kept && IsSupported(kept, stretch, 1))
            Open(new Node(0, EditStep.Keep, stands, stretch.Start + 1, kept, 0, 0, 0), stretch);
        for (var places = 0; places < MostPlaces && open.TryDequeue(out var index, out var cost) && -cost >= rarest; places++)
        {
            if (index < 0)
                Widen(~index, stretch);
            else if (nodes[index].Next < stretch.End)
                Branch(index, stretch, stretch.Least);
            else if (nodes[index].LogPrior < 0)
            {
                whole.Add(PathTo(index, stretch));
                rarest = Math.Max(rarest, nodes[index].LogPrior - Rare);
            }
        }
        return whole.Count > 0 ? whole : partial.ConvertAll(index => PathTo(index, stretch));
    }

    private void Open(Node node, Stretch stretch)
    {
        nodes.Add(node);
        // It may go on though the read's next base would do, too.
        if (node.Gap is > 0 and < LongestGap && node.Next < stretch.End)
            open.Enqueue(~(nodes.Count - 1), -(node.LogPrior + LogOfFurtherBase));
        Follow(node, stretch, node.LogPrior < 0 ? stretch.Least : 1);
    }

    /// <summary>Keeps bases as long as others have them; a way that has not arrived then has one more error at least.</summary>
    private void Follow(Node node, Stretch stretch, int least)
    {
        while (node.Next < stretch.End && stretch.Codes[node.Next] is >= 0 and var code
            && node.Kmer.Append(code, table.K) is var kmer && IsSupported(kmer, stretch, least))
        {
            node = new Node(nodes.Count - 1, EditStep.Keep, code, node.Next + 1, kmer, 0, node.Kept + 1, node.LogPrior);
            nodes.Add(node);
        }
        var ofNext = 0.0;
        if (node.Next < stretch.End)
        {
            ofNext = Math.Max(node.Gap > 0 ? double.NegativeInfinity : logRate, qualities.LogOddsOfOther(stretch.Quality[node.Next]));
            if (node.LogPrior < 0 && node.Kept >= table.K / 2)
                partial.Add(nodes.Count - 1);
        }
        open.Enqueue(nodes.Count - 1, -(node.LogPrior + ofNext));
    }

    private void Branch(int index, Stretch stretch, int least)
    {
        var node = nodes[index];
        var stands = stretch.Codes[node.Next];
        if (stands < 0)
            return;
        for (var code = 0; code < 4; code++)
        {
            if (code == stands || (node.Kmer.Append(code, table.K) is var kmer && !IsSupported(kmer, stretch, least)))
                continue;
            Open(new Node(index, EditStep.Replace, code, node.Next + 1, kmer, 0, 0, node.LogPrior + qualities.LogOddsOfOther(stretch.Quality[node.Next])), stretch);
            // Bases missing and others too many in one place are other bases there.
            if (node.Gap == 0)
                Open(new Node(index, EditStep.Insert, code, node.Next, kmer, 1, 0, node.LogPrior + logRate), stretch);
        }
        if (node.Gap == 0)
            Open(new Node(index, EditStep.Remove, -1, node.Next + 1, node.Kmer, 1, 0, node.LogPrior + logRate), stretch);
    }

    private void Widen(int index, Stretch stretch)
    {
        var node = nodes[index];
        var wider = node with { Parent = index, Gap = node.Gap + 1, LogPrior = node.LogPrior + LogOfFurtherBase };
        if (node.Step == EditStep.Remove)
        {
            if (stretch.Codes[node.Next] >= 0)
                Open(wider with { Next = node.Next + 1 }, stretch);
            return;
        }
        for (var code = 0; code < 4; code++)
        {
            if (node.Kmer.Append(code, table.K) is var kmer && IsSupported(kmer, stretch, stretch.Least))
                Open(wider with { Code = code, Kmer = kmer }, stretch);
        }
    }

    private bool IsSupported(Kmer kmer, Stretch stretch, int least) =>
        table.Find(kmer.Canonical).Count is var count && count >= least && count - stretch.Own.GetValueOrDefault(kmer.Canonical) >= least;

    private EditPath PathTo(int index, Stretch stretch)
    {
        var steps = new List<(EditStep, int)>();
        for (var i = index; nodes[i].Parent >= 0; i = nodes[i].Parent)
            steps.Add((nodes[i].Step, nodes[i].Code));
        steps.Reverse();
        return new EditPath(stretch.Start, [.. steps], nodes[index].LogPrior);
    }
}
