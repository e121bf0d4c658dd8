"""Makes figures.json, figures.md and speed.svg from what the stages of benchmarks/cuda/run left in a folder: figures.py OUT PEAK_TFLOPS."""
import csv
import json
import pathlib
import re
import sys

FLUSH = 10  # StepsInFlight of model/Pretraining/Pretrainer.cs, which names this script

PAPER = {  # Table I: Acc, F1, perplexity after 18 hours on 3 V100s
    "substitution": (98.2, 90.6, 1.18),
    "indel": (83.5, 83.5, 3.05),
    "all": (89.1, 86.2, 5.03),
}


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def parameters(recipe):
    """Weights of the network that a recipe names, by preset, position tables and vocabulary left out of encoder and decoder alike."""
    width, layers, inner = {"base": (768, 6, 3072), "mini": (256, 4, 1024), "tiny": (64, 2, 128)}[recipe["model"]["preset"]]
    attention, feed_forward = 4 * width * width, 2 * width * inner
    output = width * recipe["tokenizer"]["vocabularySize"]
    return layers * (attention + feed_forward), layers * (2 * attention + feed_forward) + output


def speed(folder, peak):
    """Tokens a second between the first quarter of a run of one process and its end, and the share of the peak by 6 x parameters x tokens: half of the
    tokens pass the encoder and half the decoder, whose weights include the output table. Losses are read every FLUSH steps, when the device has
    done them all; the rows of those steps have that one time, which belongs to the last of them."""
    path = folder / "metrics.csv"
    if not path.exists():  # it did not start
        return None
    recipe = json.loads((folder / f"{folder.name}.json").read_text())
    steps = rows_of(path)
    done, marks = 0, []
    for step in steps:
        done += int(step["tokens"])
        if int(step["step"]) % FLUSH == 0:
            marks.append((done, done / float(step["tokens_per_second"])))
    if len(marks) < 2:
        return None
    (tokens0, seconds0), (tokens1, seconds1) = marks[(len(marks) - 1) // 4], marks[-1]
    if seconds1 <= seconds0:
        return None
    rate = (tokens1 - tokens0) / (seconds1 - seconds0)
    encoder, decoder = parameters(recipe)
    flops = 6 * (encoder + decoder) / 2 * rate
    padding = sum(float(step["padding_share"]) for step in steps) / len(steps)
    return {"tokens_per_second": round(rate), "tflops": flops / 1e12, "share_of_peak": flops / (peak * 1e12), "padding_share": padding}


def model_t(folder, name):
    """The last evaluation of a run of model T, and its minutes; None before the first."""
    path = folder / "evaluation.csv"
    rows = rows_of(path) if path.exists() else []
    if not rows:
        return None
    seconds = sum(int(line) for line in (folder / f"{folder.name}.seconds").read_text().split())
    last = rows[-1]
    return {
        "steps": int(last["step"]), "minutes": seconds / 60, "accuracy": 100 * float(last["accuracy"]), "f1": 100 * float(last["macro_f1"]),
        "perplexity": float(last["perplexity"]), "paper": PAPER[name],
    }


def generation(path):
    found = re.search(r"(\d+) sequences, (\S+) a second(?:, (\S+) passes each)?", path.read_text())
    if not found:
        return None
    return {"sequences_per_second": float(found[2]), "passes": float(found[3]) if found[3] else None}


def correction(out):
    figures = {}
    for method in ("plain", "draft"):
        path = out / f"generate-{method}.txt"
        if path.exists():
            figures[method] = generation(path)
    path = out / "hugging-face.json"
    if path.exists() and path.stat().st_size:
        figures["hugging_face"] = json.loads(path.read_text())
    for name in ("bare", "serve"):
        path = out / f"{name}.json"
        if path.exists() and path.stat().st_size:
            figures[name] = json.loads(path.read_text())
    figures["sets"] = {}
    for path in out.glob("gain-*x.json"):
        coverage = path.stem[5:-1]
        figures["sets"][coverage] = {
            "gain": json.loads(path.read_text()), "correct": json.loads((out / f"correct-{coverage}x.json").read_text()),
            "seconds": float((out / f"correct-{coverage}x.seconds").read_text())}
    return figures


def collect(out, peak):
    figures = {"peak_tflops": peak, "checks": {}, "speed": {}, "model_t": {}}
    for path in sorted(out.glob("check-*.txt")):
        lines = [line.split() for line in path.read_text().splitlines()[1:]]
        figures["checks"][path.stem[6:]] = {line[0]: line[1:] for line in lines if len(line) == 3}
    for folder in sorted(out.glob("speed-*")):
        if (measured := speed(folder, peak)) is not None:
            figures["speed"][folder.name[6:]] = measured
    for name in PAPER:
        if (measured := model_t(out / f"model-t-{name}", name)) is not None:
            figures["model_t"][name] = measured
    figures["correction"] = correction(out)
    return figures


def table(header, rows):
    return ["", "| " + " | ".join(header) + " |", "|" + "---|" * len(header), *("| " + " | ".join(map(str, row)) + " |" for row in rows), ""]


def markdown(figures):
    lines = ["# DnaBart on this machine"]
    for device, checks in figures["checks"].items():
        bad = [name for name, (_, verdict) in checks.items() if verdict != "yes"]
        lines += ["", f"Model check on {device}: {len(checks)} comparisons, " + (f"NOT within tolerance: {', '.join(bad)}" if bad else "all within tolerance")]
    if figures["speed"]:
        lines += ["", "## Training speed", *table(
            ("rows a batch", "tokens/s", "TFLOP/s", f"share of {figures['peak_tflops']:g} TFLOP/s", "padding"),
            ((rows, f"{s['tokens_per_second']:,}", f"{s['tflops']:.3g}", f"{s['share_of_peak']:.2%}", f"{s['padding_share']:.2%}")
             for rows, s in sorted(figures["speed"].items(), key=lambda item: int(item[0]))))]
    if figures["model_t"]:
        lines += ["", "## Model T (Table I); the paper's in brackets", *table(
            ("corruption", "steps", "minutes", "Acc", "F1", "PPL"),
            ((name, m["steps"], f"{m['minutes']:.1f} (1080)", f"{m['accuracy']:.1f} ({m['paper'][0]})", f"{m['f1']:.1f} ({m['paper'][1]})",
              f"{m['perplexity']:.2f} ({m['paper'][2]})") for name, m in figures["model_t"].items()))]
    found = figures["correction"]
    methods = [(name, found[key]) for name, key in (("Hugging Face generate", "hugging_face"), ("plain greedy", "plain"), ("draft-verified", "draft")) if found.get(key)]
    if methods:
        first = methods[0][1]["sequences_per_second"]
        lines += ["", "## Decoding, the same weights and sequences", *table(
            ("method", "reads/s", "times the first"),
            ((name, f"{m['sequences_per_second']:,.1f}", f"{m['sequences_per_second'] / first:.2f}") for name, m in methods))]
        if "hugging_face" in found:
            lines.append(f"Rows that agree with Hugging Face: {found['hugging_face']['rows_that_agree']} of {found['hugging_face']['sequences']}")
    if found["sets"]:
        lines += ["", "## Correction of reads of the genome that the model was trained on, FASTQ.gz to FASTQ.gz, start of the program included", *table(
            ("coverage", "gain", "precision", "bases made wrong", "perfect reads before", "after", "reads that the model was asked about", "passes a read", "reads/s"),
            ((f"{coverage}x", f"{m['gain']:.4f}", "–" if m["precision"] is None else f"{m['precision']:.4f}", m["false_positives"], f"{m['perfect_before'] / m['reads']:.1%}",
              f"{m['perfect_after'] / m['reads']:.1%}", f"{c['model_reads'] / m['reads']:.1%}", f"{c['passes_per_read']:.2f}", f"{m['reads'] / s['seconds']:,.0f}")
             for coverage, s in sorted(found["sets"].items(), key=lambda item: float(item[0])) for m, c in [(s["gain"]["metrics"], s["correct"])]))]
    if "serve" in found and "bare" in found:
        serve, bare = found["serve"], found["bare"]["reads"] / found["bare"]["seconds"]
        lines += ["", "## Serving", *table(
            ("callers", "reads a request", "served, reads/s", "bare engine, reads/s", "share", "p50, s", "p99, s", "refused"),
            [(serve["callers"], serve["reads_a_request"], f"{serve['reads_per_second']:,.1f}", f"{bare:,.1f}", f"{serve['reads_per_second'] / bare:.1%}",
              f"{serve['p50_seconds']:.3f}", f"{serve['p99_seconds']:.3f}", serve["refused"])])]
    return "\n".join(lines) + "\n"


def speed_plot(speeds, goal=0.45):
    """Bars of the share of the peak by rows a batch, with the goal as a line, as SVG."""
    bars = sorted(speeds.items(), key=lambda item: int(item[0]))
    width, height, left, step = 120 + 110 * len(bars), 300, 60, 110
    top = max(goal, *(s["share_of_peak"] for _, s in bars)) * 1.2

    def y(share):
        return height - 50 - (height - 90) * share / top

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="12">',
             f'<rect width="{width}" height="{height}" fill="white"/>',
             f'<text x="{left}" y="20" font-size="14">Training: share of peak by rows a batch</text>']
    for i, (rows, s) in enumerate(bars):
        x, share = left + step * i, s["share_of_peak"]
        parts += [f'<rect x="{x}" y="{y(share):.1f}" width="70" height="{height - 50 - y(share):.1f}" fill="#4477aa"/>',
                  f'<text x="{x + 35}" y="{y(share) - 6:.1f}" text-anchor="middle">{share:.1%}</text>',
                  f'<text x="{x + 35}" y="{height - 34}" text-anchor="middle">{rows}</text>',
                  f'<text x="{x + 35}" y="{height - 16}" text-anchor="middle">{s["tokens_per_second"]:,} tokens/s</text>']
    parts += [f'<line x1="{left - 10}" x2="{width - 30}" y1="{y(goal):.1f}" y2="{y(goal):.1f}" stroke="#cc3311" stroke-dasharray="4"/>',
              f'<text x="{left - 14}" y="{y(goal) + 4:.1f}" text-anchor="end" fill="#cc3311">{goal:.0%}</text>', "</svg>"]
    return "\n".join(parts) + "\n"


def main():
    out, peak = pathlib.Path(sys.argv[1]), float(sys.argv[2])
    figures = collect(out, peak)
    (out / "figures.json").write_text(json.dumps(figures, indent=2) + "\n")
    (out / "figures.md").write_text(markdown(figures))
    if figures["speed"]:
        (out / "speed.svg").write_text(speed_plot(figures["speed"]))


if __name__ == "__main__":
    main()
