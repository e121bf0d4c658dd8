using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;
using DnaBart.Fixtures;

namespace DnaBart.Client.Tests;

/// <summary>Dependencies point one way: the domain (core) and the libtorch binding (torch) know nothing of each other or of
/// anything above them.</summary>
public class DependencyTests
{
    /// <summary>Every component and the components it may refer to.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["DnaBart.Core"] = [],
        ["DnaBart.Torch"] = [],
        ["DnaBart.Model"] = ["DnaBart.Core", "DnaBart.Torch"],
        ["DnaBart.Grains"] = ["DnaBart.Core"],
        ["DnaBart.Silo"] = ["DnaBart.Core", "DnaBart.Grains", "DnaBart.Model"],
        // Silo and grains too, since one command line starts everything: `dnabart serve`, `dnabart cluster`.
        ["DnaBart.Client"] = ["DnaBart.Core", "DnaBart.Grains", "DnaBart.Model", "DnaBart.Silo"],
    };

    public static TheoryData<string> Components => [.. Allowed.Keys];

    [Fact]
    public void Every_component_has_its_place() =>
        Assert.Equal(
            Allowed.Keys.Order(),
            Directory.EnumerateDirectories(SharedData.Root)
                .Where(folder => Path.GetFileName(folder) != "benchmarks")
                .SelectMany(folder => Directory.EnumerateFiles(folder, "*.csproj"))
                .Select(Path.GetFileNameWithoutExtension)
                .Order());

    [Theory]
    [MemberData(nameof(Components))]
    public void A_project_refers_only_to_projects_below_it(string component)
    {
        var folder = component["DnaBart.".Length..].ToLowerInvariant();
        var references = XDocument.Load(Path.Combine(SharedData.Root, folder, $"{component}.csproj"))
            .Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));

        Assert.Empty(references.Except(Allowed[component]));
    }

    /// <summary>Project references pass through (client sees torch by way of model), so what the compiled code uses counts too.</summary>
    [SkippableTheory]
    [MemberData(nameof(Components))]
    public void Compiled_code_uses_only_components_below_it(string component)
    {
        Skip.IfNot(File.Exists(AssemblyOf(component)), "the package feed had no Orleans at set-up");
        var used = Read(component).Assemblies.Where(name => name.StartsWith("DnaBart.", StringComparison.Ordinal));

        Assert.Empty(used.Except(Allowed[component]));
    }

    [Fact]
    public void Core_has_no_libtorch_Orleans_or_web_server()
    {
        var (assemblies, nativeLibraries) = Read("DnaBart.Core");

        Assert.DoesNotContain(assemblies, name => name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal)
            || name.Contains("Orleans", StringComparison.Ordinal) || name.Contains("Torch", StringComparison.Ordinal));
        // The C library is in every process; it tells devices from files (Paths.IsSpecial), which .NET 10 does not.
        Assert.Empty(nativeLibraries.Except(["libc"]));
    }

    private static string AssemblyOf(string component) => Path.Combine(AppContext.BaseDirectory, $"{component}.dll");

    private static (string[] Assemblies, string[] NativeLibraries) Read(string component)
    {
        using var file = new PEReader(File.OpenRead(AssemblyOf(component)));
        var metadata = file.GetMetadataReader();
        return (
            [.. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))],
            [.. Enumerable.Range(1, metadata.GetTableRowCount(TableIndex.ModuleRef))
                .Select(row => metadata.GetModuleReference(MetadataTokens.ModuleReferenceHandle(row)))
                .Select(module => metadata.GetString(module.Name))]);
    }
}
