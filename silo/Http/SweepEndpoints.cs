using System.Runtime.CompilerServices;
using System.Text.Json;
using DnaBart.IO;
using DnaBart.Sweeps;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DnaBart.Silo.Http;

/// <summary><c>/v1/sweeps</c>: where finetuning sweeps stand, as they are and as they change; administrators start and cancel them.</summary>
internal static class SweepEndpoints
{
    private const int Leaders = 10;

    /// <summary>A trial that has a score.</summary>
    private sealed record Leader(string Trial, double Score, string Status);

    /// <summary>A sweep in short.</summary>
    /// <param name="Leaders">The best trials first.</param>
    private sealed record Summary(string Name, bool IsOver, int Running, int Waiting, int Completed, int Failed, IReadOnlyList<Leader> Leaders);

    private sealed record Trial(
        string Name, string Status, string? Slot, int Attempts, double? Score, IReadOnlyDictionary<string, double>? Metrics, double? Seconds, string? Problem);

    private sealed record Detail(string Name, bool IsOver, IReadOnlyList<Trial> Trials);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/sweeps", async (ISweepServer server, CancellationToken cancellation) =>
                (await server.ListAsync(cancellation)).Select(Summarize))
            .WithName("sweeps")
            .WithSummary("The sweeps, in short");
        routes.MapGet("/v1/sweeps/{name}", async (string name, ISweepServer server, CancellationToken cancellation) =>
                await server.FindAsync(name, cancellation) is { } state ? Results.Ok(Describe(state)) : Unknown(name))
            .WithName("sweep")
            .WithSummary("A sweep's trials")
            .Refuses(404);
        routes.MapGet("/v1/sweeps/{name}/events", async (string name, ISweepServer server, CancellationToken cancellation) =>
                await server.FindAsync(name, cancellation) is null ? Unknown(name) : TypedResults.ServerSentEvents(EventsAsync(server, name, cancellation)))
            .WithName("sweep-events")
            .WithSummary("A sweep's trials whenever something has changed, as server-sent events, until the sweep is over")
            .Refuses(404);
    }

    /// <summary>What administrators may.</summary>
    /// <param name="routes">Those of the administration's port, behind its token.</param>
    public static void MapAdministration(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/sweeps", StartAsync);
        routes.MapDelete("/v1/sweeps/{name}", async (string name, ISweepServer server, CancellationToken cancellation) =>
            await server.CancelAsync(name, cancellation) ? Results.Accepted() : Unknown(name));
    }

    /// <summary>The body is a plan as `dnabart sweep plan` writes it into a journal.</summary>
    private static async Task<IResult> StartAsync(HttpRequest request, ISweepServer server, CancellationToken cancellation)
    {
        try
        {
            var plan = await JsonSerializer.DeserializeAsync<SweepPlan>(request.Body, SweepJournal.Json, cancellation);
            if (plan is not { Name: not null, Policy: not null } || plan.Tasks.IsDefault || plan.Settings.IsDefault || plan.Seeds.IsDefault)
                throw new InputException("a plan with Name, Tasks, Settings, Seeds and Policy expected");
            return Results.Created($"/v1/sweeps/{Uri.EscapeDataString(plan.Name)}", Describe(await server.StartAsync(plan, cancellation)));
        }
        catch (Exception e) when (e is InputException or JsonException)
        {
            return Results.Problem(e.Message, statusCode: StatusCodes.Status400BadRequest);
        }
    }

    private static IResult Unknown(string name) =>
        Results.Problem($"no sweep '{name}'; GET /v1/sweeps lists them", statusCode: StatusCodes.Status404NotFound);

    private static async IAsyncEnumerable<Detail> EventsAsync(ISweepServer server, string name, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var state in server.WatchAsync(name, cancellation))
            yield return Describe(state);
    }

    private static Summary Summarize(SweepState state)
    {
        int Count(params TrialStatus[] statuses) => state.Trials.Count(trial => statuses.Contains(trial.Status));
        var leaders = state.Trials
            .Where(trial => Score(trial) is not null)
            .OrderByDescending(Score)
            .Take(Leaders)
            .Select(trial => new Leader(trial.Spec.Id, Score(trial)!.Value, Status(trial)));
        return new Summary(state.Plan.Name, state.IsOver, Count(TrialStatus.Running), Count(TrialStatus.Waiting, TrialStatus.Paused),
            Count(TrialStatus.Completed, TrialStatus.Stopped), Count(TrialStatus.Failed, TrialStatus.Cancelled), [.. leaders]);
    }

    private static Detail Describe(SweepState state) => new(state.Plan.Name, state.IsOver,
    [
        .. state.Trials.Select(trial => new Trial(trial.Spec.Id, Status(trial), trial.Lease?.Slot, trial.LeaseCount, Score(trial),
            trial.Outcomes.LastOrDefault()?.Metrics, trial.Outcomes.LastOrDefault()?.Seconds, trial.Problem)),
    ]);

    private static string Status(TrialState trial) => trial.Status.ToString().ToLowerInvariant();

    /// <summary>Null where there is none; JSON has no word for what is no number.</summary>
    private static double? Score(TrialState trial) => trial.Outcomes.LastOrDefault()?.Score is { } score && double.IsFinite(score) ? score : null;
}
