using System.Runtime.CompilerServices;
using DnaBart.IO;
using DnaBart.Sweeps;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace DnaBart.Silo.Http;

/// <summary><c>/v1/sweeps</c>: where finetuning sweeps stand, as they are and as they change; administrators start and cancel them.</summary>
internal static class SweepEndpoints
{
    private const int Leaders = 10;

    /// <summary>A trial that has a score.</summary>
    private sealed record Leader(string Trial, double Score, TrialStatus Status);

    /// <summary>A sweep in short.</summary>
    /// <param name="Leaders">The best trials first.</param>
    private sealed record Summary(string Name, bool IsOver, int Running, int Waiting, int Completed, int Stopped, int Failed, int Cancelled, IReadOnlyList<Leader> Leaders);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/sweeps", async (ISweepServer server, CancellationToken cancellation) =>
                (await server.ListAsync(cancellation)).Select(Summarize))
            .WithName("sweeps")
            .WithSummary("The sweeps, in short");
        routes.MapGet("/v1/sweeps/{name}", async (string name, ISweepServer server, CancellationToken cancellation) =>
                await server.FindAsync(name, cancellation) is { } state ? Results.Ok(SweepView.Of(state)) : Unknown(name))
            .WithName("sweep")
            .WithSummary("A sweep's trials")
            .Produces<SweepView>()
            .Refuses(404);
        routes.MapGet("/v1/sweeps/{name}/events", async (string name, ISweepServer server, IHostApplicationLifetime life, CancellationToken cancellation) =>
                await server.FindAsync(name, cancellation) is null
                    ? Unknown(name)
                    : new EventStream<SweepView>(EventsAsync(server, name, life.ApplicationStopping, cancellation)))
            .WithName("sweep-events")
            .WithSummary("A sweep's trials whenever something has changed, as server-sent events, until the sweep is over")
            .Answers(StatusCodes.Status200OK, "text/event-stream")
            .Refuses(404);
    }

    /// <summary>What administrators may.</summary>
    /// <param name="routes">Those of the administration's port, behind its token.</param>
    public static void MapAdministration(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/sweeps", StartAsync)
            .WithName("start-sweep")
            .WithSummary("Starts a sweep; for administrators")
            .Body(Describing.Json, "A plan, as in a journal's first line")
            .Produces<SweepView>(StatusCodes.Status201Created)
            .Refuses(400, 401, 404, 408, 409, 413, 429);
        routes.MapDelete("/v1/sweeps/{name}", CancelAsync)
            .WithName("stop-sweep")
            .WithSummary("Stops a sweep; for administrators")
            .Answers(StatusCodes.Status204NoContent)
            .Refuses(401, 404, 409);
    }

    /// <summary>The body is a plan as `dnabart sweep plan` writes it into a journal.</summary>
    private static async Task<IResult> StartAsync(HttpRequest request, ISweepServer server, CancellationToken cancellation)
    {
        try
        {
            using var body = new JsonBody(request);
            var plan = await body.ReadAsync<SweepPlan>(SweepJournal.Json, "a plan expected, as `dnabart sweep plan` writes it");
            if (await server.FindAsync(plan.Name, cancellation) is not null)
                return Results.Problem($"there is a sweep '{plan.Name}' already; choose another name", statusCode: StatusCodes.Status409Conflict);
            var state = await server.StartAsync(plan, cancellation);
            return Results.Created($"/v1/sweeps/{Uri.EscapeDataString(plan.Name)}", SweepView.Of(state));
        }
        catch (Exception e) when (Problems.StatusOf(e) is { } status)
        {
            Problems.SetRetryAfter(request.HttpContext.Response, e);
            return Results.Problem(e.Message, statusCode: status);
        }
    }

    private static async Task<IResult> CancelAsync(string name, ISweepServer server, CancellationToken cancellation)
    {
        try
        {
            return await server.CancelAsync(name, cancellation) ? Results.NoContent() : Unknown(name);
        }
        catch (InputException e)
        {
            return Results.Problem(e.Message, statusCode: StatusCodes.Status409Conflict);
        }
    }

    private static IResult Unknown(string name) =>
        Results.Problem($"no sweep '{name}'; GET /v1/sweeps lists them", statusCode: StatusCodes.Status404NotFound);

    /// <summary>Ends also when the server stops: that waits for answers that go on.</summary>
    private static async IAsyncEnumerable<SweepView> EventsAsync(
        ISweepServer server, string name, CancellationToken stopping, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stopping, cancellation);
        await using var states = server.WatchAsync(name, end.Token).GetAsyncEnumerator(CancellationToken.None);
        while (await NextAsync())
            yield return SweepView.Of(states.Current);

        async Task<bool> NextAsync()
        {
            try
            {
                return await states.MoveNextAsync();
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested)
            {
                return false;
            }
        }
    }

    private static Summary Summarize(SweepState state)
    {
        int Count(params TrialStatus[] statuses) => state.Trials.Count(trial => statuses.Contains(trial.Status));
        var leaders = SweepView.Of(state).Trials
            .Where(trial => trial.Score is not null)
            .OrderByDescending(trial => trial.Score)
            .Take(Leaders)
            .Select(trial => new Leader(trial.Name, trial.Score!.Value, trial.Status));
        return new Summary(state.Plan.Name, state.IsOver, Count(TrialStatus.Running), Count(TrialStatus.Waiting, TrialStatus.Paused),
            Count(TrialStatus.Completed), Count(TrialStatus.Stopped), Count(TrialStatus.Failed), Count(TrialStatus.Cancelled), [.. leaders]);
    }
}
