using System.Diagnostics;
using DnaBart.Fixtures;

namespace DnaBart.Cluster.Tests;

/// <summary>A PostgreSQL server of a test's own on a free port of the loopback, with Orleans' tables. The tests that need it are skipped, by name, where
/// there is no <c>initdb</c>, or no scripts: they are Orleans' own, and <c>DNABART_ORLEANS_SQL</c> names their folder.</summary>
public sealed class PostgresServer : IDisposable
{
    private const string User = "dnabart", Database = "dnabart";

    private static readonly string[] Scripts = ["PostgreSQL-Main.sql", "PostgreSQL-Clustering.sql", "PostgreSQL-Persistence.sql", "PostgreSQL-Reminders.sql"];

    private readonly TemporaryFolder folder;
    private readonly string programs;
    private readonly bool asRoot = Environment.UserName == "root";
    private readonly int port = FreePort.Find();

    public PostgresServer()
    {
        var found = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin")).LastOrDefault(bin => File.Exists(Path.Combine(bin, "initdb")))
            : null;
        Skip.If(found is null, "needs PostgreSQL (initdb below /usr/lib/postgresql)");
        programs = found!;
        var sql = Environment.GetEnvironmentVariable("DNABART_ORLEANS_SQL");
        Skip.If(sql is null || !Scripts.All(script => File.Exists(Path.Combine(sql, script))),
            "needs Orleans' PostgreSQL scripts (set DNABART_ORLEANS_SQL to their folder)");
        folder = new TemporaryFolder();
        try
        {
            Start(sql!);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>For <c>--cluster</c>.</summary>
    public string Address => $"postgres://{User}@127.0.0.1:{port}/{Database}";

    public void Dispose()
    {
        // Not there where it did not even start.
        if (File.Exists(folder["data/postmaster.pid"]))
            Run("pg_ctl", "postgres", "-D", folder["data"], "-w", "-m", "immediate", "stop");
        folder.Dispose();
    }

    private void Start(string sql)
    {
        // The server refuses to run as root.
        if (asRoot)
            Run("chown", null, "postgres", folder.Path);
        Run("initdb", "postgres", "-D", folder["data"], "-A", "trust", "-U", User, "--no-sync");
        Run("pg_ctl", "postgres", "-D", folder["data"], "-w", "-l", folder["log"], "-o",
            $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder.Path} -c fsync=off", "start");
        Run("createdb", null, "-h", "127.0.0.1", "-p", $"{port}", "-U", User, Database);
        foreach (var script in Scripts)
            Run("psql", null, "-q", "-h", "127.0.0.1", "-p", $"{port}", "-U", User, "-d", Database, "-v", "ON_ERROR_STOP=1", "-f", Path.Combine(sql, script));
    }

    private void Run(string program, string? user, params string[] arguments)
    {
        var path = program == "chown" ? program : Path.Combine(programs, program);
        // The server keeps its end of these streams: they must not be waited for.
        var start = asRoot && user is not null
            ? new ProcessStartInfo("runuser", ["-u", user, "--", path, .. arguments])
            : new ProcessStartInfo(path, arguments);
        start.WorkingDirectory = "/";
        using var process = Process.Start(start)!;
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} ended with code {process.ExitCode}");
    }
}
