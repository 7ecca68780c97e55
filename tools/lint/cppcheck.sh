#!/bin/sh
# cppcheck on all C files; what it cannot know is suppressed here, with the reason.
#   missingInclude*: headers of the system are not followed.       unusedFunction: it sees no macros of cmocka.
#   autoVariables: a callback's context is put into the caller's struct and taken out before the return.
#   normalCheckLevelMaxBranches: it only says that it stopped early.
cd "$(dirname "$0")/../.." || exit 1
build=$(dirname "${ZEGEL:-build/zegel}")
files=$(git -c safe.directory='*' ls-files -co --exclude-standard -- 'src/*.c' 'examples/*.c' 'fuzz/*.c')
mkdir -p build-clang/cppcheck
# shellcheck disable=SC2086
said=$(cppcheck -j2 --quiet --std=c11 --platform=unix64 --enable=warning,portability,performance --inline-suppr --error-exitcode=0 \
	--cppcheck-build-dir=build-clang/cppcheck -D__linux__ -D_GNU_SOURCE -Iinclude -Isrc -I"$build/src/lang" \
	--suppress=missingInclude --suppress=missingIncludeSystem --suppress=unusedFunction --suppress=autoVariables --suppress=normalCheckLevelMaxBranches \
	--template='{file}:{line}: {id}: {message}' $files 2>&1) || said="${said:-cppcheck did not run}"
count=$(printf '%s\n' "$files" | wc -l)
if [ -n "$said" ]; then
	printf '%s\n' "$said"
	echo "0 passed, $(printf '%s\n' "$said" | grep -c .) failed"
	exit 1
fi
echo "$count passed, 0 failed"
