using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using DnaBart.Fixtures;
using DnaBart.Sequences;
using Microsoft.Playwright;

namespace DnaBart.Silo.Tests;

/// <summary>The page at <c>/</c> in Chromium (Debian's package); skipped, by name, where it is absent.</summary>
public class WebPageTests
{
    /// <summary>Nothing of its own accord to anywhere, and no profile kept.</summary>
    private static readonly string[] Flags =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync",
    ];

    [SkippableTheory]
    [InlineData(1280, 900, ColorScheme.Light)]
    [InlineData(360, 740, ColorScheme.Dark)]
    public async Task It_shows_what_changed_in_a_read_and_asks_nobody_else(int width, int height, ColorScheme colors)
    {
        var chromium = InstalledProgram.Require("chromium", "chromium");
        await using var server = await TestServer.StartAsync();
        var address = server.Addresses.Single();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = Flags });
        var page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = colors });
        page.SetDefaultTimeout(60_000);
        var (asked, errors) = (new ConcurrentQueue<Uri>(), new ConcurrentQueue<string>());
        page.Request += (_, request) => asked.Enqueue(new Uri(request.Url));
        page.PageError += (_, error) => errors.Enqueue(error);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                errors.Enqueue(message.Text);
        };

        await page.GotoAsync(address.ToString());
        await page.Locator("#models").GetByText(TestServer.Model).WaitForAsync();
        await page.GetByText("None has been started.").WaitForAsync();
        var (record, from, to) = ReadWithAnError();
        await page.Locator("#read").FillAsync(record);
        await page.GetByRole(AriaRole.Button, new() { Name = "Correct" }).ClickAsync();
        await page.Locator("#answer ins").First.WaitForAsync();

        // Rates show from the second look at /metrics on.
        await page.Locator("#reads-rate").Filter(new() { HasTextRegex = new Regex("^[0-9]") }).WaitForAsync();

        Assert.Equal(from, await page.Locator("#answer del").InnerTextAsync());
        Assert.Equal(to, await page.Locator("#answer ins").InnerTextAsync());
        var change = await page.Locator("#answer tr").Last.InnerTextAsync();
        Assert.StartsWith("76\t", change);
        Assert.Contains($"{from} to {to}", change);
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth"), "the page is wider than the window");
        Assert.Empty(errors);
        Assert.All(asked.Where(uri => uri.Scheme != "data"), uri => Assert.Equal(address.Authority, uri.Authority));
    }

    /// <summary>150 bases of the genome that the model knows, the 76th wrong and of low quality.</summary>
    private static (string Record, string From, string To) ReadWithAnError()
    {
        var genome = SequenceReader.ReadAll(SharedData.Sample("genomes/SARS-CoV-2.NC_045512.2.fa.gz")).Single();
        var bases = genome.Bases.AsSpan(10_000, 150).ToArray();
        var quality = new string('I', bases.Length).ToCharArray();
        var right = (char)bases[75];
        var wrong = right == 'A' ? 'C' : 'A';
        bases[75] = (byte)wrong;
        quality[75] = '#';
        return ($"@read\n{Encoding.ASCII.GetString(bases)}\n+\n{new string(quality)}", wrong.ToString(), right.ToString());
    }
}
