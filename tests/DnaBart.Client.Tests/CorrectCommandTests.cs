using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;
using DnaBart.Fixtures;
using DnaBart.Sequences;

namespace DnaBart.Client.Tests;

public sealed class CorrectCommandTests(TinyModel model) : IClassFixture<TinyModel>, IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Corrects_bases_and_keeps_names_qualities_lengths_and_order_for_any_number_of_threads()
    {
        // More than the reads that are corrected together, some of a genome that the model knows.
        var input = WriteReads("in.fastq", Reads(mate: 1, count: 200).Concat(GenomeReads(100)));
        var one = CorrectWith(KnowingModel, input, "-o", folder["one.fastq"], "--threads", "1", "--report", folder["report.json"]);
        CorrectWith(KnowingModel, input, "-o", folder["three.fastq"], "--threads", "3");
        var (before, after) = (Records(input), Records(folder["one.fastq"]));
        var report = JsonDocument.Parse(File.ReadAllText(folder["report.json"])).RootElement;
        var changed = before.Zip(after).Sum(pair => pair.First.Bases.Zip(pair.Second.Bases).Count(bases => bases.First != bases.Second));

        Assert.Empty(one.Output);
        Assert.Equal(before.Select(read => (read.Name, Letters(read.Quality))), after.Select(read => (read.Name, Letters(read.Quality))));
        Assert.True(changed > 0);
        Assert.Equal(changed, report.GetProperty("changed_bases").GetInt64());
        Assert.Equal(300, report.GetProperty("reads").GetInt64());
        Assert.Contains($"{changed:N0} bases changed", one.Error);
        Assert.Contains("reads/s", one.Error);
        Assert.Equal(File.ReadAllBytes(folder["one.fastq"]), File.ReadAllBytes(folder["three.fastq"]));
    }

    [Fact]
    public void Standard_input_and_output_gzip_pairs_and_interleaved_agree()
    {
        var (first, second) = (WriteReads("r1.fastq", 1, 50), WriteReads("r2.fastq.gz", 2, 50));
        var mates = Records(first).Zip(Records(second)).SelectMany(pair => new[] { pair.First, pair.Second });
        var interleaved = WriteReads("both.fastq", mates);

        Correct(first, second, "-o", folder["out1.fastq.gz"], "-o", folder["out2.fastq"]);
        Correct(interleaved, "--interleaved", "-o", folder["both.out.fastq"]);
        var piped = CommandLine.RunProcess(CommandLine.Start("correct", "--model", model.Path, "--device", "cpu", "-", "-o", "-"), File.ReadAllText(first));

        Assert.Equal(0, piped.ExitCode);
        Assert.Equal(0x1f, File.ReadAllBytes(folder["out1.fastq.gz"])[0]);
        Assert.Equal(
            Records(folder["out1.fastq.gz"]).Zip(Records(folder["out2.fastq"])).SelectMany(pair => new[] { pair.First, pair.Second }).Select(Text),
            Records(folder["both.out.fastq"]).Select(Text));
        Assert.Equal(string.Concat(Records(folder["out1.fastq.gz"]).Select(Text)), piped.Output);
    }

    [Fact]
    public void A_threshold_beyond_all_odds_changes_nothing()
    {
        var genome = SarsCoV2;
        var right = Enumerable.Range(0, 300).Select(i => genome[(10 * i)..((10 * i) + 120)]);
        var input = WriteReads("in.fastq", Reads(mate: 1, count: 30).Concat(GenomeReads(5)).Concat(right.Select(bases => new Read("right", bases, [.. bases.Select(_ => (byte)'I')]))));

        var usual = Correct(input, "-o", folder["usual.fastq"]);
        Correct(input, "-o", folder["out.fastq"], "--threshold", "900");

        Assert.Contains("; 5 bases changed", usual.Error);
        Assert.Equal(File.ReadAllText(input), File.ReadAllText(folder["out.fastq"]));
    }

    [Fact]
    public void A_network_of_the_other_strand_in_the_model_folder_is_asked_too()
    {
        var input = WriteReads("in.fastq", GenomeReads(20));
        Copy(model.Path, folder["joint"]);
        File.Copy(Path.Combine(KnowingModel, "correction.json"), Path.Combine(folder["joint"], "correction.json"), overwrite: true);
        var alone = CorrectWith(folder["joint"], input, "-o", folder["alone.fastq"]);
        Copy(KnowingModel, Path.Combine(folder["joint"], "complement"));
        var joint = CorrectWith(folder["joint"], input, "-o", folder["joint.fastq"]);

        Assert.Contains("; 0 bases changed", alone.Error);
        Assert.Contains("; 20 bases changed in 20 reads", joint.Error);
    }

    [Fact]
    public void A_network_of_the_other_strand_that_is_not_whole_is_named()
    {
        Copy(KnowingModel, folder["joint"]);
        Directory.CreateDirectory(Path.Combine(folder["joint"], "complement"));

        var result = Run(folder["joint"], [WriteReads("in.fastq", 1, 2), "-o", folder["out.fastq"]]);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(Path.Combine(folder["joint"], "complement", "config.json"), Assert.Single(result.Error.TrimEnd().Split('\n')));
        Assert.False(File.Exists(folder["out.fastq"]));
    }

    [Fact]
    public void Weights_that_are_not_those_of_the_manifest_are_named_and_correct_nothing()
    {
        Copy(KnowingModel, folder["damaged"]);
        var weights = Path.Combine(folder["damaged"], "model.safetensors");
        using (var file = File.OpenWrite(weights))
        {
            file.Position = 200_000;
            file.Write([255, 255, 255, 255]);
        }

        var result = Run(folder["damaged"], [WriteReads("in.fastq", 1, 2), "-o", folder["out.fastq"]]);

        Assert.Equal(
            (2, $"dnabart: {weights}: its SHA-256 is not the one in manifest.json; the file is damaged or was changed; copy the whole folder again\n"),
            (result.ExitCode, result.Error));
        Assert.False(File.Exists(folder["out.fastq"]));
    }

    [Fact]
    public void No_reads_give_no_reads()
    {
        File.WriteAllText(folder["none.fastq"], "");

        Correct(folder["none.fastq"], "-o", folder["out.fastq"]);

        Assert.Empty(File.ReadAllBytes(folder["out.fastq"]));
    }

    [Fact]
    public void A_damaged_record_late_in_the_file_is_named_and_nothing_is_left()
    {
        var input = WriteReads("in.fastq", 1, 400);
        File.AppendAllText(input, "@broken\nACGT\n+\nII\n");

        Refuses($"{input}:1604: 2 quality letters for 4 bases", input, "-o", folder["out.fastq"], "--report", folder["report.json"]);
    }

    [Fact]
    public void Pairs_of_unequal_number_are_refused() =>
        Refuses("unequal numbers of reads", WriteReads("r1.fastq", 1, 20), WriteReads("r2.fastq", 2, 19), "-o", folder["o1.fastq"], "-o", folder["o2.fastq"]);

    [Fact]
    public void Two_inputs_with_one_output_are_refused() =>
        Refuses("2 input files and 1 outputs", WriteReads("r1.fastq", 1, 2), WriteReads("r2.fastq", 2, 2), "-o", folder["o1.fastq"]);

    [Fact]
    public void An_input_is_not_written_over()
    {
        var input = WriteReads("in.fastq", 1, 2);

        Refuses("is also an input", input, "-o", input);
    }

    [Fact]
    public void A_folder_that_lacks_a_file_of_a_model_is_refused_by_its_name()
    {
        var result = CommandLine.Run("correct", "--model", SharedData.Sample("bart_tiny"), WriteReads("in.fastq", 1, 2), "-o", folder["out.fastq"]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("tokenizer.json", result.Error);
    }

    [Fact]
    public void An_interrupt_leaves_nothing_behind()
    {
        var start = CommandLine.Start("correct", "--model", model.Path, "-", "-o", folder["out.fastq.gz"]);
        start.RedirectStandardInput = start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        process.StandardInput.Write(string.Concat(Reads(1, 10).Select(Text)));
        process.StandardInput.Flush();
        // The input stays open, so the command is in the middle of its work once it has begun its output.
        Assert.True(SpinWait.SpinUntil(() => Directory.GetFiles(folder.Path).Length > 0, TimeSpan.FromMinutes(1)));
        Assert.True(process.Send(Signal.Interrupt));

        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(20)));
        Assert.Equal(130, process.ExitCode);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    private static string KnowingModel => Path.Combine(SharedData.Root, "models", "sars-cov-2");

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    private ProcessResult Correct(params string[] arguments) => CorrectWith(model.Path, arguments);

    private static ProcessResult CorrectWith(string model, params string[] arguments)
    {
        var result = Run(model, arguments);
        Assert.True(result.ExitCode == 0, $"exit code {result.ExitCode}: {result.Error}");
        return result;
    }

    private static ProcessResult Run(string model, string[] arguments) => CommandLine.Run(["correct", "--model", model, "--device", "cpu", .. arguments]);

    private void Refuses(string message, params string[] arguments)
    {
        var files = Directory.GetFiles(folder.Path).Order().ToDictionary(path => path, File.ReadAllText);
        var result = Run(model.Path, arguments);

        Assert.Contains(message, result.Error);
        Assert.Equal(2, result.ExitCode);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
        Assert.Equal(files, Directory.GetFiles(folder.Path).Order().ToDictionary(path => path, File.ReadAllText));
    }

    private string WriteReads(string name, int mate, int count) => WriteReads(name, Reads(mate, count));

    private string WriteReads(string name, IEnumerable<Read> reads)
    {
        using var stream = File.Create(folder[name]);
        using var target = name.EndsWith(".gz") ? new GZipStream(stream, CompressionLevel.Fastest) : (Stream)stream;
        var writer = new ReadWriter(target);
        foreach (var read in reads)
            writer.Write(read);
        writer.Commit();
        return folder[name];
    }

    /// <summary>Reads of 0 to 99 bases of low quality: one window of the model or several, of every length.</summary>
    private static IEnumerable<Read> Reads(int mate, int count)
    {
        var random = new Random(mate);
        return Enumerable.Range(0, count).Select(i => new Read(
            $"read{i} {mate}:N:0", random.GetItems("ACGTN"u8[..(i % 10 == 0 ? 5 : 4)], i % 100), Enumerable.Repeat((byte)'&', i % 100).ToArray())).ToList();
    }

    private static byte[] SarsCoV2
    {
        get
        {
            using var genome = FastaReader.Open(SharedData.Sample("genomes/SARS-CoV-2.NC_045512.2.fa.gz"));
            return genome.ReadAll().Single().Bases;
        }
    }

    /// <summary>Reads of SARS-CoV-2, an error of low quality in the middle of each.</summary>
    private static IEnumerable<Read> GenomeReads(int count)
    {
        var bases = SarsCoV2;
        return Enumerable.Range(0, count).Select(i =>
        {
            var read = bases.AsSpan(i * 290, 120).ToArray();
            var quality = Enumerable.Repeat((byte)'I', read.Length).ToArray();
            (read[60], quality[60]) = (read[60] == 'A' ? (byte)'C' : (byte)'A', (byte)'#');
            return new Read($"genome{i}", read, quality);
        }).ToList();
    }

    private static List<Read> Records(string path)
    {
        using var reader = FastqReader.Open(path);
        return [.. reader.ReadAll()];
    }

    private static string Text(Read read) => $"@{read.Name}\n{Letters(read.Bases)}\n+\n{Letters(read.Quality)}\n";

    private static string Letters(byte[] bytes) => System.Text.Encoding.ASCII.GetString(bytes);
}
