using System.Text.Json;
using System.Text.Json.Serialization;
using DnaBart.Sweeps;

namespace DnaBart.Client.Sweeps;

/// <summary>What the process of a trial tells the sweep's: a line of JSON each on its standard output.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "message")]
[JsonDerivedType(typeof(TrialProgress), "progress")]
[JsonDerivedType(typeof(TrialEvaluates), "evaluates")]
[JsonDerivedType(typeof(TrialBlocked), "blocked")]
[JsonDerivedType(typeof(TrialEnded), "ended")]
internal abstract record TrialMessage
{
    public string ToLine() => JsonSerializer.Serialize(this, SweepJournal.Json);

    /// <summary>The message of a line; null if the line is none.</summary>
    public static TrialMessage? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<TrialMessage>(line, SweepJournal.Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>It gets on.</summary>
internal sealed record TrialProgress(int Epoch, int Epochs, double EpochShare, double Loss, double SecondsLeft) : TrialMessage;

/// <summary>It gets on with an evaluation, which shows nowhere else.</summary>
internal sealed record TrialEvaluates : TrialMessage;

/// <summary>It cannot be run as things are, nor can others of the sweep.</summary>
/// <param name="Reason">One line for the user.</param>
internal sealed record TrialBlocked(string Reason) : TrialMessage;

/// <summary>It has come to the end of its rung; its result, if it has one, is on the disk.</summary>
internal sealed record TrialEnded(TrialOutcome Outcome) : TrialMessage;
