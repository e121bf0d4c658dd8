namespace DnaBart.Client.Tests;

public class ServeCommandTests
{
    [Theory]
    [InlineData("--url", "http://dnabart.internal:8080", "an IP address or localhost expected, found the name 'dnabart.internal'")]
    [InlineData("--admin-url", "http://localhost.localdomain:8081", "an IP address or localhost expected, found the name 'localhost.localdomain'")]
    [InlineData("--admin-url", "http://127.0.0.1:8081?x", "an address such as http://127.0.0.1:8080 expected")]
    [InlineData("--admin-url", "http://x@127.0.0.1:8081", "an address such as http://127.0.0.1:8080 expected")]
    [InlineData("--url", "http://localhost:0", "http://127.0.0.1:0 or http://[::1]:0 expected")]
    public void An_address_that_the_web_server_does_not_take_as_meant_is_refused(string option, string address, string reason)
    {
        var result = CommandLine.Run("serve", "--model", "no-such-model", option, address);
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith($"dnabart: {option} {address}: {reason}", result.Error);
    }

    [Theory]
    [InlineData("http://0.0.0.0:8080")]
    [InlineData("http://[::]:8080/")]
    [InlineData("http://localhost:8080")]
    public void An_IP_address_and_localhost_are_taken(string address) =>
        Assert.StartsWith("dnabart: no-such-model: no such folder", CommandLine.Run("serve", "--model", "no-such-model", "--url", address).Error);

    [Fact]
    public void A_name_without_a_folder_is_named_as_such() =>
        Assert.Equal("dnabart: --model m=: NAME=FOLDER expected; is a variable unset?\n", CommandLine.Run("serve", "--model", "m=").Error);

    [Fact]
    public void An_empty_folder_is_named_as_such() => Assert.StartsWith("dnabart: an empty path", CommandLine.Run("serve", "--model", "").Error);
}
