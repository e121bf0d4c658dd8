using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using DnaBart.IO;
using DnaBart.Sequences;

namespace DnaBart.Tokenization;

/// <summary>Byte-pair encoding of DNA: bases to token ids and back. Gives the ids that Hugging Face tokenizers gives with the same
/// <c>tokenizer.json</c>, for upper-case input; lower case is read as upper case.
/// <para>RNA's U is T where the vocabulary has no U. Any other letter that is not in the vocabulary is N if it is an IUPAC code and the
/// vocabulary has N, and the unknown token otherwise (one for each such letter). White space separates words and gives no token. The names of special tokens are not
/// looked for in the bases. Immutable and safe for use by many threads.</para></summary>
public sealed class BpeTokenizer
{
    /// <summary>The name of a tokenizer's file in a model's folder.</summary>
    public const string FileName = "tokenizer.json";

    /// <summary>Above this many tokens (a 128 MiB table of pairs) the queue encodes.</summary>
    private const int MostTokensForTiling = 1 << 15;

    /// <summary>In <see cref="idOfByte"/>: the letter merges with others.</summary>
    private const int PartOfWord = -1;

    /// <summary>In <see cref="idOfByte"/>: the byte gives no token.</summary>
    private const int WhiteSpace = -2;

    private readonly Vocabulary vocabulary;
    private readonly byte[][] basesById;
    private readonly Dictionary<string, int> idByToken = [];
    private readonly int[] idOfByte;
    private readonly SearchValues<byte> wordLetters;
    private readonly IWordEncoder wordEncoder;

    internal BpeTokenizer(Vocabulary vocabulary)
    {
        this.vocabulary = vocabulary;
        basesById = new byte[vocabulary.Tokens.Length][];
        for (var id = 0; id < basesById.Length; id++)
        {
            var token = vocabulary.Tokens[id];
            idByToken.Add(token, id);
            basesById[id] = vocabulary.IsSpecial[id] ? [] : Encoding.ASCII.GetBytes(token);
        }

        var letterId = LetterIds();
        var queue = new MergeQueueEncoder(letterId, vocabulary.Merges);
        var tree = new MergeTree(vocabulary, queue, basesById);
        // Letters of no merged token (N, or all of them in a vocabulary of single bases) need no search: each is its own token.
        var mergedTokens = basesById.Where((bases, id) => tree.Occurs[id] && bases.Length > 1);
        byte[] merging = [.. mergedTokens.SelectMany(bases => bases).Distinct().Order()];
        byte[] inWords = letterId['U'] == letterId['T'] && merging.Contains((byte)'T') ? [.. merging, (byte)'U'] : merging;
        wordLetters = SearchValues.Create([.. inWords, .. inWords.Select(LowerCase)]);
        idOfByte = IdsOfBytes(letterId, inWords);
        wordEncoder = tree.RanksRise && basesById.Length <= MostTokensForTiling
            ? new TilingEncoder(new TokenTrie(merging, basesById, tree.Occurs), new TokenPairs(tree), basesById)
            : queue;
    }

    /// <summary>The number of tokens, special ones included.</summary>
    public int VocabularySize => vocabulary.Tokens.Length;

    public SpecialTokens Special => vocabulary.Special;

    /// <summary>Reads a Hugging Face <c>tokenizer.json</c>.</summary>
    /// <param name="path">The file, or a folder that holds one of that name.</param>
    /// <exception cref="InputException">The file is missing, malformed, or uses a feature that is not supported; the message
    /// names it.</exception>
    public static BpeTokenizer Load(string path) =>
        new(TokenizerJson.Read(Directory.Exists(path) ? Path.Combine(path, FileName) : path));

    /// <summary>Writes a <c>tokenizer.json</c> that Hugging Face tokenizers reads, whole or not at all.</summary>
    public void Save(string path) => TokenizerJson.Write(path, vocabulary);

    /// <summary>The id of a token, by its text; null where the vocabulary lacks it.</summary>
    public int? TokenToId(string token) => idByToken.TryGetValue(token, out var id) ? id : null;

    /// <summary>The bases that a token stands for; none for special tokens.</summary>
    public ReadOnlySpan<byte> BasesOf(int id) => basesById[id];

    /// <summary>The ids of a sequence, without special tokens around it.</summary>
    public int[] Encode(ReadOnlySpan<byte> bases)
    {
        var ids = new List<int>();
        Encode(bases, ids);
        return [.. ids];
    }

    /// <summary>Appends the ids of a sequence to a list, without special tokens around it.</summary>
    public void Encode(ReadOnlySpan<byte> bases, List<int> ids)
    {
        var before = ids.Count;
        CollectionsMarshal.SetCount(ids, before + bases.Length);
        var count = Encode(bases, CollectionsMarshal.AsSpan(ids)[before..]);
        CollectionsMarshal.SetCount(ids, before + count);
    }

    /// <summary>Writes the ids of a sequence into <paramref name="ids"/>, without special tokens around it.</summary>
    /// <param name="bases">Any length.</param>
    /// <param name="ids">At least as long as <paramref name="bases"/>.</param>
    /// <returns>The number of ids.</returns>
    /// <exception cref="ArgumentException"><paramref name="ids"/> is too short.</exception>
    public int Encode(ReadOnlySpan<byte> bases, Span<int> ids)
    {
        if (ids.Length < bases.Length)
            throw new ArgumentException($"room for {bases.Length} ids is needed, one a base; there is room for {ids.Length}", nameof(ids));
        var (count, position) = (0, 0);
        while (position < bases.Length)
        {
            var id = idOfByte[bases[position]];
            if (id == PartOfWord)
            {
                var word = bases[position..];
                var end = word.IndexOfAnyExcept(wordLetters);
                if (end >= 0)
                    word = word[..end];
                count += wordEncoder.Encode(word, ids[count..]);
                position += word.Length;
                continue;
            }
            if (id != WhiteSpace)
                ids[count++] = id;
            position++;
        }
        return count;
    }

    /// <summary>The ids of a sequence with the template's special tokens around it (<c>&lt;s&gt; ... &lt;/s&gt;</c>,
    /// <c>[CLS] ... [SEP]</c>).</summary>
    public int[] EncodeWithSpecialTokens(ReadOnlySpan<byte> bases)
    {
        var ids = new List<int>();
        EncodeWithSpecialTokens(bases, ids);
        return [.. ids];
    }

    /// <summary>Appends the ids of a sequence to a list, with the template's special tokens around it.</summary>
    public void EncodeWithSpecialTokens(ReadOnlySpan<byte> bases, List<int> ids)
    {
        ids.AddRange(vocabulary.Prefix);
        Encode(bases, ids);
        ids.AddRange(vocabulary.Suffix);
    }

    /// <summary>The bases of a sequence of ids; special tokens, the unknown token among them, are skipped.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public byte[] Decode(ReadOnlySpan<int> ids)
    {
        var length = 0;
        foreach (var id in ids)
        {
            if ((uint)id >= (uint)basesById.Length)
                throw new ArgumentOutOfRangeException(nameof(ids), id, $"token ids run from 0 to {basesById.Length - 1}");
            length += basesById[id].Length;
        }
        var bases = new byte[length];
        var position = 0;
        foreach (var id in ids)
        {
            basesById[id].CopyTo(bases, position);
            position += basesById[id].Length;
        }
        return bases;
    }

    private static byte LowerCase(byte letter) => (byte)char.ToLowerInvariant((char)letter);

    /// <summary>The id of each byte's own token, or T's for U; -1 where the vocabulary has none.</summary>
    private int[] LetterIds()
    {
        var ids = new int[256];
        Array.Fill(ids, -1);
        for (var id = 0; id < basesById.Length; id++)
        {
            if (basesById[id] is [var letter])
                ids[letter] = ids[LowerCase(letter)] = id;
        }
        if (ids['U'] < 0)
            ids['U'] = ids['u'] = ids['T'];
        return ids;
    }

    /// <summary>What each byte gives on its own, or <see cref="PartOfWord"/>, or <see cref="WhiteSpace"/>.</summary>
    private int[] IdsOfBytes(int[] letterId, byte[] inWords)
    {
        var ids = new int[256];
        for (var letter = 0; letter < ids.Length; letter++)
        {
            var isIupac = Nucleotides.IndexOfInvalid([(byte)letter]) < 0;
            ids[letter] = letterId[letter] >= 0 ? letterId[letter]
                : isIupac && letterId['N'] >= 0 ? letterId['N']
                : vocabulary.Special.Unknown;
        }
        foreach (var letter in inWords)
            ids[letter] = ids[LowerCase(letter)] = PartOfWord;
        foreach (var space in " \t\n\v\f\r")
            ids[space] = WhiteSpace;
        return ids;
    }
}
