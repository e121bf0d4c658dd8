namespace DnaBart.Client.Tests;

public class DurationTests
{
    [Theory]
    [InlineData(0, "0:00:00")]
    [InlineData(59.9, "0:00:59")]
    [InlineData(93_899, "26:04:59")]
    public void HoursAreNotCutOff(double seconds, string text) => Assert.Equal(text, Duration.Text(TimeSpan.FromSeconds(seconds)));
}
