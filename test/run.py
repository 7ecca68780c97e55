#!/usr/bin/python3
"""Runs the suites and counts.  Each suite's last line says how many passed and failed; the last line of all is their sum.

Suites: unit/NAME and fuzz/NAME (programs of the build folder, as meson knows them), library/NAME (test/library/NAME), lint/NAME
(tools/lint/NAME), e2e/NN-NAME (node's test runner on test/e2e/NN-NAME).  Arguments choose suites by the beginning of their names;
without any, all run.  What cannot run has failed: there is no skipping."""
import argparse, concurrent.futures, json, os, re, shutil, subprocess, sys, time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
E2E = os.path.join(TOP, "test", "e2e")


class Suite:
	def __init__(self, name, command, count, timeout=120, env=None, needs=None):
		self.name, self.command, self.count, self.timeout, self.env, self.needs = name, command, count, timeout, env or {}, needs

	def run(self):
		began = time.monotonic()
		try:
			why = self.needs() if self.needs else None
			if why:
				return self.say(0, 1, why, began)
			r = subprocess.run(self.command, cwd=TOP, env={**os.environ, **self.env}, stdin=subprocess.DEVNULL,
				stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=self.timeout)
			text, status = r.stdout.decode("utf-8", "replace"), r.returncode
		except subprocess.TimeoutExpired as e:
			text = (e.stdout or b"").decode("utf-8", "replace") + f"\n{self.name}: not done after {self.timeout} s\n"
			status = -1
		except OSError as e:
			text, status = f"{self.name}: {e}\n", -1
		passed, failed = self.count(text)
		if failed == 0 and (status != 0 or passed == 0):
			failed = 1
		return self.say(passed, failed, text, began)

	def say(self, passed, failed, text, began):
		figures = [l for l in text.splitlines() if l.lstrip("# ").startswith("figure: ")]
		line = f"{self.name}: {passed} passed, {failed} failed ({time.monotonic() - began:.1f} s)"
		print((text.rstrip() + "\n" if failed else "".join(l.lstrip("# ") + "\n" for l in figures)) + line, flush=True)
		return passed, failed


def count_cmocka(text):
	found = {w: sum(int(n) for n in re.findall(r"^\[  %s *\] (\d+) test" % w, text, re.M)) for w in ("PASSED", "FAILED", "SKIPPED")}
	return found["PASSED"], found["FAILED"] + found["SKIPPED"]


def count_tap(text):
	found = {w: sum(int(n) for n in re.findall(r"^# %s (\d+)$" % w, text, re.M)) for w in ("pass", "fail", "cancelled", "skipped", "todo")}
	return found["pass"], sum(found.values()) - found["pass"]


def count_plain(text):
	found = re.findall(r"^(?:\w+: )?(\d+) passed, (\d+) failed$", text, re.M)
	return sum(int(p) for p, _ in found), sum(int(f) for _, f in found)


def count_program(text):
	return count_cmocka(text) if "[==========]" in text else count_plain(text)


def programs(build):
	"""The tests that meson knows; the fuzzers' replays carry the suite fuzz."""
	out = subprocess.run(["meson", "introspect", "--tests", build], cwd=TOP, stdout=subprocess.PIPE, check=True).stdout
	for t in json.loads(out):
		kind = "fuzz" if any(s.endswith("fuzz") for s in t["suite"]) else "unit"
		yield Suite(f"{kind}/{t['name']}", t["cmd"], count_program, max(t["timeout"], 60), t["env"])


def scripts(kind, zegel, *folder):
	folder = os.path.join(TOP, *folder)
	for name in sorted(os.listdir(folder)):
		path = os.path.join(folder, name)
		if os.access(path, os.X_OK) and os.path.isfile(path) and not name.startswith("."):
			yield Suite(f"{kind}/{name.split('.')[0]}", [path], count_plain, 400, {"ZEGEL": zegel})


npm_said = None


def npm():
	"""Installs what test/e2e/package-lock.json names, once; the reason where that fails."""
	global npm_said
	done, lock = os.path.join(E2E, "node_modules", ".package-lock.json"), os.path.join(E2E, "package-lock.json")
	if npm_said is None and os.path.exists(done) and os.path.getmtime(done) >= os.path.getmtime(lock):
		npm_said = ""
	if npm_said is None:
		r = subprocess.run([shutil.which("npm") or "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
			cwd=E2E, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
		npm_said = "" if r.returncode == 0 else "npm ci failed:\n" + r.stdout.decode("utf-8", "replace")
		if not npm_said:
			os.utime(done)
	return npm_said


def peers(zegel):
	root = [] if os.geteuid() == 0 else ["sudo", "-E", "--"]
	for name in sorted(os.listdir(E2E)):
		if not re.match(r"\d\d-", name):
			continue
		files = sorted(os.path.join("test", "e2e", name, f) for f in os.listdir(os.path.join(E2E, name)) if f.endswith(".test.mjs"))
		# A file a process, and not node --test, which in Node 18 reads the files' output anew and can stick in it.
		each = 'rc=0; for f; do /usr/bin/node --test-reporter=tap "$f" || rc=1; done; exit $rc'
		yield Suite(f"e2e/{name}", root + ["sh", "-c", each, "sh"] + files, count_tap, 420, {"ZEGEL": zegel}, npm)


def main():
	p = argparse.ArgumentParser()
	p.add_argument("--unit", help="build folder whose test programs run")
	p.add_argument("--zegel", default=os.path.join(TOP, "build", "zegel"), help="the program that the peers meet")
	p.add_argument("suites", nargs="*")
	a = p.parse_args()
	os.environ.setdefault("UBSAN_OPTIONS", "halt_on_error=1:print_stacktrace=1")
	os.environ.setdefault("TSAN_OPTIONS", "die_after_fork=0")	# a test forks a vault beside a thread of its own
	chosen = lambda s: not a.suites or any(s.name.startswith(w) for w in a.suites)
	beside = [s for s in (list(programs(a.unit)) if a.unit else []) if chosen(s)]
	beside += [s for s in [*scripts("library", a.zegel, "test", "library"), *scripts("lint", a.zegel, "tools", "lint")] if chosen(s)]
	alone = [s for s in peers(a.zegel) if chosen(s)]
	with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
		results = list(pool.map(Suite.run, beside))
	results += [s.run() for s in alone]
	passed, failed = sum(r[0] for r in results), sum(r[1] for r in results)
	if not results:
		print("no such suite")
		failed = 1
	print(f"{passed} passed, {failed} failed")
	return 1 if failed or not passed else 0


if __name__ == "__main__":
	sys.exit(main())
