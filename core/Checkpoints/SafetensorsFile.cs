using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using DnaBart.IO;

namespace DnaBart.Checkpoints;

/// <summary>Where one tensor lies in a safetensors file.</summary>
/// <param name="Name">The tensor's name, e.g. <c>model.shared.weight</c>.</param>
/// <param name="Dtype">Its element type.</param>
/// <param name="Shape">Its dimensions, row-major; empty for a scalar.</param>
/// <param name="Offset">Bytes from the start of the data section (after the header).</param>
/// <param name="ByteLength">Its size in bytes: the elements times <see cref="TensorDtypes.Size"/>.</param>
public sealed record TensorEntry(string Name, TensorDtype Dtype, IReadOnlyList<long> Shape, long Offset, long ByteLength);

/// <summary>A safetensors file, memory-mapped and read only. The whole header is checked on opening, so that every tensor it lists
/// can be read without further checks: offsets lie in the file, do not overlap, leave no gap, and agree with dtype and shape.</summary>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private readonly MemoryMappedFile map;
    private readonly MemoryMappedViewAccessor view;
    private readonly byte* data;
    private readonly Dictionary<string, TensorEntry> entries;
    private bool disposed;

    private SafetensorsFile(string path, MemoryMappedFile map, MemoryMappedViewAccessor view, byte* data, SafetensorsHeader header)
    {
        FilePath = path;
        this.map = map;
        this.view = view;
        this.data = data;
        Tensors = header.Tensors;
        entries = header.Tensors.ToDictionary(entry => entry.Name);
    }

    /// <summary>The path as it was given.</summary>
    public string FilePath { get; }

    /// <summary>The tensors in the order of their data.</summary>
    public IReadOnlyList<TensorEntry> Tensors { get; }

    /// <summary>Maps a file and checks its header.</summary>
    /// <exception cref="InputException">The file is missing, truncated or malformed; the message names file and tensor.</exception>
    public static SafetensorsFile Open(string path)
    {
        MemoryMappedFile? map = null;
        MemoryMappedViewAccessor? view = null;
        try
        {
            // The length is taken from the handle that is mapped, so the file cannot change in between.
            var handle = File.OpenHandle(path);
            var length = RandomAccess.GetLength(handle);
            if (length < sizeof(ulong))
            {
                handle.Dispose();
                throw new InputException($"{path}: {length} bytes are no safetensors file (at least 8 expected); fetch the file again");
            }
            map = MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            byte* start = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            start += view.PointerOffset;
            var headerLength = *(ulong*)start;
            if (headerLength > (ulong)(length - sizeof(ulong)) || headerLength > SafetensorsHeader.MaxLength)
                throw new InputException($"{path}: a header of {headerLength} bytes does not fit a file of {length}; it is truncated or no safetensors file");
            var header = SafetensorsHeader.Parse(
                path, new ReadOnlySpan<byte>(start + sizeof(ulong), (int)headerLength), length - sizeof(ulong) - (long)headerLength);
            return new SafetensorsFile(path, map, view, start + sizeof(ulong) + headerLength, header);
        }
        catch (Exception e)
        {
            view?.Dispose();
            map?.Dispose();
            if (e is IOException or UnauthorizedAccessException)
                throw InputException.Unreadable(path, e);
            throw;
        }
    }

    public bool Contains(string name) => entries.ContainsKey(name);

    /// <summary>The entry of a tensor that must be there.</summary>
    /// <exception cref="InputException">The file has no tensor of that name.</exception>
    public TensorEntry this[string name] => entries.TryGetValue(name, out var entry)
        ? entry
        : throw new InputException($"{FilePath}: tensor {name} is missing");

    /// <summary>The address of a tensor's first byte, valid until this object is disposed; for tensors over 2 GiB and for libtorch.</summary>
    public nint Address(TensorEntry entry)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return (nint)(data + entry.Offset);
    }

    /// <summary>A tensor's bytes, little-endian and row-major, without a copy; valid until this object is disposed.</summary>
    public ReadOnlySpan<byte> Bytes(TensorEntry entry) => new((byte*)Address(entry), checked((int)entry.ByteLength));

    /// <summary>A tensor's elements as <typeparamref name="T"/>, copied.</summary>
    /// <exception cref="InputException">The tensor is missing, or its elements have another size than <typeparamref name="T"/>.</exception>
    public T[] Read<T>(string name) where T : unmanaged
    {
        var entry = this[name];
        if (entry.Dtype.Size() != sizeof(T))
            throw new InputException($"{FilePath}: tensor {name} is {entry.Dtype}; {typeof(T).Name} expected");
        // Files of other writers need not align tensors, so the bytes are copied rather than cast.
        var elements = new T[entry.ByteLength / sizeof(T)];
        Bytes(entry).CopyTo(MemoryMarshal.AsBytes(elements.AsSpan()));
        return elements;
    }

    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        map.Dispose();
    }
}
