using System.Buffers.Binary;
using System.Text.Json;
using DnaBart.IO;

namespace DnaBart.Checkpoints;

/// <summary>A tensor to be written; its bytes are asked for only when their turn comes, so that a model larger than free memory
/// can be saved tensor by tensor.</summary>
/// <param name="WriteTo">Writes exactly the tensor's bytes, little-endian and row-major.</param>
public sealed record TensorSource(string Name, TensorDtype Dtype, IReadOnlyList<long> Shape, Action<Stream> WriteTo)
{
    internal long ByteLength => Shape.Aggregate((long)Dtype.Size(), (product, dimension) => checked(product * dimension));
}

/// <summary>Writes safetensors files. The same tensors give the same bytes: order is by falling element size and then by name, as
/// Hugging Face's own writer has it, so that every tensor is aligned to its elements; the header is padded to 8 bytes.</summary>
public static class SafetensorsWriter
{
    /// <summary>Writes a file, whole or not at all.</summary>
    /// <exception cref="InputException">The folder does not exist or cannot be written to.</exception>
    /// <exception cref="ArgumentException">Two tensors share a name, or a source wrote another number of bytes than its shape needs.</exception>
    public static void Write(string path, IEnumerable<TensorSource> tensors)
    {
        var ordered = tensors.OrderByDescending(tensor => tensor.Dtype.Size()).ThenBy(tensor => tensor.Name, StringComparer.Ordinal).ToList();
        if (ordered.GroupBy(tensor => tensor.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"two tensors are named {twice.Key}");
        var header = Header(ordered);
        using var file = new AtomicFile(path, 1 << 20);
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        file.Stream.Write(length);
        file.Stream.Write(header);
        foreach (var tensor in ordered)
        {
            var start = file.Stream.Position;
            tensor.WriteTo(file.Stream);
            var written = file.Stream.Position - start;
            if (written != tensor.ByteLength)
                throw new ArgumentException($"tensor {tensor.Name}: {written} bytes written where its shape needs {tensor.ByteLength}");
        }
        file.Commit();
    }

    private static byte[] Header(List<TensorSource> ordered)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject(SafetensorsHeader.MetadataKey);
            // Hugging Face loads no file without it.
            json.WriteString("format", "pt");
            json.WriteEndObject();
            var offset = 0L;
            foreach (var tensor in ordered)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.Dtype.ToString());
                json.WriteStartArray("shape");
                foreach (var dimension in tensor.Shape)
                    json.WriteNumberValue(dimension);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += tensor.ByteLength);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        // Data then starts at a multiple of 8: the format asks for trailing spaces as padding.
        while (buffer.Length % 8 != 0)
            buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }
}
