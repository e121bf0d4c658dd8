using DnaBart.IO;

namespace DnaBart.Sequences;

/// <summary>A record has more bytes than its reader was allowed to hold.</summary>
/// <inheritdoc cref="InputException.At" path="/param"/>
public sealed class RecordTooLongException(string file, long line, string message) : InputException(At(file, line, message).Message);
