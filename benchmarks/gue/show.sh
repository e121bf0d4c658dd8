#!/usr/bin/env bash
# From genomes to tables: pretrains a small model, finetunes it for four tasks of GUE by two recipes with two seeds each, of which dev chooses
# the recipe, and writes the report with k-mer baselines. By estimate two hours on 2 cores. It can be stopped at any time: the same
# command goes on.
#
#   benchmarks/gue/show.sh GENOMES GUE OUT      a folder of FASTA files, the folder of GUE, the folder to write
set -euo pipefail
(($# == 3)) || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
genomes=$1 data=$2 out=$3
root=$(cd "$(dirname "$0")/../.." && pwd)
dnabart=$root/dnabart
mkdir -p "$out"

[[ -e $out/pretraining/model/config.json ]] ||
    "$dnabart" pretrain --recipe "$root/recipes/mini-genomes.json" --genome "$genomes"/*.fa.gz --out "$out/pretraining" --resume
[[ -e $out/sweep/sweep.journal ]] ||
    "$dnabart" sweep plan "$out/sweep" --model "$out/pretraining/model" --data "$data" \
        --recipe "$root/recipes/finetune-mini.json" "$root/recipes/finetune-mini-both-strands.json" --task prom/prom_core_tata prom/prom_core_all tf/3 mouse/0 --seed 1 2
"$dnabart" sweep resume "$out/sweep"
"$dnabart" sweep report "$out/sweep"
