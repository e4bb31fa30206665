#!/usr/bin/env bash
# On the machine with the GPU: install the pack that this file lies in, without any network, and
# run the check.
#
#     bash gpu-pack/benchmarks/gpu_run.sh OUT [options of gpu_check.py]
#
# OUT gets the records: run.json, a.json to f.json and label.zip. Nothing is changed outside of it
# and of a temporary folder. The report is printed at the end; gpu_report.py makes it again.
set -euo pipefail

out=${1:?usage: gpu_run.sh OUT [options of gpu_check.py]}
shift
pack=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"

"$python" "$pack/benchmarks/gpu/install.py" "$pack/wheels" "$work/site" "$out/run.json"
"$python" -m zipfile -e "$pack/rated.zip" "$work/rated"
export PYTHONPATH="$work/site${PYTHONPATH:+:$PYTHONPATH}" PYTHONUNBUFFERED=1
"$python" "$pack/benchmarks/gpu_check.py" --pack "$work/rated" --out "$out" "$@"
"$python" "$pack/benchmarks/gpu_report.py" "$out"
