using System.Diagnostics.Metrics;
using DnaBart.Serving;
using Microsoft.Extensions.DependencyInjection;

namespace DnaBart.Silo.Tests.Metrics;

public class ServingMeterTests
{
    [Fact]
    public void What_waits_for_the_replicas_of_a_model_on_a_device_is_added_up()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var meter = new ServingMeter(services.GetRequiredService<IMeterFactory>());
        meter.ObserveQueue(() => [("m", "cpu", 3), ("m", "cuda:0", 5), ("n", "cpu", 7), ("m", "cpu", 11)]);
        var measured = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                // Servers of other tests have meters of the same name.
                if (ReferenceEquals(instrument.Meter.Scope, services.GetRequiredService<IMeterFactory>()))
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, bases, tags, _) => measured.Add($"{instrument.Name} {string.Join(' ', tags.ToArray())} {bases}"));
        listener.Start();

        listener.RecordObservableInstruments();

        Assert.Equal(
            ["dnabart.queue.bases [model, m] [device, cpu] 14", "dnabart.queue.bases [model, m] [device, cuda:0] 5", "dnabart.queue.bases [model, n] [device, cpu] 7"],
            measured);
    }
}
