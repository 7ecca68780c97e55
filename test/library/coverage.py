#!/usr/bin/python3
"""How much of the library the unit tests go through, by gcovr: each parser every line and 95 % of its branches, the whole 95 % of lines.

The tests run in a build of their own, build-cov.  What cannot be reached is marked in the source (GCOVR_EXCL_LINE, GCOVR_EXCL_BR_LINE),
with the reason beside it; a mark without one fails here."""
import json, os, re, subprocess, sys
from concurrent.futures import ThreadPoolExecutor

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("COVERAGE_BUILD", f"{TOP}/build-cov")
FLOORS = "base crypt mail dnsmsg auth proto".split()
TESTS = r"base|header|address|mail|taglist|canon|dkim_.*|keytext|keytext_dress|key_.*|keys?|crypt|zone|rdata|smtp_.*|no_memory|corners|mime"
# Not parsers: writers, machines without input of their own, what OpenSSL does.
OTHERS = r"base/(?:arena|buf|secret|version|time|num|hex|ascii)\.\w+|crypt/(?:hash|key|key_check|key_flaws|key_write|known_keys|lack)\.c|mail/(?:date|dot)\.c|" \
	r"auth/(?:canon|dkim_sign|dkim_verify|dkim_keys|pick)\.c|proto/smtp_(?:client|client_mail|server)\.c"
LINES, BRANCHES, ALL_LINES = 100.0, 95.0, 95.0
passed, failed = 0, 0


def check(what, is_right):
	global passed, failed
	passed, failed = passed + bool(is_right), failed + (not is_right)
	if not is_right:
		print(what)


def must(*command, **more):
	r = subprocess.run(command, cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
	if r.returncode:
		print(f"{' '.join(command)}: {r.returncode}\n{r.stdout.decode('utf-8', 'replace')[-4000:]}\n0 passed, 1 failed")
		sys.exit(1)
	return r.stdout.decode("utf-8", "replace")


def marks():
	"""Each mark has its reason: words in the same comment."""
	for floor in FLOORS:
		for name in sorted(os.listdir(f"{TOP}/src/{floor}")):
			for n, line in enumerate(open(f"{TOP}/src/{floor}/{name}", encoding="utf-8"), 1):
				if "GCOVR_EXCL" in line and not re.search(r"/\*.*GCOVR_EXCL_\w+: (?:\w+\W+){3,}.*\*/", line):
					check(f"src/{floor}/{name}:{n}: a mark without its reason", False)


if not os.path.exists(f"{BUILD}/build.ninja"):
	must("meson", "setup", BUILD, "-Db_coverage=true", "-Doptimization=0", "-Dwerror=false")
must("ninja", "-C", BUILD, "--quiet", "build.ninja")
tests = {t["name"]: t for t in json.loads(must("meson", "introspect", "--tests", BUILD)) if re.fullmatch(TESTS, t["name"])}
must("ninja", "-C", BUILD, "--quiet", *(f"test/unit/test_{n}" for n in tests))
for folder, _, files in os.walk(BUILD):
	for f in files:
		if f.endswith(".gcda"):
			os.unlink(os.path.join(folder, f))
with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
	list(pool.map(lambda t: must(*t["cmd"], env={**os.environ, **t["env"], "ZEGEL_TEST_QUICK": "1"}), tests.values()))
said = json.loads(must("gcovr", "-r", TOP, BUILD, "--filter", f"src/(?:{'|'.join(FLOORS)})/", "--exclude-unreachable-branches", "--json-summary", "--json-summary-pretty"))
detail = json.loads(must("gcovr", "-r", TOP, BUILD, "--filter", f"src/(?:{'|'.join(FLOORS)})/", "--exclude-unreachable-branches", "--json"))
missing = {f["file"]: (
	[l["line_number"] for l in f["lines"] if l["count"] == 0 and not l.get("gcovr/noncode")],
	[l["line_number"] for l in f["lines"] if l["count"] and any(b["count"] == 0 for b in l["branches"])]) for f in detail["files"]}
parsers = [f for f in said["files"] if not re.fullmatch(rf"src/(?:{OTHERS})", f["filename"])]
spread = lambda ns: ", ".join(str(n) for n in ns) or "none"
for f in parsers if "--all" not in sys.argv else said["files"]:
	name, (lines, branches) = f["filename"], missing[f["filename"]]
	line, branch = f["line_percent"], f["branch_percent"] if f["branch_total"] else 100.0
	check(f"{name}: {line} % of lines (missing: {spread(lines)}), {branch} % of branches (missing at: {spread(branches)})",
		line >= LINES and branch >= BRANCHES)
check(f"the library: {said['line_percent']} % of lines", said["line_percent"] >= ALL_LINES)
marks()
share = lambda of, fs: 100 * sum(f[f"{of}_covered"] for f in fs) / sum(f[f"{of}_total"] for f in fs)
print(f"figure: coverage of {len(parsers)} parsers: {share('line', parsers):.1f} % of lines, {share('branch', parsers):.1f} % of branches "
	f"(bar: {LINES:.0f}, each {BRANCHES:.0f}); of the library: {said['line_percent']:.1f} % of lines, {said['branch_percent']:.1f} % of branches")
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
