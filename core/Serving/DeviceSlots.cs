using System.Collections.Immutable;
using System.Globalization;
using DnaBart.IO;

namespace DnaBart.Serving;

/// <summary>Who holds a slot, and for what.</summary>
/// <param name="Group">A slot takes one holder of a group.</param>
public sealed record SlotHolder(string Holder, string Group);

/// <summary>A slot and who holds it.</summary>
public sealed record SlotStatus(string Slot, ImmutableArray<SlotHolder> Holders);

/// <summary>The device slots of one machine, and who holds them. It alone gives slots away, so that whatever others in a cluster believe,
/// no slot has two holders of a group: two trainings, or two replicas of one version of a model. Thread-safe.</summary>
/// <param name="slots">Their names: a device, and a number where the device has several (<c>cpu/1</c>).</param>
/// <param name="time">The clock of reservations.</param>
public sealed class DeviceSlots(ImmutableArray<string> slots, TimeProvider time)
{
    /// <summary>The group of trainings.</summary>
    public const string Training = "training";

    private sealed record Claimed(string Slot, string Group, DateTimeOffset? Until);

    private readonly Lock guard = new();
    private readonly Dictionary<string, Claimed> claims = [];

    public ImmutableArray<string> Names => slots;

    /// <summary>Reads the slots of a machine.</summary>
    /// <param name="text">Devices with commas between them; <c>cpu:N</c> is N slots of the CPU. Empty for none.</param>
    /// <exception cref="InputException">A slot is named twice, or a number is no number.</exception>
    public static ImmutableArray<string> Parse(string text)
    {
        var names = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).SelectMany(Expand).ToImmutableArray();
        return names.Distinct().Count() == names.Length ? names : throw new InputException($"slots {text}: each device once, such as cuda:0,cuda:1 or cpu:2");
    }

    /// <summary>The names of a device's slots.</summary>
    public static IEnumerable<string> Of(string device, int count) =>
        Enumerable.Range(0, count).Select(index => count == 1 ? device : $"{device}/{index}");

    /// <summary>The device of a slot.</summary>
    public static string DeviceOf(string slot) => slot.Split('/')[0];

    private static IEnumerable<string> Expand(string device)
    {
        if (!device.StartsWith("cpu:", StringComparison.Ordinal))
            return [device];
        return int.TryParse(device.AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is > 0 and <= 1024
            ? Of("cpu", count)
            : throw new InputException($"slots {device}: cpu:N expected, N being how many slots the CPU has");
    }

    /// <summary>Keeps a slot for a holder that is about to claim it: of those that have no other holder of the group, the one that has the
    /// fewest holders.</summary>
    /// <param name="until">When the reservation ends by itself.</param>
    /// <returns>The slot, the holder's own if it has one; null if none is free.</returns>
    public string? Reserve(string holder, string group, DateTimeOffset until) => Take(holder, group, null, until);

    /// <summary>Gives a holder the slot that is reserved for it, or else any free one, until it is released.</summary>
    /// <returns>The slot; null if none is free.</returns>
    public string? Claim(string holder, string group) => Take(holder, group, null, null);

    /// <summary>Gives a holder this very slot until it is released.</summary>
    /// <returns>Whether it was free.</returns>
    public bool Claim(string holder, string group, string slot) => Take(holder, group, slot, null) == slot;

    /// <summary>Frees what the holder holds, if anything.</summary>
    public void Release(string holder)
    {
        lock (guard)
            claims.Remove(holder);
    }

    /// <summary>All slots, in their order.</summary>
    public ImmutableArray<SlotStatus> Status()
    {
        lock (guard)
        {
            Expire();
            return [.. slots.Select(slot => new SlotStatus(slot,
                [.. claims.Where(claim => claim.Value.Slot == slot).Select(claim => new SlotHolder(claim.Key, claim.Value.Group))]))];
        }
    }

    private string? Take(string holder, string group, string? wanted, DateTimeOffset? until)
    {
        lock (guard)
        {
            Expire();
            if (claims.TryGetValue(holder, out var own))
            {
                if (own.Until is not null && until is null)
                    claims[holder] = own with { Until = null };
                return own.Slot;
            }
            var slot = slots
                .Where(name => (wanted is null || name == wanted) && !claims.Values.Any(claim => claim.Slot == name && claim.Group == group))
                .MinBy(name => claims.Values.Count(claim => claim.Slot == name));
            if (slot is not null)
                claims[holder] = new Claimed(slot, group, until);
            return slot;
        }
    }

    private void Expire()
    {
        var now = time.GetUtcNow();
        foreach (var (holder, _) in claims.Where(claim => claim.Value.Until <= now).ToList())
            claims.Remove(holder);
    }
}
