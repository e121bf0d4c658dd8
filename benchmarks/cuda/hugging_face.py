"""Greedy decoding by Hugging Face transformers of the sequences that `dnabart model generate` decoded: the same tokens, at which speed?

    hugging_face.py MODEL SEQUENCES.txt EXPECTED.txt --device cuda --dtype bfloat16 --batch 512

SEQUENCES.txt holds the source ids of a sequence a line (`dnabart tokenizer encode --special`), EXPECTED.txt the target ids that dnabart
printed. Prints one JSON object: sequences a second (first batch left out), rows that agree. In bfloat16 rows may part at near ties.
"""
import argparse
import json
import os
import time

os.environ.setdefault("HF_HUB_OFFLINE", "1")
import torch
from transformers import BartForConditionalGeneration


def rows_of(path, count):
    with open(path) as file:
        rows = [[int(token) for token in line.split()] for line in file]
    return rows[:count] if count else rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("sequences")
    parser.add_argument("expected")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--dtype", default="bfloat16", choices=["bfloat16", "float32"])
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--limit", type=int, default=0, help="only the first so many sequences")
    options = parser.parse_args()

    model = BartForConditionalGeneration.from_pretrained(options.model).to(options.device, getattr(torch, options.dtype)).eval()
    # Given outright: newer transformers drop from a BartConfig what belongs to generation.
    with open(os.path.join(options.model, "config.json")) as file:
        config = json.load(file)
    special = {name: config[name] for name in ("decoder_start_token_id", "forced_eos_token_id", "eos_token_id", "pad_token_id") if config.get(name) is not None}
    eos, padding = config["eos_token_id"], config["pad_token_id"]
    sources, expected = rows_of(options.sequences, options.limit), rows_of(options.expected, options.limit)
    if len(sources) != len(expected):
        raise SystemExit(f"{options.sequences} has {len(sources)} lines and {options.expected} has {len(expected)}")
    outputs, seconds, counted = [], 0.0, 0
    for first in range(0, len(sources), options.batch):
        rows = sources[first:first + options.batch]
        longest = max(map(len, rows))
        ids = torch.tensor([row + [padding] * (longest - len(row)) for row in rows], device=options.device)
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows], device=options.device)
        start = time.perf_counter()
        with torch.no_grad():
            generated = model.generate(input_ids=ids, attention_mask=mask, num_beams=1, do_sample=False,
                                       max_length=config["max_position_embeddings"] + 1, min_length=0, **special).tolist()
        if first > 0 or len(sources) <= options.batch:
            seconds += time.perf_counter() - start
            counted += len(rows)
        for row in generated:
            row = row[1:]  # the decoder's start token
            end = row.index(eos) if eos in row else len(row) - 1
            outputs.append(row[:end + 1])
    agree = sum(ours == theirs for ours, theirs in zip(expected, outputs))
    print(json.dumps({"sequences": len(sources), "sequences_per_second": counted / seconds, "rows_that_agree": agree}))


if __name__ == "__main__":
    main()
