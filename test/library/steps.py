#!/usr/bin/python3
"""Linear time, shown by counting: each parser runs the same hostile pattern at n and at 2n octets (steps.c) under valgrind, which counts
instructions.  Twice the input may cost 2.5 times the instructions, no more; a planted quadratic parser must be found."""
import glob, os, re, subprocess, sys, tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.path.dirname(os.environ.get("ZEGEL", f"{TOP}/build/zegel")))
if "-san" in BUILD or "-tsan" in BUILD:
	BUILD = f"{TOP}/build"		# valgrind and a sanitizer do not go together
LIMIT, FLOOR = 2.5, 20000	# the ratio; under so many instructions at 2n a bound stopped it, and there is nothing to compare
PLANTED = "static void quadratic(struct zg_slice s)\n{\n\tfor (size_t i = 0; i < s.n; i += 64)\n\t\tout[0] = (char)zg_utf8_is_valid(zg_slice_sub(s, 0, i));\n}\n\n"
passed, failed = 0, 0


def must(*command, **more):
	r = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
	if r.returncode:
		print(f"{' '.join(command[:6])} ...: {r.returncode}\n{r.stdout.decode('utf-8', 'replace')[-3000:]}\n0 passed, 1 failed")
		sys.exit(1)


with tempfile.TemporaryDirectory() as folder:
	text = open(f"{TOP}/test/library/steps.c", encoding="utf-8").read()
	text = text.replace("static const struct job {", PLANTED + "static const struct job {").replace("} jobs[] = {\n",
		'} jobs[] = {\n\t{ "planted", quadratic, ZG_SI(""), ZG_SI("a"), ZG_SI("") },\n')
	with open(f"{folder}/steps.c", "w", encoding="utf-8") as f:
		f.write(text)
	libraries = [f"{BUILD}/src/{f}/lib{f}.a" for f in "proto auth dnsmsg mail crypt base".split()]
	must("gcc", "-std=gnu11", "-O2", "-g", f"-I{TOP}/include", f"-I{TOP}/src", f"{folder}/steps.c", "-o", f"{folder}/steps", *libraries, "-lcrypto", "-lidn2", cwd=BUILD)
	must("valgrind", "--tool=callgrind", "--collect-atstart=no", f"--callgrind-out-file={folder}/out", f"{folder}/steps", env={**os.environ, "GLIBC_TUNABLES": ""})
	counts = {}
	for path in sorted(glob.glob(f"{folder}/out.*"), key=lambda p: int(p.rsplit(".", 1)[1])):
		said = open(path, encoding="utf-8", errors="replace").read()
		what = re.search(r"^desc: Trigger: Client Request: (.*)$", said, re.M)
		if what:
			counts.setdefault(what.group(1), []).append(int(re.search(r"^(?:totals|summary): (\d+)", said, re.M).group(1)))
worst, bounded = ("", 0), 0
for what, (once, twice) in counts.items():
	ratio = twice / max(once, 1)
	is_bounded = twice < FLOOR
	if what == "planted":
		is_right = ratio > LIMIT
	else:
		is_right = is_bounded or ratio <= LIMIT
		bounded += is_bounded
		worst = max(worst, (what, ratio), key=lambda w: w[1]) if not is_bounded else worst
	passed, failed = passed + is_right, failed + (not is_right)
	if not is_right or "-v" in sys.argv:
		print(f"{what}: {once} instructions at n, {twice} at 2n: {ratio:.2f}")
if len(counts) < 90 or bounded > 20:
	failed += 1
	print(f"only {len(counts) - bounded} jobs were compared")
print(f"figure: steps at n and 2n: {len(counts) - 1 - bounded} patterns, at most {worst[1]:.2f} times ({worst[0]}); {bounded} more stop at a bound")
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
