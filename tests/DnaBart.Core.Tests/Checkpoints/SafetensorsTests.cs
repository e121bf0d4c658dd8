using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using DnaBart.Checkpoints;
using DnaBart.Fixtures;
using DnaBart.IO;

namespace DnaBart.Core.Tests.Checkpoints;

public sealed class SafetensorsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void WritesAndReadsBackEveryDtype()
    {
        var path = folder["all.safetensors"];
        var values = Enum.GetValues<TensorDtype>();
        SafetensorsWriter.Write(path, values.Select(dtype => Source(
            $"t.{dtype}", dtype, [3, 2], Enumerable.Range(1, 6 * dtype.Size()).Select(i => (byte)i).ToArray())));

        using var file = SafetensorsFile.Open(path);
        Assert.Contains("\"__metadata__\":{\"format\":\"pt\"}", Encoding.Latin1.GetString(File.ReadAllBytes(path)));
        Assert.Equal(values.Length, file.Tensors.Count);
        foreach (var dtype in values)
        {
            var entry = file[$"t.{dtype}"];
            Assert.Equal(dtype, entry.Dtype);
            Assert.Equal([3L, 2L], entry.Shape);
            Assert.Equal(0, file.Address(entry) % dtype.Size());
            Assert.Equal(Enumerable.Range(1, 6 * dtype.Size()).Select(i => (byte)i), file.Bytes(entry).ToArray());
        }
    }

    [Fact]
    public void BytesDoNotDependOnTheOrderOfTensors()
    {
        TensorSource[] tensors =
        [
            Source("b", TensorDtype.F32, [2], new[] { 1f, 2f }),
            Source("a", TensorDtype.F32, [], new[] { 3f }),
            Source("c", TensorDtype.I64, [0, 4], Array.Empty<long>()),
        ];
        SafetensorsWriter.Write(folder["1"], tensors);
        SafetensorsWriter.Write(folder["2"], tensors.Reverse());
        Assert.Equal(File.ReadAllBytes(folder["1"]), File.ReadAllBytes(folder["2"]));
        using var file = SafetensorsFile.Open(folder["1"]);
        Assert.Equal([1f, 2f], file.Read<float>("b"));
        Assert.Equal([3f], file.Read<float>("a"));
        Assert.Empty(file.Read<long>("c"));
    }

    [Fact]
    public void ReadsAHuggingFaceCheckpoint()
    {
        using var file = SafetensorsFile.Open(SharedData.Sample("bart_tiny/model.safetensors"));
        Assert.Equal([96L, 64L], file["model.shared.weight"].Shape);
        var copy = folder["copy.safetensors"];
        SafetensorsWriter.Write(copy, file.Tensors.Select(entry => Source(
            entry.Name, entry.Dtype, entry.Shape, file.Bytes(entry).ToArray())));
        using var reread = SafetensorsFile.Open(copy);
        foreach (var entry in file.Tensors)
            Assert.True(file.Bytes(entry).SequenceEqual(reread.Bytes(reread[entry.Name])), entry.Name);
    }

    [Fact]
    public void AFailedWriteLeavesNothing()
    {
        var path = folder["t"];
        var tooShort = new TensorSource("w", TensorDtype.F32, [2], stream => stream.Write(new byte[4]));
        Assert.Contains("tensor w: 4 bytes", Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, [tooShort])).Message);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("[1]", 0, "a JSON object expected")]
    [InlineData("{\"w\":", 0, "malformed safetensors header")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "tensor w: an object of dtype, shape and two data_offsets expected")]
    [InlineData("{\"w\":{\"dtype\":\"F8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "tensor w: dtype F8 is not supported; one of F64, F32")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4, "tensor w: shape holds -1")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}", 4, "tensor w: shape holds 1.5")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,4]}}", 4, "tensor w: shape [4294967296, 4294967296] is too large")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "tensor w: data_offsets [0, 4] hold 4 bytes; F32 of shape [2] needs 8")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 4, "tensor w: ends at 8, past the data's 4 bytes; the file is truncated")]
    [InlineData("{\"w\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}", 5, "3 bytes follow the last tensor")]
    [InlineData("{\"v\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},\"w\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[1,3]}}", 3, "tensor w: begins at 1 where 2 is expected")]
    [InlineData("{\"w\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},\"w\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "malformed safetensors header")]
    [InlineData("{\"__metadata__\":{\"a\":1}}", 0, "__metadata__.a: a string expected")]
    public void NamesWhatIsWrongWithAHeader(string header, int dataLength, string expected)
    {
        var path = folder["bad.safetensors"];
        var bytes = new byte[8 + header.Length + dataLength];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)header.Length);
        Encoding.UTF8.GetBytes(header, bytes.AsSpan(8));
        File.WriteAllBytes(path, bytes);
        var message = Assert.Throws<InputException>(() => SafetensorsFile.Open(path)).Message;
        Assert.StartsWith(path, message);
        Assert.Contains(expected, message);
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 1, 2, 3 })]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255, 1 })]
    [InlineData(new byte[] { 9, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}' })]
    public void RefusesTruncatedFiles(byte[] bytes)
    {
        var path = folder["short.safetensors"];
        File.WriteAllBytes(path, bytes);
        Assert.StartsWith(path, Assert.Throws<InputException>(() => SafetensorsFile.Open(path)).Message);
    }

    [Fact]
    public void NamesAMissingTensorAndAWrongType()
    {
        var path = folder["t"];
        SafetensorsWriter.Write(path, [Source("w", TensorDtype.F16, [1], new byte[2])]);
        using var file = SafetensorsFile.Open(path);
        Assert.Contains("tensor v is missing", Assert.Throws<InputException>(() => file["v"]).Message);
        Assert.Contains("tensor w is F16; Single expected", Assert.Throws<InputException>(() => file.Read<float>("w")).Message);
        Assert.Contains("cannot be read", Assert.Throws<InputException>(() => SafetensorsFile.Open(folder["none"])).Message);
    }

    private static TensorSource Source<T>(string name, TensorDtype dtype, IReadOnlyList<long> shape, T[] elements) where T : unmanaged =>
        new(name, dtype, shape, stream => stream.Write(MemoryMarshal.AsBytes(elements.AsSpan())));
}
