using System.Text.Json;
using DnaBart.IO;

namespace DnaBart.Checkpoints;

/// <summary>The JSON header of a safetensors file, checked against the size of the data that follows it.</summary>
internal sealed record SafetensorsHeader(IReadOnlyList<TensorEntry> Tensors)
{
    /// <summary>The format's own limit: 100 MB.</summary>
    public const int MaxLength = 100_000_000;

    public const string MetadataKey = "__metadata__";

    public static SafetensorsHeader Parse(string path, ReadOnlySpan<byte> json, long dataLength)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json.ToArray(), new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException e)
        {
            throw new InputException($"{path}: malformed safetensors header: {e.Message}", e);
        }
        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new InputException($"{path}: malformed safetensors header: a JSON object expected");
            var tensors = new List<TensorEntry>();
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (property.NameEquals(MetadataKey))
                    CheckMetadata(path, property.Value);
                else
                    tensors.Add(ReadEntry(path, property.Name, property.Value));
            }
            tensors.Sort((a, b) => (a.Offset, a.ByteLength).CompareTo((b.Offset, b.ByteLength)));
            CheckLayout(path, tensors, dataLength);
            return new SafetensorsHeader(tensors);
        }
    }

    /// <summary>What it says is of no use here, but that it is as the format has it tells a whole file from a damaged one.</summary>
    private static void CheckMetadata(string path, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw new InputException($"{path}: {MetadataKey}: an object of strings expected");
        foreach (var item in value.EnumerateObject().Where(item => item.Value.ValueKind != JsonValueKind.String))
            throw new InputException($"{path}: {MetadataKey}.{item.Name}: a string expected");
    }

    private static TensorEntry ReadEntry(string path, string name, JsonElement value)
    {
        InputException Malformed(string what) => new($"{path}: tensor {name}: {what}");
        if (value.ValueKind != JsonValueKind.Object
            || !value.TryGetProperty("dtype", out var dtypeValue) || dtypeValue.ValueKind != JsonValueKind.String
            || !value.TryGetProperty("shape", out var shapeValue) || shapeValue.ValueKind != JsonValueKind.Array
            || !value.TryGetProperty("data_offsets", out var offsetsValue) || offsetsValue.ValueKind != JsonValueKind.Array
            || offsetsValue.GetArrayLength() != 2)
            throw Malformed("an object of dtype, shape and two data_offsets expected");
        var dtypeName = dtypeValue.GetString()!;
        if (!Enum.GetNames<TensorDtype>().Contains(dtypeName))
            throw Malformed($"dtype {dtypeName} is not supported; one of {string.Join(", ", Enum.GetNames<TensorDtype>())} expected");
        var dtype = Enum.Parse<TensorDtype>(dtypeName);

        long Natural(JsonElement number, string what) => number.ValueKind == JsonValueKind.Number && number.TryGetInt64(out var n) && n >= 0
            ? n
            : throw Malformed($"{what} holds {number.GetRawText()}; a whole number, 0 or more, expected");
        var shape = shapeValue.EnumerateArray().Select(dimension => Natural(dimension, "shape")).ToArray();
        var begin = Natural(offsetsValue[0], "data_offsets");
        var end = Natural(offsetsValue[1], "data_offsets");
        long byteLength;
        try
        {
            byteLength = shape.Aggregate((long)dtype.Size(), (product, dimension) => checked(product * dimension));
        }
        catch (OverflowException)
        {
            throw Malformed($"shape [{string.Join(", ", shape)}] is too large");
        }
        if (end - begin != byteLength)
            throw Malformed($"data_offsets [{begin}, {end}] hold {end - begin} bytes; {dtype} of shape [{string.Join(", ", shape)}] needs {byteLength}");
        return new TensorEntry(name, dtype, shape, begin, byteLength);
    }

    /// <summary>The format asks that tensors cover the data without holes, which also rules out overlaps and hidden bytes.</summary>
    private static void CheckLayout(string path, List<TensorEntry> tensors, long dataLength)
    {
        var end = 0L;
        foreach (var tensor in tensors)
        {
            if (tensor.Offset != end)
                throw new InputException(
                    $"{path}: tensor {tensor.Name}: begins at {tensor.Offset} where {end} is expected; tensors must neither overlap nor leave gaps");
            end += tensor.ByteLength;
            if (end > dataLength)
                throw new InputException($"{path}: tensor {tensor.Name}: ends at {end}, past the data's {dataLength} bytes; the file is truncated");
        }
        if (end != dataLength)
            throw new InputException($"{path}: {dataLength - end} bytes follow the last tensor; the file is damaged");
    }
}
