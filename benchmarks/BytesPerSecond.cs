using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace DnaBart.Benchmarks;

/// <summary>Says how many bytes one call of a benchmark goes through, for the column MB/s.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BytesAttribute(long count) : Attribute
{
    public long Count { get; } = count;
}

/// <summary>10^6 bytes a second, from the mean time and <see cref="BytesAttribute"/>.</summary>
internal sealed class MegabytesPerSecondColumn : IColumn
{
    public string Id => nameof(MegabytesPerSecondColumn);
    public string ColumnName => "MB/s";
    public string Legend => "10^6 bytes of uncompressed text a second";
    public bool AlwaysShow => true;
    public ColumnCategory Category => ColumnCategory.Custom;
    public int PriorityInCategory => 0;
    public bool IsNumeric => true;
    public UnitType UnitType => UnitType.Dimensionless;

    public bool IsAvailable(Summary summary) => true;
    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;
    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
    {
        var bytes = (BytesAttribute?)Attribute.GetCustomAttribute(benchmarkCase.Descriptor.WorkloadMethod, typeof(BytesAttribute));
        var nanoseconds = summary[benchmarkCase]?.ResultStatistics?.Mean;
        return bytes is null || nanoseconds is null ? "-" : $"{1e3 * bytes.Count / nanoseconds.Value:0}";
    }
}
