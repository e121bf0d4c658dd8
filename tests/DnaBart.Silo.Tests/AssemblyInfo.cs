// Tests look at queues, memory and live tensors, and each computes on all cores: one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
