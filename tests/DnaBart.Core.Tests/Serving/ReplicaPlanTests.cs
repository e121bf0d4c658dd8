using DnaBart.IO;
using DnaBart.Serving;

namespace DnaBart.Core.Tests.Serving;

/// <summary>Device slots, the plan of replicas, and who is least busy: what the grains of a cluster go by.</summary>
public class ReplicaPlanTests
{
    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

        public override DateTimeOffset GetUtcNow() => Now;
    }

    [Fact]
    public void SlotsAreReadFromText()
    {
        Assert.Equal(["cuda:0", "cuda:1", "cpu/0", "cpu/1"], DeviceSlots.Parse("cuda:0, cuda:1,cpu:2").AsEnumerable());
        Assert.Equal(["cpu"], DeviceSlots.Parse("cpu:1").AsEnumerable());
        Assert.Empty(DeviceSlots.Parse(""));
        Assert.Equal("cuda:1", DeviceSlots.DeviceOf("cuda:1/3"));
        Assert.Throws<InputException>(() => DeviceSlots.Parse("cpu:x"));
        Assert.Throws<InputException>(() => DeviceSlots.Parse("cpu:0"));
        Assert.Throws<InputException>(() => DeviceSlots.Parse("cuda:0,cuda:0"));
    }

    [Fact]
    public void ASlotTakesOneHolderOfAGroup()
    {
        var slots = new DeviceSlots(["a", "b"], TimeProvider.System);
        Assert.Equal("a", slots.Claim("m/1/0", "m/1"));
        Assert.Equal("a", slots.Claim("m/1/0", "m/1"));
        Assert.Equal("b", slots.Claim("m/1/1", "m/1"));
        Assert.Null(slots.Claim("m/1/2", "m/1"));
        Assert.True(slots.Claim("t1", DeviceSlots.Training, "a"));
        Assert.False(slots.Claim("t2", DeviceSlots.Training, "a"));
        Assert.Equal("b", slots.Claim("n/1/0", "n/1"));
        slots.Release("m/1/0");
        Assert.Equal("a", slots.Claim("m/1/2", "m/1"));
        Assert.Equal(new string[][] { ["t1", "m/1/2"], ["n/1/0", "m/1/1"] }, slots.Status().Select(slot => slot.Holders.Select(holder => holder.Holder).OrderDescending().ToArray()));
    }

    [Fact]
    public void AReservationKeepsTheSlotUntilItIsClaimedOrOver()
    {
        var clock = new Clock();
        var slots = new DeviceSlots(["a"], clock);
        Assert.Equal("a", slots.Reserve("m/1/0", "m/1", clock.Now.AddSeconds(10)));
        Assert.Null(slots.Claim("m/1/1", "m/1"));
        clock.Now = clock.Now.AddSeconds(10);
        Assert.Equal("a", slots.Reserve("m/1/1", "m/1", clock.Now.AddSeconds(10)));
        Assert.Equal("a", slots.Claim("m/1/1", "m/1"));
        clock.Now = clock.Now.AddHours(1);
        Assert.Null(slots.Claim("m/1/0", "m/1"));
    }

    /// <summary>Carries plans out step by step, with loads that take their time and silos that come and go between the steps; whatever happens, it
    /// ends with the wanted version on every slot, and on the way no model that was served is without a replica that serves.</summary>
    [Fact]
    public void PlansEndWithEveryModelOnEverySlotWhateverHappensOnTheWay()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var places = Enumerable.Range(0, 1 + random.Next(4)).Select(i => $"s{i}|cpu").ToList();
            Dictionary<string, int> wanted = new() { ["a"] = 1, ["tf/3"] = 4 };
            List<PlacedReplica> replicas = [];
            // Begun, and not on a slot yet.
            HashSet<ReplicaName> coming = [];
            for (var (step, calm) = (0, 0); calm < 2; step++)
            {
                Assert.True(step < 200);
                var plan = ReplicaPlan.Next(wanted, places, replicas, coming);
                var served = Served();
                replicas.RemoveAll(replica => plan.Retire.Contains(replica.Name));
                Assert.Equal(served, Served());
                Assert.All(plan.Start, start => Assert.DoesNotContain(replicas, replica => replica.Name == start));
                Assert.All(plan.Start, start => Assert.True(coming.Add(start)));
                for (var i = 0; i < replicas.Count; i++)
                    replicas[i] = replicas[i] with { Serves = replicas[i].Serves || random.Next(2) == 0 };
                foreach (var start in coming.Where(_ => random.Next(2) == 0).ToList())
                {
                    coming.Remove(start);
                    var free = places.Where(place => !replicas.Any(replica => replica.Place == place && replica.Name.Group == start.Group)).ToList();
                    // Its silo may have gone meanwhile.
                    if (free.Count > 0)
                        replicas.Add(new PlacedReplica(start, free[random.Next(free.Count)], Serves: false));
                }
                calm = plan.Start.IsEmpty && plan.Retire.IsEmpty && coming.Count == 0 && replicas.TrueForAll(replica => replica.Serves) ? calm + 1 : 0;
                if (step >= 12)
                    continue;
                switch (random.Next(6))
                {
                    case 0:
                        places.Add($"new{step}|cpu");
                        break;
                    case 1 when places.Count > 1:
                        replicas.RemoveAll(replica => replica.Place == places[0]);
                        places.RemoveAt(0);
                        break;
                    case 2:
                        wanted["a"]++;
                        break;
                    case 3:
                        if (!wanted.Remove("tf/3"))
                            wanted["tf/3"] = 5 + step;
                        break;
                }
                calm = 0;
            }
            List<string> Served() => [.. replicas.Where(replica => replica.Serves).Select(replica => replica.Name.Model).Intersect(wanted.Keys).Order()];

            var expected = wanted.SelectMany(model => places.Select(place => $"{model.Key}/{model.Value} {place}")).Order();
            Assert.Equal(expected, replicas.Select(replica => $"{replica.Name.Group} {replica.Place}").Order());
        }
    }

    [Fact]
    public void AllSlotsLoadAtTheSameTimeAndTheOldVersionServesUntilTheNewOneDoes()
    {
        string[] places = ["s0|cpu", "s1|cpu", "s2|cpu"];
        Dictionary<string, int> wanted = new() { ["m"] = 2 };
        List<PlacedReplica> replicas = [.. places.Select((place, number) => new PlacedReplica(new ReplicaName("m", 1, number), place, Serves: true))];
        replicas.Add(new PlacedReplica(new ReplicaName("m", 2, 0), places[1], Serves: true));
        ReplicaName[] next = [new("m", 2, 1), new("m", 2, 2)];

        var plan = ReplicaPlan.Next(wanted, places, replicas, new HashSet<ReplicaName>());
        Assert.Equal([new ReplicaName("m", 1, 1)], plan.Retire.AsEnumerable());
        Assert.Equal(next, plan.Start.AsEnumerable());
        Assert.Equal([next[1]], ReplicaPlan.Next(wanted, places, replicas, new HashSet<ReplicaName> { next[0] }).Start.AsEnumerable());

        // One loads, one hangs: neither takes the place of what serves there, nor is either begun again.
        replicas.RemoveAt(1);
        replicas.AddRange(next.Zip(["s0|cpu", "s2|cpu"], (name, place) => new PlacedReplica(name, place, Serves: false)));
        plan = ReplicaPlan.Next(wanted, places, replicas, new HashSet<ReplicaName> { next[1] });
        Assert.True(plan.Retire.IsEmpty && plan.Start.IsEmpty);
        replicas[3] = replicas[3] with { Serves = true };
        plan = ReplicaPlan.Next(wanted, places, replicas, new HashSet<ReplicaName> { next[1] });
        Assert.Equal([new ReplicaName("m", 1, 0)], plan.Retire.AsEnumerable());
        Assert.True(plan.Start.IsEmpty);
    }

    [Fact]
    public void ReplicaNamesKeepSlashesOfTheModel()
    {
        var name = ReplicaName.Parse("tf/3/12/4");
        Assert.Equal(new ReplicaName("tf/3", 12, 4), name);
        Assert.Equal(("tf/3/12", "tf/3/12/4"), (name.Group, $"{name}"));
    }

    [Fact]
    public void TheLeastBusyReplicaIsChosenAndEqualsTakeTurns()
    {
        var loads = new ReplicaLoads();
        string[] all = ["a", "b", "c"];
        Assert.Equal(["a", "b", "c"], all.Select(_ => loads.Send(all, 100)));
        loads.Answered("b", 100);
        loads.Report("b", 250); // Others sent it those.
        Assert.Equal("a", loads.Send(all, 100));
        Assert.Equal("c", loads.Send(all, 100));
        loads.Report("b", 0);
        Assert.Equal("b", loads.Send(all, 100));
        loads.Report("a", 200); // All of it is our own.
        loads.Answered("a", 200);
        Assert.Equal("a", loads.Send(all, 1));
    }
}
