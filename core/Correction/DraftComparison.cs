using DnaBart.Tokenization;

namespace DnaBart.Correction;

/// <summary>A stretch that two tokenized sequences of one length tell differently.</summary>
/// <param name="Start">Its first base.</param>
/// <param name="End">The base behind its last.</param>
/// <param name="ModelLogOdds">Natural log-odds, by the model, of the second sequence over the first there.</param>
public readonly record struct DifferingStretch(int Start, int End, double ModelLogOdds);

/// <summary>Finds where a draft and what became of it differ, and what the model makes of each place.</summary>
public sealed class DraftComparison(BpeTokenizer tokenizer)
{
    // A wrong base also makes the tokens right behind it look unlikely: they are weighed too.
    private const int TokensBehind = 2;

    /// <summary>The stretches from one common token boundary to the next between which the tokens differ.</summary>
    public List<DifferingStretch> Compare(VerifiedDraft verified)
    {
        var (before, after) = (new Cursor(tokenizer, verified.Draft), new Cursor(tokenizer, verified.Final));
        var stretches = new List<DifferingStretch>();
        while (!before.Ended && !after.Ended)
        {
            if (before.Offset == after.Offset && before.Token == after.Token)
            {
                before.Next();
                after.Next();
                continue;
            }
            var start = before.Offset;
            var logOdds = 0.0;
            // The side that lags behind goes on until both stand at one boundary with one token to come.
            while (!before.Ended && !after.Ended && (before.Offset != after.Offset || before.Token != after.Token))
            {
                if (before.Offset <= after.Offset)
                    logOdds -= before.Next();
                else
                    logOdds += after.Next();
            }
            var end = Math.Max(before.Offset, after.Offset);
            for (var i = 0; i < TokensBehind && !before.Ended && !after.Ended && before.Offset == after.Offset && before.Token == after.Token; i++)
                logOdds += after.Next() - before.Next();
            stretches.Add(new DifferingStretch(start, end, logOdds));
        }
        return stretches;
    }

    private struct Cursor(BpeTokenizer tokenizer, ScoredTokens scored)
    {
        private int index;

        public int Offset { get; private set; }

        public readonly bool Ended => index == scored.Tokens.Length;

        public readonly int Token => scored.Tokens[index];

        /// <summary>Goes past a token and returns its log-probability.</summary>
        public double Next()
        {
            Offset += tokenizer.BasesOf(Token).Length;
            return scored.LogProbabilities[index++];
        }
    }
}
