using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using DnaBart.Fixtures;

namespace DnaBart.Silo.Tests.Metrics;

/// <summary>Prometheus itself (Debian's package), which scrapes a server once a second until it is disposed of.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder folder;
    private readonly Process process;
    private readonly HttpClient client;

    private PrometheusServer(TemporaryFolder folder, Process process, Uri address) =>
        (this.folder, this.process, client) = (folder, process, new HttpClient { BaseAddress = address });

    public static async Task<PrometheusServer> StartAsync(Uri target)
    {
        var program = InstalledProgram.Require("prometheus", "prometheus");
        var folder = new TemporaryFolder();
        File.WriteAllText(folder["prometheus.yml"],
            $$"""
            scrape_configs:
              - job_name: dnabart
                scrape_interval: 1s
                static_configs: [{ targets: ["{{target.Authority}}"] }]
            """);
        var process = Process.Start(new ProcessStartInfo(program,
            [$"--config.file={folder["prometheus.yml"]}", $"--storage.tsdb.path={folder["data"]}", "--web.listen-address=127.0.0.1:0"])
        {
            RedirectStandardError = true,
        })!;
        var address = new TaskCompletionSource<Uri>();
        process.ErrorDataReceived += (_, line) =>
        {
            if (Regex.Match(line.Data ?? "", "msg=\"Listening on\" address=(\\S+)") is { Success: true } match)
                address.TrySetResult(new Uri($"http://{match.Groups[1].Value}"));
        };
        process.BeginErrorReadLine();
        try
        {
            return new PrometheusServer(folder, process, await address.Task.WaitAsync(Patience));
        }
        catch
        {
            await EndAsync(process, folder);
            throw;
        }
    }

    /// <summary>Waits until a query has a result.</summary>
    public async Task WaitForAsync(string query)
    {
        var deadline = Stopwatch.StartNew();
        while (!await HasResultAsync(query))
        {
            Assert.True(deadline.Elapsed < Patience, $"Prometheus has nothing for {query}");
            await Task.Delay(TimeSpan.FromMilliseconds(250));
        }
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await EndAsync(process, folder);
    }

    private async Task<bool> HasResultAsync(string query)
    {
        using var answer = await client.GetAsync($"/api/v1/query?query={Uri.EscapeDataString(query)}");
        // It answers 503 while it starts.
        if (answer.StatusCode == System.Net.HttpStatusCode.ServiceUnavailable)
            return false;
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.True(answer.IsSuccessStatusCode, json.RootElement.ToString());
        return json.RootElement.GetProperty("data").GetProperty("result").GetArrayLength() > 0;
    }

    private static async Task EndAsync(Process process, TemporaryFolder folder)
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        folder.Dispose();
    }
}
