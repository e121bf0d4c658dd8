using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using DnaBart.Checkpoints;
using DnaBart.Finetuning;
using DnaBart.Fixtures;
using DnaBart.Gue;
using DnaBart.IO;
using DnaBart.Metrics;
using DnaBart.Model.Finetuning;
using DnaBart.Sequences;
using DnaBart.Tokenization;
using DnaBart.Torch;

namespace DnaBart.Model.Tests.Finetuning;

public sealed class FinetunerTests : TinyFinetuning
{
    private Finetuner Finetuner(string name, FinetuningRecipe recipe, Action<EpochResult>? ended = null) =>
        new(recipe, Task(), folder["model"], folder[name], "cpu") { EpochEnded = ended };

    private byte[] Weights(string name) => File.ReadAllBytes(Path.Combine(folder[name], "model.safetensors"));

    [Theory]
    [InlineData("encoderMean")]
    [InlineData("decoderLast")]
    [InlineData("decoderMean")]
    public void LearnsWithEveryPoolingAndTheFolderClassifiesAlike(string pooling)
    {
        var tensors = TensorCount.Settled();
        var result = Finetuner("run", Recipe($", \"pooling\": \"{pooling}\", \"bothStrands\": true, \"balancedClasses\": true")).Run().Result!;
        Assert.Equal(tensors, torch.LiveTensors);
        Assert.True(result.TestMcc > 0.5, $"{result.TestMcc}");
        Assert.False(result.Collapsed);
        Assert.False(Directory.Exists(folder["run.training"]));

        using var classifier = SequenceClassifier.Load(folder["run"], "cpu");
        var test = Task().Folder.Read(Task().Dataset, GueSplit.Test);
        var matrix = new ConfusionMatrix(2);
        var probabilities = classifier.Classify([.. test.Select(example => Encoding.ASCII.GetBytes(example.Sequence))]);
        foreach (var (row, example) in probabilities.Zip(test))
            matrix.Add(example.Label, row[1] > row[0] ? 1 : 0);
        Assert.Equal(result.Test, matrix.Rows);

        // Each sequence by itself, and its other strand, in other company and so with other padding.
        for (var i = 0; i < 5; i++)
        {
            var bases = Encoding.ASCII.GetBytes(test[i].Sequence);
            Assert.Equal(probabilities[i][1], classifier.Classify([bases])[0][1], 5);
            Assert.Equal(probabilities[i][1], classifier.Classify([Nucleotides.ReverseComplement(bases)])[0][1], 5);
        }
    }

    [Fact]
    public void ARunThatWasCancelledGoesOnBitForBit()
    {
        var recipe = Recipe(", \"bothStrands\": true, \"dropout\": 0.1");
        var whole = Finetuner("whole", recipe).Run().Result!;
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Finetuner("broken", recipe, _ => cancellation.Cancel()).Run(cancellation: cancellation.Token));
        Assert.False(Directory.Exists(folder["broken"]));
        var (score, _, none) = Finetuner("broken", recipe).Run(trainTo: 2);
        Assert.Null(none);
        Assert.InRange(score, -1, 1);
        var resumed = Finetuner("broken", recipe).Run().Result!;
        Assert.Equal(whole.Epochs.Select(Plain), resumed.Epochs.Select(Plain));
        Assert.Equal(whole.Test, resumed.Test);
        Assert.Equal(Weights("whole"), Weights("broken"));

        // The same run again is the result that is there; another run may not take its place.
        Assert.Equal(resumed.Seconds, Finetuner("broken", recipe, _ => Assert.Fail("trained again")).Run().Seconds);
        Assert.Contains("choose another folder", Assert.Throws<InputException>(() => Finetuner("broken", Recipe()).Run()).Message);

        static string Plain(EpochResult epoch) => $"{epoch.Epoch} {epoch.TrainLoss:R} {epoch.DevLoss:R} {string.Join(',', epoch.Dev.SelectMany(row => row))}";
    }

    [Fact]
    public void EvaluationsOnDevAndOnTheTestSayThatTheyGetOn()
    {
        var (batches, ofDev) = (0, 0);
        new Finetuner(Recipe(epochs: 1), Task(), folder["model"], folder["run"], "cpu") { EvaluationGetsOn = () => batches++, EpochEnded = _ => ofDev = batches }.Run();
        Assert.True(ofDev > 0);
        Assert.True(batches > ofDev);
    }

    [Fact]
    public void TwoProcessesDoNotTrainForOneFolder()
    {
        using (new CheckpointDirectory(folder["run.training"], keep: 1).Lock())
            Assert.Contains("another process trains here", Assert.Throws<InputException>(() => Finetuner("run", Recipe()).Run()).Message);
        Assert.NotNull(Finetuner("run", Recipe(epochs: 1)).Run().Result);
    }

    [Fact]
    public void CheckpointsThatCannotBeDeletedTakeNothingFromARunThatHasEnded()
    {
        // A name that is no UTF-8 is none that .NET finds again.
        var undeletable = (byte[])[.. Encoding.UTF8.GetBytes(folder["run.training/"]), 0xff, 0];
        Directory.CreateDirectory(folder["run.training"]);
        Assert.Equal(0, MakeDirectory(undeletable, 0x1c0));
        try
        {
            var result = Finetuner("run", Recipe(epochs: 1)).Run().Result!;
            Assert.True(Directory.Exists(folder["run.training"]));
            Assert.Equal(result.Seconds, Finetuner("run", Recipe(epochs: 1)).Run().Seconds);
        }
        finally
        {
            RemoveDirectory(undeletable);
        }
    }

    [Fact]
    public void AFolderThatCannotBeWrittenIsSaidBeforeTraining()
    {
        File.WriteAllText(folder["file"], "");
        foreach (var name in new[] { "file", "file/below" })
            Assert.Contains("choose another", Assert.Throws<InputException>(() => Finetuner(name, Recipe(), _ => Assert.Fail("trained")).Run()).Message);
    }

    [Fact]
    public void ARunDoesNotGoOnWithOtherData()
    {
        Finetuner("run", Recipe()).Run(trainTo: 1);
        var dev = Path.Combine(folder["data"], "tf/0/dev.csv");
        var rows = File.ReadAllLines(dev);
        File.WriteAllLines(dev, rows[..^1]);
        Assert.Contains("another recipe, task, data", Assert.Throws<InputException>(() => Finetuner("run", Recipe()).Run()).Message);
        File.WriteAllLines(dev, rows);
        Assert.NotNull(Finetuner("run", Recipe()).Run().Result);
    }

    [Fact]
    public void TheTestSetIsNotOpenedBeforeTheEnd()
    {
        File.Delete(Path.Combine(folder["data"], "tf/0/test.csv"));
        var ended = new List<int>();
        var finetuner = Finetuner("run", Recipe(epochs: 2), epoch => ended.Add(epoch.Epoch));
        Assert.Contains("test.csv", Assert.Throws<InputException>(() => finetuner.Run()).Message);
        Assert.Equal([1, 2], ended);
    }

    [Fact]
    public void ADamagedModelIsNotFinetuned()
    {
        CheckpointDirectory.WriteFolder(folder["model"], "", path => PretrainedFixture.Write(path));
        var weights = Weights("model");
        weights[^1] ^= 1;
        File.WriteAllBytes(Path.Combine(folder["model"], "model.safetensors"), weights);
        Assert.Contains("SHA-256", Assert.Throws<InputException>(() => Finetuner("run", Recipe()).Run()).Message);
    }

    [Fact]
    public void ATokenizerOfAnotherModelIsSaidToBeSo()
    {
        Finetuner("run", Recipe(epochs: 1)).Run();
        File.Delete(Path.Combine(folder["run"], "manifest.json"));
        var other = BpeTrainer.Train([Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("ACGTTGCAATCGGCTAACCGGTTAAGCTTCGA", 4)))], 17);
        foreach (var name in new[] { "run", "model" })
            other.Save(Path.Combine(folder[name], BpeTokenizer.FileName));
        const string Expected = "tokenizer.json has 17 tokens and the model only 16; they do not belong together";
        Assert.EndsWith(Expected, Assert.Throws<InputException>(() => SequenceClassifier.Load(folder["run"], "cpu")).Message);
        Assert.EndsWith(Expected, Assert.Throws<InputException>(() => Finetuner("again", Recipe()).Run()).Message);
        Assert.EndsWith(Expected, Assert.Throws<InputException>(() => new TokenGenerator(folder["model"], "cpu")).Message);
    }

    [Fact]
    public void AModelThatLearnsNothingIsSaidToHaveCollapsedAndEndsEarly()
    {
        var train = Path.Combine(folder["data"], "tf/0/train.csv");
        File.WriteAllText(train, File.ReadAllText(train).Replace(",0\n", ",1\n"));
        var result = Finetuner("run", Recipe(", \"patience\": 2, \"trainRows\": 100", epochs: 9)).Run().Result!;
        Assert.True(result.Collapsed);
        Assert.Equal((1, 3, 100, 300), (result.BestEpoch, result.Epochs.Length, result.TrainRows, result.AllTrainRows));
        Assert.Equal(0, result.TestMcc);
        Assert.Contains("trained on 100 of 300 rows", result.ToRun("x").Deviation);
    }

    [Fact]
    public void LoraTrainsFewNumbersAndIsMergedIntoThePretrainedWeights()
    {
        var recipe = Recipe(", \"lora\": {\"rank\": 4, \"alpha\": 8}", rate: 1e-2);
        var result = Finetuner("run", recipe).Run().Result!;
        // q and v of 2 encoder layers and, twice, of 2 decoder layers; the head has 32 x 32 + 32 + 2 x 32 + 2.
        Assert.Equal((12 * 2 * 4 * 32) + 1122, result.TrainedParameters);
        Assert.True(result.TestMcc > 0.3, $"{result.TestMcc}");
        using var pretrained = BartCheckpoint.Load(folder["model"], Device.CPU);
        using var classifier = BartClassifier.Load(folder["run"], Device.CPU);
        var before = pretrained.named_parameters().ToDictionary(p => p.Name, p => p.Parameter.data<float>());
        var changed = classifier.Bart.named_parameters().Where(p => !p.Parameter.data<float>().SequenceEqual(before[p.Name])).Select(p => p.Name).ToList();
        Assert.Equal(12, changed.Count);
        Assert.All(changed, name => Assert.Matches("(q|v)_proj.weight$", name));
    }

    [Fact]
    public void WeightsAreLoadedInTheTypeThatIsComputedInButForTheHeads()
    {
        Finetuner("run", Recipe(epochs: 1)).Run();
        using var exact = BartClassifier.Load(folder["run"], Device.CPU);
        using var half = BartClassifier.Load(folder["run"], Device.CPU, ScalarType.BFloat16);
        Assert.All(exact.named_parameters(), p => Assert.Equal(ScalarType.Float32, p.Parameter.dtype));
        Assert.All(half.named_parameters(), p => Assert.Equal(
            p.Name.StartsWith("classifier.", StringComparison.Ordinal) ? ScalarType.Float32 : ScalarType.BFloat16, p.Parameter.dtype));
        int[][] rows = [[0, 5, 6, 7, 8, 2], [0, 8, 8, 5, 2]];
        Assert.All(exact.Probabilities(rows).Zip(half.Probabilities(rows)), pair => Assert.Equal(pair.First[0], pair.Second[0], 0.02));
    }

    [Fact]
    public void TheFolderHasHuggingFacesLayout()
    {
        Finetuner("run", Recipe(epochs: 1)).Run();
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder["run"], "config.json")))!;
        Assert.Equal("bart", (string?)config["model_type"]);
        Assert.Equal("""{"0":"0","1":"1"}""", config["id2label"]!.ToJsonString());
        Assert.Equal(0.3, (double)config["classifier_dropout"]!);
        Assert.Equal("""{"task":"tf/0","pooling":"decoderMean","both_strands":false}""", config["dnabart"]!.ToJsonString());
        Assert.Equal(
            ["config.json", "manifest.json", "model.safetensors", "result.json", "tokenizer.json"],
            Directory.GetFiles(folder["run"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Contains("not a classifier's", Assert.Throws<InputException>(() => SequenceClassifier.Load(folder["model"], "cpu")).Message);
    }

    [Fact]
    public void AnEstimateTrainsNothingAndIsLessByTheEpochsDone()
    {
        var finetuner = Finetuner("run", Recipe());
        var estimate = finetuner.Estimate();
        Assert.InRange(estimate.After(finetuner.EpochsDone).TotalSeconds, 1e-3, 600);
        Assert.False(Directory.Exists(folder["run"]) || Directory.Exists(folder["run.training"]));

        finetuner.Run(trainTo: 2);
        Assert.Equal(estimate.Epoch + estimate.Test, estimate.After(finetuner.EpochsDone));
    }

    [DllImport("libc", EntryPoint = "mkdir")]
    private static extern int MakeDirectory(byte[] path, uint mode);

    [DllImport("libc", EntryPoint = "rmdir")]
    private static extern int RemoveDirectory(byte[] path);
}
