namespace DnaBart.Tokenization;

/// <summary>The ids of a vocabulary's special tokens. <c>Begin</c> and <c>End</c> are <c>&lt;s&gt;</c> and <c>&lt;/s&gt;</c> in BART's
/// naming, <c>[CLS]</c> and <c>[SEP]</c> in BERT's.</summary>
public sealed record SpecialTokens(int Unknown, int Begin, int End, int Pad, int Mask);
