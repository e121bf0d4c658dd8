using System.Diagnostics;
using System.Runtime.Versioning;
using DnaBart.Fixtures;

namespace DnaBart.Client.Tests;

/// <summary>The launcher <c>./dnabart</c>, in a checkout of its own whose tools (dotnet, cmake, apt-get, ...) are small scripts that
/// note how they were called.</summary>
[SupportedOSPlatform("linux")]
public sealed class LauncherTests : IDisposable
{
    /// <summary>The one stand-in for every tool. What it should do is said by files in its folder.</summary>
    private const string FakeTool = """
        #!/usr/bin/env bash
        here=$(dirname "$0"); tool=$(basename "$0"); root=$(dirname "$here")/check\ out
        echo "$tool $*" >>"$here/calls"
        case "$tool $1" in
            'dotnet --version') [[ ! -e $here/no-sdk ]] ;;
            'dotnet restore') [[ ! -e $here/no-orleans ]] ;;
            'dotnet build')
                [[ -e $here/no-build ]] && { echo 'error CS1002: ; expected'; exit 1; }
                sleep 0.2; mkdir -p "$root/client/bin/Release/net10.0"; : >"$root/client/bin/Release/net10.0/DnaBart.Client.dll" ;;
            'dotnet test') cp "$here"/*.trx "$root/build/test-results/"; [[ ! -e $here/no-pass ]] ;;
            'dotnet '*.dll) shift; echo "$PWD: $*" ;;
            'cmake --build') : >"$root/build/native/libdnabart_torch.so" ;;
            'cmake '*) mkdir -p "$root/build/native" ;;
            'apt-get install') cp "$0" "$here/c++" ;;
            'sudo '*) "$@" ;;
        esac
        """;

    private static readonly string[] RealTools =
        ["awk", "basename", "bash", "cat", "cp", "dirname", "env", "find", "flock", "mkdir", "mv", "readlink", "rm", "sed", "sh", "sha256sum", "sleep", "sort", "tail", "timeout"];

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("dnabart launcher ");
    private readonly string tools;
    private readonly string checkout;

    public LauncherTests()
    {
        tools = folder.CreateSubdirectory("tools").FullName;
        checkout = folder.CreateSubdirectory("check out").FullName;
        Directory.CreateDirectory(Path.Combine(checkout, "core"));
        Directory.CreateDirectory(Path.Combine(checkout, "tests"));
        foreach (var file in (string[])["dnabart", "global.json", ".editorconfig", "DnaBart.sln", "Directory.Packages.props", "core/DnaBart.Core.csproj"])
            File.Copy(Path.Combine(SharedData.Root, file), Path.Combine(checkout, file));
        var libtorch = folder.CreateSubdirectory("libtorch/include/ATen");
        File.WriteAllText(Path.Combine(libtorch.FullName, "ATen.h"), "");

        foreach (var tool in RealTools)
            File.CreateSymbolicLink(Path.Combine(tools, tool), Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(path => Path.Combine(path, tool)).First(File.Exists));
        foreach (var tool in (string[])["dotnet", "cmake", "make", "c++", "apt-get", "sudo"])
            Fake(tool);
    }

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void The_first_start_builds_and_the_second_only_runs_with_the_arguments_in_the_callers_folder()
    {
        var first = Launch("correct", "my reads.fastq");
        var second = Launch("correct", "my reads.fastq");

        Assert.Equal((0, $"{folder.FullName}: correct my reads.fastq\n"), (first.ExitCode, first.Output));
        Assert.Equal((0, first.Output, ""), (second.ExitCode, second.Output, second.Error));
        Assert.Single(Calls("dotnet build"));
        Assert.Single(Calls("cmake --build"));
        Assert.Single(Calls("dotnet restore"));
    }

    [Fact]
    public void A_symbolic_link_to_the_launcher_works()
    {
        var link = Path.Combine(folder.FullName, "link");
        File.CreateSymbolicLink(link, Path.Combine(checkout, "dnabart"));

        Assert.Equal(0, CommandLine.RunProcess(Start(link, "info")).ExitCode);
    }

    [Fact]
    public void A_new_changed_or_deleted_source_is_built()
    {
        var source = Path.Combine(checkout, "core", "Added.cs");

        Launch("info");
        File.WriteAllText(source, "one");
        Launch("info");
        File.WriteAllText(source, "two");
        Launch("info");
        File.Delete(source);
        Launch("info");
        Launch("info");

        Assert.Equal(4, Calls("dotnet build").Length);
    }

    [Fact]
    public void A_failed_build_shows_its_log_and_is_tried_again()
    {
        Say("no-build");
        var failed = Launch("info");
        File.Delete(Path.Combine(tools, "no-build"));
        var mended = Launch("info");

        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("error CS1002", failed.Error);
        Assert.Equal(0, mended.ExitCode);
    }

    [Fact]
    public async Task Starts_at_the_same_time_build_once()
    {
        var starts = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => Launch("info"))));

        Assert.All(starts, start => Assert.Equal(0, start.ExitCode));
        Assert.Single(Calls("dotnet build"));
    }

    [Fact]
    public void A_missing_SDK_is_named_with_the_command_that_gets_it()
    {
        Say("no-sdk");
        var result = Launch("info");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("dotnet-install.sh | bash -s -- --channel 10.0", result.Error);
    }

    [Fact]
    public void An_older_SDK_on_the_path_gives_way_to_what_that_command_installs()
    {
        Directory.CreateDirectory(Path.Combine(tools, "sdk", "8.0.100"));
        var installed = folder.CreateSubdirectory(".dotnet").CreateSubdirectory("sdk/10.0.100").Parent!.Parent!.FullName;
        File.Copy(Path.Combine(tools, "dotnet"), Path.Combine(installed, "dotnet"));

        Assert.Equal(0, Launch("info").ExitCode);
        Assert.Contains("dotnet --version", File.ReadAllLines(Path.Combine(installed, "calls")));
        Assert.Empty(Calls("dotnet"));
    }

    [Fact]
    public void Where_it_can_note_nothing_it_runs_what_is_built()
    {
        var state = Path.Combine(checkout, "build", "launcher");
        Directory.CreateDirectory(Path.Combine(checkout, "build"));
        File.WriteAllText(state, "no folder");
        var before = Launch("info");
        File.Delete(state);
        Launch("info");
        Directory.Delete(state, recursive: true);
        File.WriteAllText(state, "no folder");
        var after = Launch("info");

        Assert.Equal((1, true), (before.ExitCode, before.Error.Contains($"{state} cannot be written")));
        Assert.Equal((0, $"{folder.FullName}: info\n", ""), (after.ExitCode, after.Output, after.Error));
    }

    [Theory]
    [InlineData("c++", "g++")]
    [InlineData("make", "make")]
    public void A_missing_tool_is_installed(string tool, string package)
    {
        File.Delete(Path.Combine(tools, tool));
        var result = Launch("info");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal([$"apt-get install -y {package}"], Calls("apt-get"));
    }

    [Fact]
    public void A_missing_tool_is_named_where_the_launcher_cannot_install_it()
    {
        File.Delete(Path.Combine(tools, "c++"));
        File.Delete(Path.Combine(tools, "apt-get"));
        var result = Launch("info");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("needs g++", result.Error);
    }

    [Fact]
    public void A_wrong_libtorch_folder_is_named()
    {
        var start = Start(Path.Combine(checkout, "dnabart"), "info");
        start.Environment["DNABART_LIBTORCH"] = tools;
        var result = CommandLine.RunProcess(start);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"DNABART_LIBTORCH={tools}", result.Error);
    }

    [Theory]
    [InlineData(true, "true", "cluster part on")]
    [InlineData(false, "false", "cluster part off")]
    public void Orleans_is_asked_for_once_and_the_build_goes_on_without_it(bool onFeed, string property, string line)
    {
        if (!onFeed)
            Say("no-orleans");
        var result = Launch("info");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains(line, result.Error);
        Assert.Contains($"<DnaBartCluster>{property}</DnaBartCluster>", File.ReadAllText(Path.Combine(checkout, "build", "Cluster.props")));
        Assert.Contains("""<PackageReference Include="Microsoft.Orleans.Server" />""", File.ReadAllText(Path.Combine(checkout, "build", "orleans-probe", "OrleansProbe.csproj")));
    }

    [Fact]
    public void Test_sums_all_projects_and_names_skipped_tests_with_their_reason()
    {
        Say("a.trx", Trx(total: 3, passed: 2, failed: 0, Unit("Reads.Big(path: &quot;x&quot;)", "NotExecuted", "needs shared/data")));
        Say("b.trx", Trx(total: 4, passed: 4, failed: 0));
        var result = Launch("test", "--filter", "Reads");

        Assert.Equal((0, "skipped: Reads.Big(path: \"x\"): needs shared/data\n6 passed, 0 failed, 1 skipped\n"), (result.ExitCode, result.Output));
        Assert.EndsWith("--filter Reads", Assert.Single(Calls("dotnet test")));
    }

    [Fact]
    public void Test_fails_when_a_test_fails()
    {
        Say("a.trx", Trx(total: 3, passed: 2, failed: 1, Unit("Reads.Small", "Failed", "not equal")));
        Say("no-pass");
        var result = Launch("test");

        Assert.Equal((1, "2 passed, 1 failed, 0 skipped\n"), (result.ExitCode, result.Output));
    }

    [Fact]
    public void Test_fails_when_no_test_ran()
    {
        Say("a.trx", Trx(total: 0, passed: 0, failed: 0));
        var result = Launch("test");

        Assert.Equal((1, "no test ran\n0 passed, 0 failed, 0 skipped\n"), (result.ExitCode, result.Output));
    }

    [Fact]
    public void Test_fails_when_a_run_breaks_off()
    {
        Say("a.trx", Trx(total: 3, passed: 3, failed: 0));
        Say("no-pass");
        var result = Launch("test");

        Assert.Equal((1, "a test run broke off: see above\n3 passed, 0 failed, 0 skipped\n"), (result.ExitCode, result.Output));
    }

    private static string Trx(int total, int passed, int failed, string unit = "") => $"""
        <TestRun><Results>{unit}</Results>
          <ResultSummary outcome="Completed"><Counters total="{total}" executed="{passed + failed}" passed="{passed}" failed="{failed}" /></ResultSummary>
        </TestRun>
        """;

    private static string Unit(string name, string outcome, string message) => $"""
        <UnitTestResult testName="{name}" outcome="{outcome}"><Output><ErrorInfo><Message>{message}</Message></ErrorInfo></Output></UnitTestResult>
        """;

    private ProcessResult Launch(params string[] arguments) => CommandLine.RunProcess(Start(Path.Combine(checkout, "dnabart"), arguments));

    private ProcessStartInfo Start(string launcher, params string[] arguments)
    {
        var start = new ProcessStartInfo(launcher, arguments) { WorkingDirectory = folder.FullName };
        start.Environment["PATH"] = tools;
        start.Environment["HOME"] = folder.FullName;
        start.Environment["DNABART_LIBTORCH"] = Path.Combine(folder.FullName, "libtorch");
        return start;
    }

    private void Fake(string tool)
    {
        Say(tool, FakeTool);
        File.SetUnixFileMode(Path.Combine(tools, tool), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private void Say(string file, string text = "") => File.WriteAllText(Path.Combine(tools, file), text);

    private string[] Calls(string start) =>
        [.. File.ReadAllLines(Path.Combine(tools, "calls")).Where(call => call.StartsWith(start, StringComparison.Ordinal))];
}
