using System.Text.Json.Nodes;
using DnaBart.Checkpoints;
using DnaBart.Correction;
using DnaBart.Fixtures;
using DnaBart.IO;
using DnaBart.Model.Pretraining;
using DnaBart.Pretraining;
using DnaBart.Torch;

namespace DnaBart.Model.Tests.Pretraining;

public sealed class PretrainerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private static readonly Genome PhiX = Genome.Load([SharedData.Sample("genomes/phiX174.NC_001422.1.fa.gz")]);

    public void Dispose() => folder.Dispose();

    private static PretrainingRecipe Recipe(int windows, double dropout = 0, double holdOut = 0, int evaluateEvery = 4) => PretrainingRecipe.Parse(
        $$"""
        {
          "description": "test",
          "model": {"preset": "tiny", "dropout": {{dropout}}},
          "tokenizer": {"vocabularySize": 16},
          "data": {"windowBases": 40, "windows": {{windows}}, "epochs": 2, "bothStrands": true, "holdOut": {{holdOut}}},
          "corruption": [
            {"name": "sequencing", "kind": "sequencing", "cleanShare": 0.3, "minRate": 0.01, "maxRate": 0.1},
            {"name": "indel", "kind": "uniform", "deletion": 0.1, "insertion": 0.1}
          ],
          "batch": {"rows": 16, "accumulation": 2},
          "optimizer": {"learningRate": 3e-3, "warmup": 0.1},
          "evaluation": {"everySteps": {{evaluateEvery}}, "windows": 32},
          "checkpoints": {"everySteps": 5}
        }
        """, "test.json");

    private Pretrainer Run(string name, PretrainingRecipe recipe, bool resume = false, long cancelAtStep = -1, string? from = null)
    {
        using var cancellation = new CancellationTokenSource();
        var pretrainer = new Pretrainer(recipe, PhiX, folder[name], "cpu", from)
        {
            Progress = progress =>
            {
                if (progress.Step == cancelAtStep)
                    cancellation.Cancel();
            },
        };
        pretrainer.Run(resume, cancellation.Token);
        return pretrainer;
    }

    /// <summary>The columns of metrics.csv that do not depend on the machine's speed.</summary>
    private string[] Metrics(string name) =>
        [.. File.ReadAllLines(Path.Combine(folder[name], "metrics.csv")).Select(row => row[..row.LastIndexOf(',')])];

    private byte[] Bytes(string name, string file) => File.ReadAllBytes(Path.Combine(folder[name], file));

    [Fact]
    public void ARunThatWasInterruptedAtStepsAndEvaluationsIsTheUnbrokenRunBitForBit()
    {
        var recipe = Recipe(windows: 128, dropout: 0.1);
        var tensors = TensorCount.Settled();
        Run("whole", recipe);
        Assert.Equal(tensors, torch.LiveTensors);
        Assert.Throws<OperationCanceledException>(() => Run("broken", recipe, cancelAtStep: 3));
        // Before the evaluation of that step, and of the last.
        Assert.Throws<OperationCanceledException>(() => Run("broken", recipe, resume: true, cancelAtStep: 4));
        Assert.Equal(["step-00000003", "step-00000004"], Directory.GetDirectories(folder["broken/checkpoints"]).Select(Path.GetFileName).Order());
        Assert.Single(File.ReadAllLines(folder["broken/evaluation.csv"]));
        Assert.Throws<OperationCanceledException>(() => Run("broken", recipe, resume: true, cancelAtStep: 8));
        Run("broken", recipe, resume: true);

        Assert.Equal(1 + 8, Metrics("whole").Length);
        Assert.Equal(Metrics("whole"), Metrics("broken"));
        Assert.Equal(Bytes("whole", "evaluation.csv"), Bytes("broken", "evaluation.csv"));
        Assert.Equal(Bytes("whole", "model/model.safetensors"), Bytes("broken", "model/model.safetensors"));
        Assert.Equal(Bytes("whole", "model/manifest.json"), Bytes("broken", "model/manifest.json"));
        Assert.Contains("accuracy, indel", File.ReadAllText(Path.Combine(folder["whole"], "curves.svg")));
    }

    [Fact]
    public void TheModelLearnsAndIsEvaluatedFromItsFolder()
    {
        var model = Run("run", Recipe(windows: 1000, evaluateEvery: 1000)).ModelFolder;
        var losses = Metrics("run").Skip(1).Select(row => double.Parse(row.Split(',')[4])).ToArray();
        Assert.True(losses[^5..].Average() < losses[..5].Average() - 0.3, $"{losses[..5].Average()} to {losses[^5..].Average()}");

        Assert.NotNull(CheckpointManifest.Verify(model));
        using (var corrector = CorrectionModel.Load(model, "cpu"))
            Assert.Equal(40, corrector.Settings.WindowBases);
        var results = DenoisingEvaluation.OfFolder(model, recipe: null, PhiX, "cpu");
        Assert.Equal(["sequencing", "indel"], results.Select(result => result.Corruption));
        Assert.All(results, result => Assert.Equal(EvaluatedSequence.TrainedOn, result.Sequence));
        var last = File.ReadAllLines(Path.Combine(folder["run"], "evaluation.csv"))[^2].Split(',');
        Assert.Equal(results[0].Metrics.Accuracy, double.Parse(last[4]), 12);
        Assert.Equal(results[0].Metrics.Perplexity, double.Parse(last[6]), 5);
        Assert.True(results[0].Metrics.Accuracy > 0.15, $"{results[0].Metrics.Accuracy}");
    }

    [Fact]
    public void HeldOutSequenceIsSaidToBeSo()
    {
        var genome = Genome.Load([SharedData.Sample("genomes/SARS-CoV-2.NC_045512.2.fa.gz")]);
        var recipe = Recipe(windows: 16, holdOut: 0.5) with { Seed = 3 };
        var tokenizer = DnaBart.Tokenization.BpeTrainer.Train([], 10);
        using var bart = new Bart(BartConfig.Tiny(10));
        var results = new DenoisingEvaluation(recipe, genome, tokenizer, 512).Run(bart);
        Assert.All(results, result => Assert.Equal(EvaluatedSequence.HeldOut, result.Sequence));
        Assert.All(results, result => Assert.Equal(32 * 42, result.Metrics.Tokens));
    }

    /// <summary>What was held out, and what was trained on, the model's folder tells of its own genome and blocks alone.</summary>
    [Fact]
    public void WhatTheModelWasNotSeenToBeTrainedOnIsNotSaidToBe()
    {
        var recipe = Recipe(windows: 32, holdOut: 0.5);
        var genome = Genome.Load([SharedData.Sample("genomes/SARS-CoV-2.NC_045512.2.fa.gz")]);
        var trained = new Pretrainer(recipe, genome, folder["run"], "cpu");
        trained.Run(resume: false);
        var model = trained.ModelFolder;

        Assert.Equal(EvaluatedSequence.HeldOut, Evaluated(null, genome));
        Assert.Equal(EvaluatedSequence.HeldOut, Evaluated(recipe with { Corruption = Recipe(windows: 32).Corruption }, genome));
        Assert.Equal(EvaluatedSequence.Given, Evaluated(recipe with { Seed = recipe.Seed + 1 }, genome));
        Assert.Equal(EvaluatedSequence.Given, Evaluated(Recipe(windows: 32), genome));
        Assert.Equal(EvaluatedSequence.Given, Evaluated(null, Genome.Of([genome.Sequences[0][1..]])));

        // It knew all of the genome before a part of it was held out.
        var known = new Pretrainer(recipe, genome, folder["known"], "cpu", from: model);
        known.Run(resume: false);
        Assert.Equal(EvaluatedSequence.Given, DenoisingEvaluation.OfFolder(known.ModelFolder, null, genome, "cpu")[0].Sequence);
        Assert.All(File.ReadAllLines(folder["known/evaluation.csv"]).Skip(1), row => Assert.Equal("0", row.Split(',')[2]));

        var manifest = Path.Combine(model, CheckpointManifest.FileName);
        File.WriteAllLines(manifest, File.ReadAllLines(manifest).Where(line => !line.Contains("\"genome\"")));
        Assert.Equal(EvaluatedSequence.Given, Evaluated(null, genome));

        EvaluatedSequence Evaluated(PretrainingRecipe? by, Genome sequence) => DenoisingEvaluation.OfFolder(model, by, sequence, "cpu")[0].Sequence;
    }

    [Fact]
    public void RefusesAnotherRunsFolder()
    {
        var recipe = Recipe(windows: 64);
        Run("run", recipe);
        Assert.Contains("already holds a run", Assert.Throws<InputException>(() => Run("run", recipe)).Message);
        Assert.Contains("another recipe", Assert.Throws<InputException>(() => Run("run", Recipe(windows: 65), resume: true)).Message);
        var other = new Pretrainer(recipe, Genome.Of(["ACGTTGCATG"u8.ToArray()]), folder["run"], "cpu");
        Assert.Contains("another genome", Assert.Throws<InputException>(() => other.Run(resume: true)).Message);
        Assert.Contains("there is none", Assert.Throws<InputException>(() => new Pretrainer(recipe, PhiX, folder["x"], "cuda:77")).Message);
    }

    [Fact]
    public void WindowsThatTheModelHasNoRoomForAreRefusedAndLeaveNoRun()
    {
        var recipe = Recipe(windows: 64);
        var long600 = recipe with { Data = recipe.Data with { MinBases = 600, MaxBases = 600 }, Tokenizer = new(null, 10) };
        Assert.Contains("the model's 512 positions", Assert.Throws<InputException>(() => Run("run", long600)).Message);
        Run("run", recipe);
    }

    [Fact]
    public void ATokenizerThatDoesNotMarkTheEndIsRefused()
    {
        var file = folder["tokenizer.json"];
        DnaBart.Tokenization.BpeTrainer.Train([], 10).Save(file);
        var json = JsonNode.Parse(File.ReadAllText(file))!;
        json["post_processor"] = null;
        File.WriteAllText(file, json.ToJsonString());
        var recipe = Recipe(windows: 64) with { Tokenizer = new(file, 0) };
        Assert.StartsWith($"{file}: the tokenizer's post_processor must", Assert.Throws<InputException>(() => Run("run", recipe)).Message);
    }

    [Fact]
    public void DamagedCheckpointsAreNamedAndDoNotMakeARunBeginAnew()
    {
        var recipe = Recipe(windows: 128);
        Run("run", recipe);
        Damage("step-00000008");
        var notes = new List<string>();
        new Pretrainer(recipe, PhiX, folder["run"], "cpu") { Noted = notes.Add }.Run(resume: true);
        Assert.Contains("step-00000008", Assert.Single(notes));

        Damage("step-00000005");
        Damage("step-00000008");
        var metrics = Metrics("run");
        var message = Assert.Throws<InputException>(() => Run("run", recipe, resume: true)).Message;
        Assert.StartsWith($"{folder["run"]}: none of its checkpoints is whole; delete {folder["run/checkpoints"]} to begin anew", message);
        Assert.Equal(metrics, Metrics("run"));
        Directory.Delete(folder["run/checkpoints"], recursive: true);
        Run("run", recipe, resume: true);

        void Damage(string step) => File.Delete(folder[$"run/checkpoints/{step}/training.json"]);
    }

    [Fact]
    public void TwoProcessesDoNotTrainInOneFolder()
    {
        using (new CheckpointDirectory(Path.Combine(folder["run"], "checkpoints"), keep: 1).Lock())
            Assert.Contains("another process trains here", Assert.Throws<InputException>(() => Run("run", Recipe(windows: 64), resume: true)).Message);
        Run("run", Recipe(windows: 64));
    }

    [Fact]
    public void ARunFromAModelBeginsWithWhatThatHasLearned()
    {
        var first = Run("first", Recipe(windows: 256)).ModelFolder;
        Run("second", Recipe(windows: 64), from: first);
        double FirstLoss(string name) => double.Parse(Metrics(name)[1].Split(',')[4]);
        Assert.InRange(FirstLoss("second"), 0, FirstLoss("first") - 0.1);
        Assert.Equal(Bytes("first", "model/tokenizer.json"), Bytes("second", "model/tokenizer.json"));

        var wider = Recipe(windows: 64) with { Model = new("mini", 0, null, false) };
        Assert.Contains("sizes", Assert.Throws<InputException>(() => Run("third", wider, from: first)).Message);
        Assert.Contains("no-model", Assert.Throws<InputException>(() => Run("fourth", wider, from: folder["no-model"])).Message);
        // What could not begin leaves nothing that a second try would take for a run.
        Run("third", Recipe(windows: 64), from: first);

        var weights = Bytes("first", "model/model.safetensors");
        weights[^1] ^= 1;
        File.WriteAllBytes(Path.Combine(first, "model.safetensors"), weights);
        Assert.Contains("SHA-256", Assert.Throws<InputException>(() => Run("fifth", Recipe(windows: 64), from: first)).Message);
    }

    [Fact]
    public void AResumedRunKeepsToTheWeightsThatItBeganWith()
    {
        var recipe = Recipe(windows: 64);
        var first = Run("first", recipe).ModelFolder;
        var other = Run("other", recipe with { Seed = 2 }).ModelFolder;
        var whole = Run("whole", recipe, from: first).ModelFolder;
        Assert.Throws<OperationCanceledException>(() => Run("run", recipe, cancelAtStep: 1, from: first));
        Assert.Contains("resume it from that one", Refusal(from: other));

        // As a kill before the first checkpoint leaves it.
        Directory.Delete(folder["run/checkpoints/step-00000001"], recursive: true);
        Assert.Contains("resume it from that one", Refusal(from: null));
        Assert.Throws<OperationCanceledException>(() => Run("run", recipe, resume: true, cancelAtStep: 1, from: first));
        Run("run", recipe, resume: true);
        Assert.Equal(Bytes("whole", "model/manifest.json"), Bytes("run", "model/manifest.json"));
        Assert.Equal(CheckpointManifest.Sha256(Path.Combine(first, "model.safetensors")), CheckpointManifest.Read(whole)!.From);

        Assert.Contains("resume it from no model", Assert.Throws<InputException>(() => Run("first", recipe, resume: true, from: other)).Message);

        string Refusal(string? from) => Assert.Throws<InputException>(() => Run("run", recipe, resume: true, from: from)).Message;
    }

    [Fact]
    public void ResumingAFinishedRunChangesNothing()
    {
        var recipe = Recipe(windows: 64);
        Run("run", recipe);
        // What calibration and proofreading leave in the folder, and a second network, of the other strand.
        var model = folder["run/model"];
        new CorrectionSettings(30, 1.5, 0.5).Save(model);
        CheckpointManifest.ReplaceText(model, KnownMistakes.FileName, "ACGT\tA\n");
        Directory.CreateDirectory(Path.Combine(model, "complement"));
        File.WriteAllText(Path.Combine(model, "complement", "config.json"), "{}");
        var before = Contents();
        Run("run", recipe, resume: true);
        Assert.Equal(before, Contents());

        // One that is damaged is written anew.
        var weights = Bytes("run", "model/model.safetensors");
        File.WriteAllBytes(Path.Combine(model, "model.safetensors"), weights[..^1]);
        Run("run", recipe, resume: true);
        Assert.Equal(weights, Bytes("run", "model/model.safetensors"));

        var metrics = Path.Combine(folder["run"], "metrics.csv");
        File.AppendAllText(metrics, "a note\n");
        var lines = File.ReadAllLines(metrics).Length;
        Assert.StartsWith($"{metrics}:{lines}: 'step,examples", Assert.Throws<InputException>(() => Run("run", recipe, resume: true)).Message);

        string[] Contents() => [.. Directory.GetFiles(model, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(path => $"{path} {CheckpointManifest.Sha256(path)}")];
    }
}
