using DnaBart.IO;
using DnaBart.Serving;
using Microsoft.Extensions.DependencyInjection;

namespace DnaBart.Silo.Tests;

/// <summary>Where a server cannot listen.</summary>
public class AddressTests
{
    [Fact]
    public async Task An_address_of_another_machine_is_named_with_the_reason()
    {
        // An address that no machine has (RFC 5737).
        const string url = "http://192.0.2.1:8080";
        var error = await Assert.ThrowsAsync<InputException>(() => Server.StartAsync(
            new ServerOptions { Models = [], Url = url, Devices = ["cpu"], Join = builder => builder.Services.AddSingleton<IModelServer>(new QueueOnly()) },
            CancellationToken.None));
        Assert.StartsWith($"{url}: cannot listen there (", error.Message);
    }
}
