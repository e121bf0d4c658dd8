using BenchmarkDotNet.Running;
using DnaBart.Benchmarks.Correction;
using DnaBart.Benchmarks.Serving;

// A server under load is no matter of repeating a method, and correction's figures are no times: they have programs of their own.
if (args is ["serving"])
    await ServingLoad.RunAsync();
else if (args is ["correction", var genomes, var model, var output, var results, .. var only])
    CorrectionMatrix.Run(genomes, model, output, results, only);
else if (args is ["peers", var tables, var plot])
    PeerPlot.Draw(tables, plot);
else
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
