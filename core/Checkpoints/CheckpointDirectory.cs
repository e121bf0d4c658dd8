using DnaBart.IO;

namespace DnaBart.Checkpoints;

/// <summary>A folder of checkpoints, one subfolder a step (<c>step-00001200</c>). A checkpoint is whole or absent: it is written beside
/// its place, flushed to the disk, sealed with a <see cref="CheckpointManifest"/>, and renamed.</summary>
/// <param name="root">The folder that holds the checkpoints; made when the first one is saved.</param>
/// <param name="keep">How many of the newest checkpoints stay, 1 or more.</param>
public sealed class CheckpointDirectory(string root, int keep)
{
    private const string Prefix = "step-";
    private const string PartialSuffix = ".partial";

    /// <summary>Keeps other processes out until it is disposed of or this process ends, however that ends. Makes the folder.</summary>
    /// <exception cref="InputException">Another process is in it, or it cannot be written to.</exception>
    public IDisposable Lock()
    {
        try
        {
            Directory.CreateDirectory(root);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{root}: cannot be made ({e.Message}); choose another output folder", e);
        }
        return LockFile.Take(Path.Combine(root, "lock"), $"{root}: another process trains here; wait for its end, or choose another folder");
    }

    /// <summary>Saves a checkpoint, then removes the oldest beyond <c>keep</c>, later ones, and what an interrupted save has left.</summary>
    /// <param name="fill">Writes the checkpoint's files into the folder it is given.</param>
    /// <param name="recipe">The recipe's JSON text, kept in the manifest.</param>
    public void Save(long step, string recipe, Action<string> fill)
    {
        WriteFolder(PathOf(step), recipe, fill);
        // A later checkpoint is one that the run passed over because it is damaged; it must not push this one out.
        foreach (var later in Steps().Where(other => other > step))
            Directory.Delete(PathOf(later), recursive: true);
        foreach (var old in Steps().OrderDescending().Skip(keep))
            Directory.Delete(PathOf(old), recursive: true);
        foreach (var partial in Directory.GetDirectories(root, Prefix + "*" + PartialSuffix + "*"))
            Directory.Delete(partial, recursive: true);
    }

    /// <summary>The newest checkpoint whose files are all there and undamaged; null if there is none.</summary>
    /// <param name="passedOver">Told what is wrong with each newer one: an older whole one continues the run.</param>
    public (long Step, string Folder)? FindLatest(Action<string>? passedOver = null)
    {
        foreach (var step in Steps().OrderDescending())
        {
            try
            {
                if (CheckpointManifest.Verify(PathOf(step)) is not null)
                    return (step, PathOf(step));
                passedOver?.Invoke($"{PathOf(step)}: has no {CheckpointManifest.FileName}");
            }
            catch (InputException e)
            {
                passedOver?.Invoke(e.Message);
            }
        }
        return null;
    }

    /// <summary>Writes one sealed folder, whole or absent, in place of an earlier folder of that name.</summary>
    /// <param name="recipe">The recipe's JSON text, kept in the manifest.</param>
    /// <param name="fill">Writes the files into the folder it is given.</param>
    /// <param name="genome">As <see cref="CheckpointManifest"/> keeps it.</param>
    /// <param name="from">As <see cref="CheckpointManifest"/> keeps it.</param>
    /// <exception cref="InputException">The parent folder cannot be written to.</exception>
    public static void WriteFolder(string path, string recipe, Action<string> fill, string genome = "", string from = "")
    {
        var partial = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)) + PartialSuffix;
        try
        {
            if (Directory.Exists(partial))
                Directory.Delete(partial, recursive: true);
            Directory.CreateDirectory(partial);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be written ({e.Message}); choose another output folder", e);
        }
        try
        {
            fill(partial);
            CheckpointManifest.Seal(partial, recipe, genome, from);
        }
        catch
        {
            // On a full disk what is left would keep it full.
            Directory.Delete(partial, recursive: true);
            throw;
        }
        // The earlier folder leaves by a rename, so that no reader meets it half deleted.
        var replaced = partial + ".replaced";
        if (Directory.Exists(path))
            Directory.Move(path, replaced);
        Directory.Move(partial, path);
        if (Directory.Exists(replaced))
            Directory.Delete(replaced, recursive: true);
    }

    private IEnumerable<long> Steps() => !Directory.Exists(root) ? [] : Directory.GetDirectories(root, Prefix + "*")
        .Select(folder => long.TryParse(Path.GetFileName(folder)[Prefix.Length..], out var step) ? step : -1)
        .Where(step => step >= 0);

    private string PathOf(long step) => Path.Combine(root, $"{Prefix}{step:D8}");
}
