using BenchmarkDotNet.Running;
using DnaBart.Benchmarks.Serving;

// A server under load is no matter of repeating a method: it has a program of its own.
if (args is ["serving"])
    await ServingLoad.RunAsync();
else
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
