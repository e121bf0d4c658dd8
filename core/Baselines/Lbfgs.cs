namespace DnaBart.Baselines;

/// <summary>Minimizes a smooth convex function by L-BFGS with backtracking (Nocedal and Wright, Numerical Optimization, 2006,
/// algorithm 7.5). It draws nothing at random.</summary>
internal static class Lbfgs
{
    private const int Memory = 10;

    /// <summary>Evaluates the function at a point and writes its gradient there.</summary>
    public delegate double Function(double[] point, double[] gradient);

    /// <summary>Returns a point where the gradient's norm has fallen to <paramref name="tolerance"/> of its norm at the start,
    /// or the last one reached.</summary>
    public static double[] Minimize(Function function, double[] start, double tolerance, int maxIterations)
    {
        var point = (double[])start.Clone();
        var gradient = new double[point.Length];
        var value = function(point, gradient);
        var goal = tolerance * Norm(gradient);
        var pairs = new Queue<(double[] Step, double[] Change, double Curvature)>();
        for (var iteration = 0; iteration < maxIterations && Norm(gradient) > goal; iteration++)
        {
            var direction = Direction(gradient, pairs);
            var slope = Dot(direction, gradient);
            var nextPoint = new double[point.Length];
            var nextGradient = new double[point.Length];
            double nextValue;
            var length = pairs.Count == 0 ? 1 / Norm(gradient) : 1.0;
            while (true)
            {
                for (var i = 0; i < point.Length; i++)
                    nextPoint[i] = point[i] + (length * direction[i]);
                nextValue = function(nextPoint, nextGradient);
                if (nextValue <= value + (1e-4 * length * slope))
                    break;
                length /= 2;
                if (length < 1e-12)
                    return point;
            }

            Subtract(nextPoint, point);
            Subtract(nextGradient, gradient);
            (point, gradient, value, var step, var change) = (nextPoint, nextGradient, nextValue, point, gradient);
            if (Dot(step, change) is var curvature and > 0)
            {
                pairs.Enqueue((step, change, curvature));
                if (pairs.Count > Memory)
                    pairs.Dequeue();
            }
        }
        return point;

        // The older arrays are overwritten by the differences: they are not needed again.
        static void Subtract(double[] next, double[] last)
        {
            for (var i = 0; i < last.Length; i++)
                last[i] = next[i] - last[i];
        }
    }

    private static double[] Direction(double[] gradient, Queue<(double[] Step, double[] Change, double Curvature)> pairs)
    {
        var direction = Array.ConvertAll(gradient, g => -g);
        var history = pairs.ToArray();
        var weights = new double[history.Length];
        for (var i = history.Length - 1; i >= 0; i--)
        {
            weights[i] = Dot(history[i].Step, direction) / history[i].Curvature;
            AddScaled(direction, -weights[i], history[i].Change);
        }
        if (history.Length > 0)
        {
            var (_, change, curvature) = history[^1];
            var scale = curvature / Dot(change, change);
            for (var i = 0; i < direction.Length; i++)
                direction[i] *= scale;
        }
        for (var i = 0; i < history.Length; i++)
            AddScaled(direction, weights[i] - (Dot(history[i].Change, direction) / history[i].Curvature), history[i].Step);
        return direction;
    }

    private static void AddScaled(double[] target, double factor, double[] source)
    {
        for (var i = 0; i < target.Length; i++)
            target[i] += factor * source[i];
    }

    private static double Dot(double[] a, double[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    private static double Norm(double[] a) => Math.Sqrt(Dot(a, a));
}
