#!/usr/bin/python3
"""A body in its row or in a file of its own: what a message costs, for house.md's limit, SPOOL_INLINE.  As root: bench/inline.py

Builds zegel twice from a copy of this tree, once with every body in the database and once with every body in the spool, and
sends the same mail through both, by turns: CPU of all three processes, sync calls and octets written of the relay, messages a
second, the median of 3 rounds, each with a state of its own."""
import os, shutil, statistics, subprocess, sys, tempfile, time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WAYS = {"row": "8388608u", "file": "0u"}
SIZES = [("2 KB", 2048, {1: 300, 10: 1000}), ("20 KB", 20480, {1: 200, 10: 600}), ("64 KB", 65536, {1: 150, 10: 400}),
	("256 KB", 262144, {1: 80, 10: 160}), ("2 MB", 2097152, {1: 25, 10: 50})]
ROUNDS = 3


def build(folder, way, limit):
	"""The program and the load generator of a copy in which the limit is another."""
	tree = os.path.join(folder, "tree-" + way)
	shutil.copytree(TOP, tree, ignore=shutil.ignore_patterns("build*", ".git", "node_modules", "var"), symlinks=True)
	path = os.path.join(tree, "src/queue/spool.h")
	text = open(path).read()
	assert "#define SPOOL_INLINE 65536u" in text
	with open(path, "w") as f:
		f.write(text.replace("#define SPOOL_INLINE 65536u", "#define SPOOL_INLINE " + limit))
	subprocess.run(["meson", "setup", "build"], cwd=tree, check=True, stdout=subprocess.DEVNULL)
	subprocess.run(["ninja", "-C", "build", "--quiet", "src/cmd/zegel", "bench/load"], cwd=tree, check=True)
	return os.path.join(tree, "build/src/cmd/zegel"), os.path.join(tree, "build/bench/load")


def busy():
	"""Microseconds that all processors worked, and that they were there."""
	v = [int(x) for x in open("/proc/stat").readline().split()[1:9]]
	return (sum(v) - v[3] - v[4]) * 1e4, sum(v) * 1e4


def written(pid):
	return int(dict(line.split(": ") for line in open(f"/proc/{pid}/io"))["write_bytes"])


def one(bench, program, load, syncs, name, size, counts, seen, others, way):
	folder = tempfile.mkdtemp(prefix="zegel-bench-")
	bench.ZEGEL = program
	bench.house_make(folder, load.sink)
	z = bench.Zegel(folder)
	load.send(z.port, 5, 50, 2048)
	syncs.put("set_event_pid", " ".join(os.listdir(f"/proc/{z.pids[2]}/task")))
	for connections, count in counts.items():
		syncs.take()
		a, w, b = z.cpu(), written(z.pids[2]), busy()
		r = load.send(z.port, connections, count, size)
		time.sleep(.1)		# the last outcomes are written
		used, (worked, there) = sum(y - x for x, y in zip(a, z.cpu())), (y - x for x, y in zip(b, busy()))
		others.append((max(0, worked - used - r["own_cpu_us"] * count), there))
		seen.setdefault((name, connections, way), []).append((used / count,
			syncs.take() / count, (written(z.pids[2]) - w) / count / 1024, count / r["seconds"]))
	z.end()
	shutil.rmtree(folder)


def main():
	folder = tempfile.mkdtemp(prefix="zegel-bench-")
	seen, others = {}, []
	try:
		built = {way: build(folder, way, limit) for way, limit in WAYS.items()}
		sys.argv[1:] = built["row"]
		sys.path.insert(0, os.path.join(TOP, "bench"))
		import bench
		load, syncs = bench.Load(), bench.Syncs()
		try:
			syncs.begin(os.getpid())
			for round in range(ROUNDS):
				for name, size, counts in SIZES:
					for way in sorted(WAYS, reverse=round % 2 == 0):
						one(bench, built[way][0], load, syncs, name, size, counts, seen, others, way)
		finally:
			syncs.end()
			load.end()
	finally:
		shutil.rmtree(folder)
	print(f"{'':24} {'CPU us':>15} {'sync calls':>15} {'KiB written':>15} {'messages/s':>15}      (row / file)")
	for name, size, counts in SIZES:
		for connections in counts:
			row, file = ([statistics.median(v) for v in zip(*seen[(name, connections, way)])] for way in ("row", "file"))
			cells = [f"{a:.{d}f} / {b:.{d}f}" for a, b, d in zip(row, file, (0, 3, 0, 0))]
			print(f"{f'{name}, {connections} connections':24} " + " ".join(f"{c:>15}" for c in cells))
	print(f"others used {100 * sum(o for o, _ in others) / sum(t for _, t in others):.0f} % of the machine")
	for text in bench.failed:
		print("FAILED: " + text)
	return 1 if bench.failed else 0


sys.exit(main())
