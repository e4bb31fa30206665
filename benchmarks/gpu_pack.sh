#!/usr/bin/env bash
# Here: make the folder that a machine with a GPU and without a network needs for the check.
#
#     bash benchmarks/gpu_pack.sh [FOLDER]
#
# FOLDER is gpu-pack unless named; at most 60 MiB. Takes the model and the texts from ../shared.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec "${PYTHON:-python3}" benchmarks/gpu/packing.py "${1:-gpu-pack}"
