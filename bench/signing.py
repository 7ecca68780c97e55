#!/usr/bin/python3
"""What signing and verifying cost on this machine: signing.py ZEGEL DKIM_BENCH VAULT_BENCH (bench/run.sh builds all).

The library beside its floor (dkim_bench.c), the vault beside signing in the process itself (vault_bench.c), and a run of the
command line beside two of programs that every machine has.  CPU throughout; the median of rounds that are interleaved."""
import os, shutil, statistics, subprocess, sys, tempfile

ZEGEL, DKIM_BENCH, VAULT_BENCH = sys.argv[1:4]
MOST = {  # of the floor, RSA with 2048 bits
	"sign, 2 KB": 1.05, "sign, 10 KB": 1.05, "sign, 100 KB": 1.08, "sign, 1 MB": 1.12, "sign, 1 MB of HTML": 3.5,
	"verify, 2 KB": 1.2, "verify, 10 KB": 1.2, "verify, 100 KB": 1.15, "verify, 1 MB": 1.15,
}
RUNS = 21


def out(*words):
	return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout


def make_key(folder, kind):
	"""The key's file and the record for it, in the form that --zone reads."""
	record = out(ZEGEL, "keygen", "--domain", "bench.example", "--selector", kind, "--type", kind, "--out", folder, "--format", "bind")
	return os.path.join(folder, f"{kind}._domainkey.bench.example.pem"), record


def library(name, key, *more, most={}):
	print(f"{f'{name}: CPU us':44} {'floor':>8} {'library':>8} {'ratio':>8}")
	for line in out(DKIM_BENCH, key, *more).splitlines():
		what, floor, own, ratio = line.split("\t")
		print(f"{what:44} {floor:>8} {own:>8} {ratio:>8}" + (f"   (at most {most[what]})" if what in most else ""))


def vault(key):
	print(f"{'a signature of the vault':44} {'CPU us':>8} {'wall us':>8} {'ratio':>8} {'CPU more':>8}")
	for line in out(VAULT_BENCH, key).splitlines():
		name, cpu, wall, ratio, more, _ = line.split("\t")
		most = {"64": "   (ratio at most 1.1)", "on": "   (at most 90 us more)"}.get(name.strip()[14:16], "")
		print(f"{name:44} {cpu:>8} {wall:>8} {ratio:>8} {more:>8}{most}")


def cpu_of(words, text):
	"""Milliseconds of user and kernel."""
	with tempfile.TemporaryFile() as f:
		f.write(text)
		f.seek(0)
		p = subprocess.Popen(words, stdin=f, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
		_, status, used = os.wait4(p.pid, 0)
		p.returncode = os.waitstatus_to_exitcode(status)
	if p.returncode:
		raise SystemExit(f"signing.py: {' '.join(words)} ended with {p.returncode}")
	return (used.ru_utime + used.ru_stime) * 1e3


def command_line(folder, key, record):
	message = b"From: bills@bench.example\r\nSubject: hello\r\n\r\n" + b"A line of a message of ten kilobytes.\r\n" * 260
	zone = os.path.join(folder, "zone")
	with open(zone, "w") as f:
		f.write(record)
	signed = subprocess.run([ZEGEL, "sign", "--key", key, "--domain", "bench.example", "--selector", "rsa"], input=message,
		check=True, stdout=subprocess.PIPE).stdout
	runs = {
		"true": (["true"], message),
		"openssl dgst -sign": (["openssl", "dgst", "-sha256", "-sign", key], message),
		"zegel sign": ([ZEGEL, "sign", "--key", key, "--domain", "bench.example", "--selector", "rsa"], message),
		"zegel verify --zone": ([ZEGEL, "verify", "--zone", zone], signed),
	}
	seen = {name: [] for name in runs}
	for _ in range(RUNS):
		for name, (words, text) in runs.items():
			if shutil.which(words[0]):
				seen[name].append(cpu_of(words, text))
	print(f"{'a run of the command line, 10 KB':44} {'CPU ms':>8}")
	for name, v in seen.items():
		print(f"{name:44} {statistics.median(v):8.2f}" if v else f"{name:44} {'not here':>8}")


def main():
	with tempfile.TemporaryDirectory(prefix="zegel-bench-") as folder:
		rsa, record = make_key(folder, "rsa")
		library("RSA 2048, with the cache of parsed keys", rsa, most=MOST)
		library("RSA 2048, each key parsed anew", rsa, "anew")
		library("Ed25519", make_key(folder, "ed25519")[0])
		vault(rsa)
		command_line(folder, rsa, record)


main()
