using DnaBart.Fixtures;
using DnaBart.Grains;
using DnaBart.IO;
using DnaBart.Sequences;
using DnaBart.Serving;

namespace DnaBart.Cluster.Tests;

/// <summary>Replicas and the catalogue on silos in this process.</summary>
public class ModelGrainTests
{
    private static readonly Read[] Reads = [new("r1", [.. "ACGT"u8], [.. "IIII"u8]), new("r2", [.. "GG"u8], [.. "II"u8])];

    private static RequestTerms Soon => new(DateTimeOffset.UtcNow.AddMinutes(1));

    private static async Task<string> CorrectAsync(IModelServer server, string model = "m") =>
        string.Join(' ', (await server.CorrectAsync(model, Reads, Soon, default)).Select(read => System.Text.Encoding.ASCII.GetString(read.Bases)));

    private static async Task<string[]> ReplicasAsync(TestCluster cluster) =>
        [.. (await cluster.ReportAsync()).Silos.SelectMany(silo => silo.Replicas).Select(replica => replica.Name).Order()];

    [Fact]
    public async Task AReplicaOfEachModelIsOnEverySlotAndSilosThatComeGetTheirs()
    {
        await using var cluster = await new TestCluster(2, "cpu:2").StartAsync();
        await cluster.Models.LoadAsync("m", "/models/A", default);
        var status = await cluster.Models.LoadAsync("tf/3", "/models/C", default);

        Assert.Equal(("tf/3", 1, 4), (status.Name, status.Version, status.Replicas.Count));
        Assert.Equal(["m/1/0", "m/1/1", "m/1/2", "m/1/3", "tf/3/1/0", "tf/3/1/1", "tf/3/1/2", "tf/3/1/3"], await ReplicasAsync(cluster));
        Assert.All(cluster.Silos, silo => Assert.All(cluster.Slots(silo).Status(), slot => Assert.Equal(["m/1", "tf/3/1"], slot.Holders.Select(holder => holder.Group).Order())));
        Assert.Equal("AAAA AA", await CorrectAsync(cluster.Models));

        var third = await cluster.AddSiloAsync();
        await Waiting.UntilAsync(async () => (await ReplicasAsync(cluster)).Length == 12, "replicas on the new silo");
        Assert.Equal(4, cluster.Loader(third).Loaded.Count);
    }

    [Fact]
    public async Task ASiloIsReadyWhenAReplicaOfItsOwnServes()
    {
        await using var cluster = await new TestCluster(2, "cpu").StartAsync();
        async Task<int> Ready() => (await Task.WhenAll(cluster.Silos.Select(silo => cluster.Server(silo).IsReadyAsync(default)))).Count(ready => ready);
        Assert.Equal(0, await Ready());
        await cluster.Models.LoadAsync("m", "/models/A", default);
        Assert.Equal(2, await Ready());
        await cluster.KillAsync(cluster.Silos[0]);
        Assert.Equal(1, await Ready());
        await cluster.Models.UnloadAsync("m", default);
        Assert.Equal(0, await Ready());
    }

    [Fact]
    public async Task RequestsGoToTheLeastBusyReplica()
    {
        await using var cluster = await new TestCluster(3, "cpu").StartAsync();
        await cluster.Models.LoadAsync("m", "/models/A", default);
        var (busy, idle) = (cluster.Loader(cluster.Silos[0]), cluster.Silos.Skip(1).Select(cluster.Loader).ToList());
        List<Task<string>> held = [];
        using (busy.Hold())
        {
            // Equals take turns: one of these ends on the silo that does not answer.
            for (var i = 0; i < 3; i++)
                held.Add(CorrectAsync(cluster.Models));
            await Waiting.UntilAsync(() => Task.FromResult(busy.Loaded[0].QueuedBases == 6 && idle.All(loader => loader.Computed == 1)), "one request each");
            for (var i = 0; i < 10; i++)
                await CorrectAsync(cluster.Models);
            Assert.Equal((0, 12), (busy.Computed, idle.Sum(loader => loader.Computed)));
            Assert.All(idle, loader => Assert.InRange(loader.Computed, 5, 7));
        }
        await Task.WhenAll(held);
    }

    [Fact]
    public async Task WhereAllQueuesAreFullNewcomersAreRefusedAndWhatWasBegunGoesOn()
    {
        await using var cluster = await new TestCluster(2, "cpu").StartAsync();
        await cluster.Models.LoadAsync("m", "/models/A", default);
        foreach (var silo in cluster.Silos)
            cluster.Loader(silo).IsFull = true;

        var refused = await Assert.ThrowsAsync<ServingException>(() => CorrectAsync(cluster.Models));
        Assert.Equal((Refusal.QueueFull, FakeReplica.RetryAfter), (refused.Refusal, refused.RetryAfter));
        var corrected = await cluster.Models.CorrectAsync("m", Reads, Soon with { Continues = true }, default);
        Assert.Equal("AAAA"u8.ToArray(), corrected[0].Bases);
    }

    [Fact]
    public async Task ASwapRollsOverTheSilosAndDropsNoRequest()
    {
        await using var cluster = await new TestCluster(2, "cpu:2").StartAsync();
        await cluster.Models.LoadAsync("m", "/models/A", default);
        using var end = new CancellationTokenSource();
        var callers = Enumerable.Range(0, 4).Select(async _ =>
        {
            List<string> answers = [];
            while (!end.IsCancellationRequested)
                answers.Add(await CorrectAsync(cluster.Models));
            return answers;
        }).ToList();

        var status = await cluster.Models.LoadAsync("m", "/models/C", default);
        Assert.Equal(2, status.Version);
        Assert.Equal(["m/2/0", "m/2/1", "m/2/2", "m/2/3"], await ReplicasAsync(cluster));
        var problem = await Assert.ThrowsAsync<InputException>(() => cluster.Models.LoadAsync("m", "/models/broken", default));
        Assert.Contains("/models/broken: no model here", problem.Message);
        end.Cancel();

        Assert.All(await Task.WhenAll(callers), answers => Assert.All(answers, answer => Assert.Contains(answer, new[] { "AAAA AA", "CCCC CC" })));
        Assert.Equal("CCCC CC", await CorrectAsync(cluster.Models));
        Assert.All(cluster.Silos.SelectMany(silo => cluster.Loader(silo).Loaded), replica => Assert.Equal(replica.IsDisposed, replica.Letter == 'A'));
        var entry = Assert.Single(await cluster.Models.ListAsync(default));
        Assert.Equal((2, "/models/C", 4), (entry.Version, entry.Folder, entry.Replicas.Count));
    }

    [Fact]
    public async Task AFolderThatHangsKeepsNobodyWaitingButThoseWhoWantIt()
    {
        await using var cluster = await new TestCluster(2, "cpu").StartAsync();
        await cluster.Models.LoadAsync("m", "/models/A", default);
        var hung = cluster.Models.LoadAsync("hung", "/models/stuck", default);
        await Waiting.UntilAsync(async () => (await ReplicasAsync(cluster)).Contains("hung/1/0"), "a load that hangs");
        // Nor does a swap.
        var swap = cluster.Models.LoadAsync("m", "/models/stuck", default);
        await Waiting.UntilAsync(async () => (await ReplicasAsync(cluster)).Contains("m/2/0"), "a swap that hangs");

        var status = await cluster.Models.LoadAsync("n", "/models/C", default).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(2, status.Replicas.Count);
        Assert.Equal("/models/A", (await cluster.Models.LoadAsync("m", "/models/B", onlyIfAbsent: true, default).WaitAsync(TimeSpan.FromSeconds(30))).Folder);
        var third = await cluster.AddSiloAsync();
        await Waiting.UntilAsync(() => Task.FromResult(cluster.Loader(third).Loaded.Count == 2), "replicas on a silo that comes");
        Assert.Equal("AAAA AA", await CorrectAsync(cluster.Models));
        Assert.False(hung.IsCompleted || swap.IsCompleted);

        foreach (var silo in cluster.Silos)
            cluster.Loader(silo).Stuck.SetException(new InputException("the end of it"));
        await Assert.ThrowsAsync<InputException>(() => hung);
        await Assert.ThrowsAsync<InputException>(() => swap);
        Assert.Equal(1, (await cluster.Models.ListAsync(default)).Single(model => model.Name == "m").Version);
    }

    [Fact]
    public async Task WhereThereAreNoSlotsNothingIsLoadedAndNoVersionIsUsedUp()
    {
        await using var cluster = await new TestCluster(1, "").StartAsync();
        var problem = await Assert.ThrowsAsync<InputException>(() => cluster.Models.LoadAsync("m", "/models/A", default));
        Assert.Equal("m: no silo of the cluster has a slot to load it on", problem.Message);

        await cluster.AddSiloAsync("cpu");
        Assert.Equal(1, (await cluster.Models.LoadAsync("m", "/models/A", default)).Version);
    }

    [Fact]
    public async Task AnUnloadedModelIsUnknownAndItsNextVersionIsNew()
    {
        await using var cluster = await new TestCluster(2, "cpu").StartAsync();
        await cluster.Models.LoadAsync("m", "/models/A", default);
        await cluster.Models.UnloadAsync("m", default);

        Assert.Empty(await ReplicasAsync(cluster));
        Assert.Equal(Refusal.UnknownModel, (await Assert.ThrowsAsync<ServingException>(() => CorrectAsync(cluster.Models))).Refusal);
        Assert.Equal(Refusal.UnknownModel, (await Assert.ThrowsAsync<ServingException>(() => cluster.Models.UnloadAsync("m", default))).Refusal);
        Assert.Equal(2, (await cluster.Models.LoadAsync("m", "/models/A", default)).Version);
        var wrong = await Assert.ThrowsAsync<ServingException>(() => cluster.Models.ClassifyAsync("m", [[.. "ACGT"u8]], Soon, default));
        Assert.Equal(Refusal.WrongKind, wrong.Refusal);
    }

    [Fact]
    public async Task WhatCouldNotBeWrittenDownDidNotHappen()
    {
        await using var cluster = await new TestCluster(1, "cpu").StartAsync();
        await cluster.Models.LoadAsync("m", "/models/A", default);
        var catalogue = cluster.Grains.GetGrain<IModelCatalogueGrain>(0).GetGrainId();
        cluster.Memory.Disturb = (_, grain) => grain == catalogue ? Task.FromException(new TimeoutException("the database is away")) : Task.CompletedTask;

        await Assert.ThrowsAnyAsync<Exception>(() => cluster.Models.UnloadAsync("m", default));

        Assert.Equal("m", Assert.Single(await cluster.Models.ListAsync(default)).Name);
        cluster.Memory.Disturb = (_, _) => Task.CompletedTask;
        await cluster.Models.UnloadAsync("m", default);
        Assert.Empty(await cluster.Models.ListAsync(default));
    }

    [Fact]
    public async Task RequestsOnASiloThatDiesAreAnsweredByAnother()
    {
        await using var cluster = await new TestCluster(3, "cpu").StartAsync();
        await cluster.Models.LoadAsync("m", "/models/A", default);
        var victim = await cluster.HolderAsync(cluster.Grains.GetGrain<IModelCatalogueGrain>(0));
        cluster.Loader(victim).Hold();
        var requests = Enumerable.Range(0, 9).Select(_ => CorrectAsync(cluster.Models)).ToList();
        await Waiting.UntilAsync(() => Task.FromResult(cluster.Loader(victim).Loaded[0].QueuedBases > 0), "a request on the silo that dies");

        await cluster.KillAsync(victim);

        Assert.All(await Task.WhenAll(requests), answer => Assert.Equal("AAAA AA", answer));
        // The catalogue died too; what it knew did not.
        await Waiting.UntilAsync(async () => (await cluster.Models.ListAsync(default))[0].Replicas.Count == 2, "the catalogue elsewhere");
    }

    [Fact]
    public async Task TheLossOfASiloLeavesTheReplicasOfOthersAlone()
    {
        await using var cluster = await new TestCluster(4, "cpu:2").StartAsync();
        for (var model = 0; model < 4; model++)
            await cluster.Models.LoadAsync($"m{model}", "/models/A", default);
        var (victim, others) = (cluster.Silos[^1], cluster.Silos.SkipLast(1).Select(cluster.Loader).ToList());
        Assert.All(others, loader => Assert.Equal(8, loader.Loaded.Count));

        await cluster.KillAsync(victim);
        await Waiting.UntilAsync(async () => (await cluster.ReportAsync()).Silos.Length == 3, "the silo's death known");
        // Whatever was dropped is replaced before this is everywhere.
        await cluster.Models.LoadAsync("last", "/models/A", default);

        Assert.All(others, loader => Assert.DoesNotContain(loader.Loaded, replica => replica.IsDisposed));
        Assert.All(others, loader => Assert.Equal(10, loader.Loaded.Count));
    }

    [Fact]
    public async Task ARequestSentTwiceIsComputedOnce()
    {
        await using var cluster = await new TestCluster(1, "cpu").StartAsync();
        await cluster.Models.LoadAsync("m", "/models/A", default);
        var loader = cluster.Loader(cluster.Silos[0]);
        var replica = cluster.Grains.GetGrain<IModelReplicaGrain>("m/1/0");
        var message = new ReadsMessage([Reads[0].Bases], [Reads[0].Quality]);
        var request = new RequestMessage(Guid.NewGuid(), TimeSpan.FromMinutes(1), Continues: false);
        Task<ReplicaReply<CorrectedMessage[]>>[] attempts;
        using (loader.Hold())
        {
            attempts = [.. Enumerable.Range(0, 2).Select(_ => replica.CorrectAsync(request, message, default))];
            await Waiting.UntilAsync(() => Task.FromResult(loader.Loaded[0].QueuedBases > 0), "the request at its replica");
        }
        Assert.All(await Task.WhenAll(attempts), reply => Assert.Equal("AAAA"u8.ToArray(), reply.Result![0].Bases));
        Assert.Equal(1, loader.Computed);
    }
}
