#!/bin/sh
# fuzz.sh SECONDS [NAME...] - runs each fuzzer for that long with libFuzzer; what it finds new stays in build-fuzz/corpus, a crash in
# build-fuzz/crashes.
set -eu
cd "$(dirname "$0")/.."
seconds=$1
shift
[ -f build-fuzz/build.ninja ] ||
	CC=clang meson setup build-fuzz -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false -Dbuildtype=debugoptimized >/dev/null
ninja -C build-fuzz --quiet
[ $# -gt 0 ] || set -- $(cd fuzz && ls fuzz_*.c | sed 's/^fuzz_//; s/\.c$//')
passed=0
failed=0
for name; do
	mkdir -p "build-fuzz/corpus/$name" build-fuzz/crashes "fuzz/corpus/$name"
	dict=
	[ ! -f "fuzz/$name.dict" ] || dict="-dict=fuzz/$name.dict"
	log=build-fuzz/$name.log
	if "build-fuzz/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
	    -artifact_prefix="build-fuzz/crashes/$name-" $dict "build-fuzz/corpus/$name" "fuzz/corpus/$name" >"$log" 2>&1; then
		passed=$((passed + 1))
		echo "fuzz/$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") runs, nothing found"
	else
		failed=$((failed + 1))
		tail -n 60 "$log"
		echo "fuzz/$name: failed; the input is in build-fuzz/crashes"
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
