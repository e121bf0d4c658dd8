namespace DnaBart.Spectrum;

/// <summary>What a way through the k-mers of other reads does with a read's next base.</summary>
internal enum EditStep
{
    /// <summary>It stands.</summary>
    Keep,

    /// <summary>Another base takes its place.</summary>
    Replace,

    /// <summary>A base is put before it.</summary>
    Insert,

    /// <summary>It goes.</summary>
    Remove,
}

/// <summary>Bases that a read has too many or too few in one place.</summary>
/// <param name="Position">In the read, from 0.</param>
/// <param name="Removed">Bases that go, from the position on.</param>
/// <param name="Inserted">Bases to put there, upper case.</param>
internal readonly record struct Gap(int Position, int Removed, string Inserted)
{
    public int Bases => Removed + Inserted.Length;

    public byte[] Apply(byte[] letters, byte[] inserted) => [.. letters[..Position], .. inserted, .. letters[(Position + Removed)..]];
}

/// <summary>A way from where the support of a read ends to where it begins again, to the end of the read, or to an error that no k-mer leads past.</summary>
/// <param name="Start">The position in the read of the first step, from 0.</param>
/// <param name="Steps">In the read's order, each with the code of the base that stands there then, -1 of one that goes.</param>
/// <param name="LogPrior">How rare its errors are, in nats.</param>
internal sealed record EditPath(int Start, (EditStep Step, int Code)[] Steps, double LogPrior)
{
    /// <summary>The bases that stand there then, and how many of the read they are in place of.</summary>
    public (string Bases, int Replaced) Result =>
        (string.Concat(Steps.Where(one => one.Step != EditStep.Remove).Select(one => Letter(one.Code))), Steps.Count(one => one.Step != EditStep.Insert));

    /// <summary>Its insertions and deletions, by ascending position.</summary>
    public List<Gap> Gaps()
    {
        var gaps = new List<Gap>();
        var (position, last) = (Start, EditStep.Keep);
        foreach (var (step, code) in Steps)
        {
            var goesOn = step == last;
            if (step == EditStep.Insert)
                Put(goesOn, gap => gap with { Inserted = gap.Inserted + Letter(code) });
            else if (step == EditStep.Remove)
                Put(goesOn, gap => gap with { Removed = gap.Removed + 1 });
            position += step == EditStep.Insert ? 0 : 1;
            last = step;
        }
        return gaps;

        void Put(bool goesOn, Func<Gap, Gap> widen)
        {
            if (goesOn)
                gaps[^1] = widen(gaps[^1]);
            else
                gaps.Add(widen(new Gap(position, 0, "")));
        }
    }

    private static char Letter(int code) => "ACGT"[code];
}
