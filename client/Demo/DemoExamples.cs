using DnaBart.Correction;

namespace DnaBart.Client.Demo;

/// <summary>What became of a base that an example shows.</summary>
internal enum Outcome { PutRight, MadeWrong, Left }

/// <summary>A place in a read that was wrong before or after correction.</summary>
/// <param name="Place">In the true bases of the aligned part, read direction.</param>
/// <param name="ModelLogOdds">The model's log-odds for the change; null where it made none.</param>
internal sealed record DemoExample(ReadComparison Read, int Place, Outcome Outcome, double? ModelLogOdds)
{
    public int Position => Read.Positions[Place];

    public int Quality => Read.Corrected.Read.Quality[Position] - '!';
}

/// <summary>Chooses a few places to show from all reads, by rule and not by looks: of each outcome the first ones that lie in the middle of a
/// read, no two of one read.</summary>
internal sealed class DemoExamples
{
    // Shown on either side of the place.
    public const int Context = 18;

    private static readonly Dictionary<Outcome, int> Wanted = new() { [Outcome.PutRight] = 5, [Outcome.MadeWrong] = 2, [Outcome.Left] = 2 };

    private readonly List<DemoExample> chosen = [];

    public IReadOnlyList<DemoExample> Chosen => [.. chosen.OrderBy(example => example.Outcome)];

    public void Add(ReadComparison read)
    {
        for (var place = Context; place < read.Truth.Bases.Length - Context; place++)
        {
            // At the place itself a letter must stand for a letter: of bases lacking or too many there is no more to say than that.
            if (read.Before[place] == 0 || read.After[place] == 0 || !(read.WasWrong(place) || read.IsWrong(place)))
                continue;
            var outcome = !read.IsWrong(place) ? Outcome.PutRight : read.WasWrong(place) ? Outcome.Left : Outcome.MadeWrong;
            if (chosen.Count(example => example.Outcome == outcome) == Wanted[outcome])
                continue;
            var position = read.Positions[place];
            var change = read.Corrected.Changes.Where(change => change.Position == position).Select(change => (double?)change.LogOdds).FirstOrDefault();
            chosen.Add(new DemoExample(read, place, outcome, change));
            return;
        }
    }
}
