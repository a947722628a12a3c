#!/usr/bin/env bash
# All that a machine with a GPU can tell, in one go and within ten minutes: run from the project's root, Node 24 on PATH.
# Goes on past a failure and says what failed. Logs and one JSON object a part go to $OUT, or .data/gpu.
set -u
cd "$(dirname "$0")/.."
out=${OUT:-.data/gpu}
mkdir -p "$out"
export I2I_BENCH_DIR=${I2I_BENCH_DIR:-$out/../bench}
device=${DEVICE:-cuda}
parts=${PARTS:-words networks pictures kernels peer}
small=${SMALL:-}   # set, every part is tried at the least size: for a machine without a GPU

part() {
  local name=$1
  shift
  echo "== $name"
  local started=$SECONDS
  timeout "${LIMIT:-240}" "$@" 2>&1 | tee "$out/$name.log" | grep -v '^{'
  local status=${PIPESTATUS[0]}
  grep '^{' "$out/$name.log" | tail -n 1 > "$out/$name.json"
  [ "$status" -eq 0 ] || echo "== $name FAILED ($status)"
  echo "== $name took $((SECONDS - started)) s"
}

echo '== machine'
{ nvidia-smi || echo 'no nvidia-smi here'; node --version; } | tee "$out/machine.log"

for name in $parts; do
  case $name in
    words) part words node bench/gpu/words.ts --device "$device" ;;
    networks)
      part networks node bench/gpu/networks.ts --device "$device" ${small:+--size 256 --other 192 --runs 1}
      ;;
    pictures)
      part pictures node bench/gpu/pictures.ts --device "$device" ${small:+--size 256 --runs 1 --steps 2}
      ;;
    # Which attention kernel each node got, once.
    kernels)
      ORT_ENABLE_ATTENTION_KERNEL_DEBUG_INFO=1 part kernels \
        node bench/gpu/networks.ts --device "$device" --runs 1 ${small:+--size 256 --other 192}
      sort "$out/kernels.log" | grep -o 'SdpaKernel=.*' | uniq -c | sort -rn | head -n 20
      ;;
    peer) part peer python3 bench/peer/peer_gpu.py ;;
  esac
done

echo '== summary'
for name in $parts; do
  echo "$name: $(cat "$out/$name.json" 2>/dev/null || echo nothing)"
done | cut -c 1-2000
