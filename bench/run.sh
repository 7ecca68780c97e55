#!/bin/sh
# run.sh - speed on this machine, for `make bench`: an optimized build of its own, then signing.py and bench.py.
set -eu
cd "$(dirname "$0")/.."

tools/packages.sh run build bench
[ -e build-bench/build.ninja ] || meson setup build-bench >/dev/null
ninja -C build-bench --quiet src/cmd/zegel bench/load bench/dkim_bench bench/vault_bench
/usr/bin/python3 bench/signing.py build-bench/src/cmd/zegel build-bench/bench/dkim_bench build-bench/bench/vault_bench
exec /usr/bin/python3 bench/bench.py build-bench/src/cmd/zegel build-bench/bench/load
