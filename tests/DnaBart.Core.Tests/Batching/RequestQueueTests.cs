using DnaBart.Batching;

namespace DnaBart.Core.Tests.Batching;

public class RequestQueueTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly RequestQueue<string> queue = new(new BatchPolicy(BatchBases: 100, Delay: TimeSpan.FromMilliseconds(5), CapacityBases: 250, LargestBases: long.MaxValue));

    private string Take(double milliseconds) => string.Concat(queue.Take(Start.AddMilliseconds(milliseconds), out _).Select(entry => entry.Request));

    [Fact]
    public void A_batch_is_taken_when_it_is_full_or_its_oldest_request_has_waited()
    {
        Assert.Empty(queue.Take(Start, out var nothing));
        Assert.Null(nothing);

        queue.TryAdd("a", 40, Start);
        Assert.Empty(queue.Take(Start.AddMilliseconds(2), out var wait));
        Assert.Equal(TimeSpan.FromMilliseconds(3), wait);
        queue.TryAdd("b", 40, Start.AddMilliseconds(2));
        Assert.Equal("", Take(4));
        Assert.Equal("ab", Take(5));

        queue.TryAdd("c", 60, Start);
        queue.TryAdd("d", 40, Start);
        Assert.Equal("cd", Take(0));
    }

    [Fact]
    public void A_batch_ends_before_the_request_that_would_overfill_it_and_a_large_one_is_taken_alone()
    {
        queue.TryAdd("a", 60, Start);
        queue.TryAdd("b", 50, Start);
        queue.TryAdd("c", 140, Start);
        Assert.Equal("a", Take(0));
        Assert.Equal("b", Take(0));
        Assert.Equal("c", Take(0));
    }

    [Fact]
    public void What_is_accepted_counts_until_it_is_released_or_removed()
    {
        queue.TryAdd("a", 200, Start);
        Assert.Null(queue.TryAdd("b", 51, Start));
        Assert.True(queue.Remove(queue.TryAdd("b", 51, Start, continues: true)!));
        var taken = Assert.Single(queue.Take(Start, out _));
        Assert.Null(queue.TryAdd("b", 51, Start));
        Assert.False(queue.Remove(taken));
        queue.Release(taken);
        Assert.Equal(0, queue.AcceptedBases);

        var left = queue.TryAdd("c", 1000, Start)!;
        Assert.Null(queue.TryAdd("d", 1, Start));
        Assert.True(queue.Remove(left));
        Assert.Equal(0, queue.AcceptedBases);
        Assert.Equal("", Take(1000));
    }

    [Fact]
    public void Newcomers_and_parts_of_what_was_begun_are_given_half_of_the_bases_each()
    {
        var shared = new RequestQueue<string>(new BatchPolicy(BatchBases: 100, Delay: TimeSpan.Zero, CapacityBases: 1000, LargestBases: long.MaxValue));
        foreach (var part in new[] { "A", "B", "C", "D" })
            shared.TryAdd(part, 100, Start, continues: true);
        // While nobody else asks, all of it is theirs, and that is not held against them.
        Assert.Equal("A", Assert.Single(shared.Take(Start, out _)).Request);
        foreach (var newcomer in new[] { "1", "2", "3" })
            shared.TryAdd(newcomer, 60, Start);
        Assert.Equal(100 + (3 * 60) + (4 * 60), shared.BasesBefore(60));
        Assert.Equal(100 + (3 * 60) + 300, shared.BasesBefore(1000));
        Assert.Equal("1B2C3D", string.Concat(Enumerable.Range(0, 6).Select(_ => Assert.Single(shared.Take(Start, out var _)).Request)));
    }

    [Fact]
    public void A_closed_queue_takes_nothing_in_and_gives_out_the_rest_at_once()
    {
        queue.TryAdd("a", 1, Start);
        queue.Close();
        Assert.Null(queue.TryAdd("b", 1, Start, continues: true));
        Assert.False(queue.IsDrained);
        Assert.Equal("a", Take(0));
        Assert.True(queue.IsDrained);
    }
}
