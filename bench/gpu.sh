#!/usr/bin/env bash
# Bench `gpu` on a bare machine with a GPU: all that it can tell, in one go and within ten minutes. Says each finding as it comes
# and ends with one table and one line of JSON. Goes on past what fails and says what that was; what a killed run had found stays.
# In $OUT, or .data/gpu: gpu.json (all of it), rows.jsonl (as it came), gpu.log (what libraries said), nodes-*.json (time by node).
#
#   bench/gpu.sh                             with Node from 20.19 on, `npm ci`, and the provider that `npm run doctor` asks for;
#                                            results also in bench/results/gpu-CARD.json
#   PARTS=words,unet LIMIT=120 bench/gpu.sh  some parts (bench/gpu/parts.ts), so many seconds in all
#   CHECKPOINT=FILE bench/gpu.sh             on that one; else on random weights of SDXL's size, made once in $I2I_BENCH_DIR
#   SMALL=1 DEVICE=cpu bench/gpu.sh          the least of everything, to try the bench where there is no GPU
#
# Through the device tool, which carries 64 MiB a call and keeps a machine warm for 30 seconds:
#   here:  ../shared/gpu-kit/pack.sh; mv .gpu-a/wheels .gpu-b/; git rev-parse --short HEAD
#   run    {carry: [".gpu-a"], command: "bash .gpu-a/install.sh"}
#   run    {carry: [".gpu-b"], timeout_s: 600, command: "COMMIT=THAT bash bench/gpu.sh"}
#   here:  copy the gpu.json that came back to bench/results/NAME.json, NAME being its field `bench`.
# A later call on the same machine carries neither.
set -u
cd "$(dirname "$0")/.."
kit=/opt/i2i-gpu
for install in .gpu-b/install.sh .gpu-a/install.sh $kit/install.sh; do
  [ -f "$install" ] || continue
  # shellcheck source=/dev/null
  . "$install"
  [ "$install" -ef $kit/install.sh ] || cp "$install" $kit/install.sh
  break
done
# The peer's, which would crowd the other half of the kit.
[ -d .gpu-b/wheels ] && [ ! -d $kit/site ] && python3 -m pip install -q --no-index --no-deps --no-compile --target $kit/site .gpu-b/wheels/*.whl
command -v node > /dev/null || { echo 'There is no node: unpack both parts of the kit, or install Node 24.'; exit 2; }
# The copy of the working tree that the device tool makes is no place for 7 GB.
[ -z "${OUT:-}" ] || export I2I_BENCH_DIR="${I2I_BENCH_DIR:-/tmp/i2i-bench}"
loader=$(node -p 'parseInt(process.versions.node) < 24 ? "--import=./platform/typescript-loader/register.mjs" : "--no-warnings"')
exec node "$loader" bench/gpu/main.ts --device "${DEVICE:-cuda}" --parts "${PARTS:-}" --limit $((${LIMIT:-570} - SECONDS)) \
  ${SMALL:+--small} ${CHECKPOINT:+--checkpoint "$CHECKPOINT"}
