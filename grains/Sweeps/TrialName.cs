namespace DnaBart.Grains.Sweeps;

/// <summary>A lease of a trial as a grain's key, <c>SILO|SLOT|SWEEP|TRIAL|LEASE</c>: what runs under one lease never mixes with what runs under
/// another, and the place comes first, where placement looks for it.</summary>
/// <param name="Place">The slot in the cluster, <c>SILO|SLOT</c>: the machine's name for a slot.</param>
internal sealed record TrialName(string Place, string Sweep, string Trial, int Lease)
{
    public string Silo => ClusterReport.Split(Place)[0];

    public string Slot => ClusterReport.Split(Place)[1];

    public override string ToString() => $"{Place}|{Sweep}|{Trial}|{Lease}";

    public static TrialName Parse(string text)
    {
        var parts = ClusterReport.Split(text);
        return new TrialName(ClusterReport.Place(parts[0], parts[1]), parts[2], parts[3], int.Parse(parts[4]));
    }
}
