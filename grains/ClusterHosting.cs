using DnaBart.Grains.Models;
using DnaBart.Grains.Placement;
using DnaBart.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Configuration;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace DnaBart.Grains;

/// <summary>Makes a host a silo of a DnaBart cluster.</summary>
public static class ClusterHosting
{
    /// <summary>The name of the grain storage.</summary>
    public const string Storage = "dnabart";

    /// <summary>After a silo's death its catalogue and coordinators are back within this, if nobody calls them before.</summary>
    public static readonly TimeSpan ReminderPeriod = TimeSpan.FromSeconds(5);

    /// <summary>Adds the grains with what they need of this machine. Clustering, storage and reminders are the caller's to choose.</summary>
    /// <param name="slots">The device slots that this silo announces; an <see cref="IReplicaLoader"/> must be registered for them.</param>
    public static ISiloBuilder AddDnaBart(this ISiloBuilder builder, DeviceSlots slots)
    {
        builder.UseSiloMetadata(new Dictionary<string, string> { [OnFreeSlot.SlotsKey] = string.Join(',', slots.Names) });
        builder.AddPlacementDirector<PinnedToSilo, PinnedToSiloDirector>();
        builder.AddPlacementDirector<OnFreeSlot, OnFreeSlotDirector>();
        // Orleans' default directory is in parts on the silos: with each that leaves, it has all others end the grains that were registered there, replicas and
        // trainings among them. This one has them registered anew.
#pragma warning disable ORLEANSEXP003 // It is experimental.
        builder.AddDistributedGrainDirectory();
#pragma warning restore ORLEANSEXP003
        // A dead silo's grains may be elsewhere at once. Where it only seemed dead that makes two of one for a moment: storage takes the writes of the last alone.
        builder.Configure<GrainDirectoryOptions>(options => options.RangeLeaseDuration = TimeSpan.Zero);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(slots).AddSingleton<SiloReplicas>();
        builder.Services.AddSingleton<ClusterModelServer>();
        builder.Configure<ReminderOptions>(options => options.MinimumReminderPeriod = ReminderPeriod);
        // A dead silo is declared dead by one other within about two seconds; a machine that only stutters is probed by way of others first.
        builder.Configure<ClusterMembershipOptions>(options =>
        {
            options.ProbeTimeout = TimeSpan.FromSeconds(1);
            options.NumMissedProbesLimit = 2;
            options.NumVotesForDeathDeclaration = 1;
            // Where all silos died at once, nobody is left to declare it: the first to come back waits until three of these were missed.
            options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
        });
        // Calls last as long as their requests' deadlines allow; calls to a dead silo end when it is declared dead.
        builder.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromMinutes(15));
        return builder;
    }
}
