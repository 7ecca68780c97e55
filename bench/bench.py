#!/usr/bin/python3
"""Speed of a zegel on this machine: bench.py ZEGEL LOAD (bench/run.sh builds both).

One state in a folder of its own, free ports of the loopback, a key made in the vault.  For 2 KB and 50 KB, at 1, 10 and 100
connections with a message each: CPU of each process, messages a second, how long the 250 took, and, in a run of its own,
the sync calls.  Then start, idle connections and one large message.  Every message must arrive exactly once
and signed, or this fails.  It ends within five minutes."""
import json, os, re, shutil, sqlite3, statistics, subprocess, sys, tempfile, threading, time

ZEGEL, LOAD = sys.argv[1:3]
SIZES = [("2 KB", 2048, {1: 300, 10: 1500, 100: 1500}), ("50 KB", 51200, {1: 200, 10: 600, 100: 600})]
SYNCS = {1: (1.1, 200), 10: (.25, 1000), 100: (.05, 1500)}	# the most a message may cost, and messages sent
IDLE, LARGE = 1000, 50 * 1024 * 1024
NAMES = ("parent", "vault", "relay")
failed = []


def is_true(claim, text):
	if not claim:
		failed.append(text)


class Load:
	def __init__(self):
		self.child = subprocess.Popen([LOAD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
		self.sink = int(self.answer().split()[1])

	def answer(self):
		line = self.child.stdout.readline()
		if not line:
			raise SystemExit("bench: the load generator ended, see above")
		return line

	def ask(self, order):
		self.child.stdin.write(order + "\n")
		self.child.stdin.flush()
		return self.answer()

	def send(self, port, connections, count, size):
		words = self.ask(f"run {port} {connections} {count} {size}").split()
		r = {k: float(v) for k, v in zip(words[::2], words[1::2])}
		is_true(r["accepted"] == r["arrived"] == r["signed"] == count and r["twice"] == 0,
			f"{count} messages of {size} octets over {connections} connections: {' '.join(words)}")
		return r

	def end(self):
		self.child.stdin.close()
		self.child.wait(10)


class Zegel:
	"""serve in the foreground; its port is read from its log."""

	def __init__(self, folder):
		self.log = open(os.path.join(folder, "log"), "w+")
		self.child = subprocess.Popen([ZEGEL, "serve", "--config", os.path.join(folder, "conf")],
			stdout=subprocess.DEVNULL, stderr=self.log)
		self.port = self.told("listening", "port")
		self.pids = [self.child.pid, self.told("vault_started", "pid"), self.told("relay_started", "pid")]
		self.told("ready", None)

	def told(self, event, field):
		end = time.monotonic() + 30
		while time.monotonic() < end and self.child.poll() is None:
			self.log.seek(0)
			for line in self.log:
				if f'"event":"{event}"' in line and line.endswith("\n"):
					return json.loads(line)[field] if field else True
			time.sleep(.002)
		self.log.seek(0)
		raise SystemExit("bench: zegel did not start:\n" + self.log.read())

	def cpu(self):
		"""Microseconds of each process, threads that ended included: its CPU-time clock, clock_getcpuclockid(3)."""
		return [time.clock_gettime((~p << 3) | 2) * 1e6 for p in self.pids]

	def pss(self):
		"""KiB in all; None where others' memory may not be looked at."""
		try:
			return sum(int(re.search(r"^Pss:\s+(\d+)", open(f"/proc/{p}/smaps_rollup").read(), re.M)[1]) for p in self.pids)
		except OSError:
			return None

	def end(self):
		self.child.terminate()
		if self.child.wait(40):
			failed.append("zegel did not end well")
		self.log.close()


def house_make(folder, sink):
	users = 'user = "daemon"\nvault_user = "nobody"\n' if os.geteuid() == 0 else ""	# two that every Debian has
	if users:
		os.chmod(folder, 0o711)
	conf = os.path.join(folder, "conf")
	with open(conf, "w") as f:
		f.write(f'[server]\nhostname = "bench.example"\nstate = "{folder}/state"\n{users}'
			f'[http]\nlisten = []\n[smtp]\nlisten = ["127.0.0.1:0"]\ntrusted = ["127.0.0.1/32"]\nmessage_size = {2 * LARGE}\n'
			f'[delivery]\nroute = "smarthost"\nsmarthost = "127.0.0.1:{sink}"\nsmarthost_tls = "none"\n'
			f'[store]\nurl = "sqlite:{folder}/state/zegel.db"\n')
	os.mkdir(os.path.join(folder, "state"), 0o700)
	if users:
		shutil.chown(os.path.join(folder, "state"), "daemon")
	for words in (["company", "add", "bench"], ["domain", "add", "--company", "bench", "bench.example"],
			["key", "add", "--domain", "bench.example", "--selector", "bench"]):
		subprocess.run([ZEGEL, *words, "--config", conf], check=True, stdout=subprocess.DEVNULL, timeout=60)
	# As if the standing check had seen the records: no name server knows the domain, and its mail would be held.
	with sqlite3.connect(os.path.join(folder, "state", "zegel.db")) as db:
		db.execute("INSERT INTO watch SELECT id, 3, 1, 1, 4102444800, 0, 1, 0, 0, 0, 0, x'', '', '', zeroblob(4), zeroblob(4) FROM domain")


def speeds(folder, load):
	z = Zegel(folder)
	load.send(z.port, 5, 100, 2048)		# caches, the connection to the sink
	print(f"{'CPU us a message':24} {'parent':>8} {'vault':>8} {'relay':>8} {'all':>8} {'messages/s':>11} {'250 after ms':>13}")
	for name, size, counts in SIZES:
		for connections, count in counts.items():
			a = z.cpu()
			r = load.send(z.port, connections, count, size)
			time.sleep(.1)		# the last outcomes are written
			used = [(y - x) / count for x, y in zip(a, z.cpu())]
			print(f"{f'{name}, {connections} connections':24} " + " ".join(f"{u:8.0f}" for u in (*used, sum(used))) +
				f" {count / r['seconds']:11.0f} {r['p50_ms']:13.2f}")
	z.end()


class Syncs:
	"""The sync calls of a process, counted by the kernel: a tracer from outside slows down what it counts."""

	def __init__(self):
		self.top = tempfile.mkdtemp(prefix="zegel-bench-")	# apart from what is removed with all below it
		self.own = os.path.join(self.top, "instances", f"zegel-bench-{os.getpid()}")

	def begin(self, pid):
		subprocess.run(["mount", "-t", "tracefs", "zegel-bench", self.top], check=True, stderr=subprocess.DEVNULL)
		os.mkdir(self.own)
		self.put("set_event_pid", " ".join(os.listdir(f"/proc/{pid}/task")))
		self.put("options/event-fork", "1")
		for call in ("fsync", "fdatasync"):
			self.put(f"events/syscalls/sys_enter_{call}/enable", "1")

	def put(self, name, text):
		with open(os.path.join(self.own, name), "w") as f:
			f.write(text)

	def take(self):
		"""How many since the last time."""
		with open(os.path.join(self.own, "trace")) as f:
			n = sum("sys_f" in line for line in f)
		self.put("trace", "")
		return n

	def end(self):
		if os.path.isdir(self.own):
			os.rmdir(self.own)
		subprocess.run(["umount", self.top], stderr=subprocess.DEVNULL)
		os.rmdir(self.top)		# not where it is mounted still


def syncs(folder, load):
	z = Zegel(folder)
	load.send(z.port, 5, 100, 2048)
	counter = Syncs()
	try:
		counter.begin(z.pids[2])
		for connections, (most, messages) in SYNCS.items():
			counter.take()
			load.send(z.port, connections, messages, 2048)
			time.sleep(.1)
			each = counter.take() / messages
			is_true(0 < each <= most, f"{each:.3f} sync calls a message at {connections} connections")
			print(f"{f'sync calls a message, {connections} connections':44} {each:8.3f}   (at most {most})")
	except (OSError, subprocess.CalledProcessError):
		print("sync calls: only root may count them, where the kernel has tracepoints; sudo make bench")
	finally:
		counter.end()
	z.end()


def starts(folder):
	cpu, wall = [], []
	for _ in range(5):
		began = time.monotonic()
		z = Zegel(folder)
		wall.append((time.monotonic() - began) * 1e3)
		cpu.append(sum(z.cpu()) / 1e3)
		z.end()
	print(f"{'start: CPU ms, wall ms':44} {statistics.median(cpu):8.1f} {statistics.median(wall):8.0f}   (CPU at most 50)")


def memory(folder, load):
	z = Zegel(folder)
	load.send(z.port, 5, 100, 2048)
	time.sleep(.5)
	base = z.pss()
	if base is None:
		print("memory: only root may look at it; sudo make bench")
		z.end()
		return
	held = int(load.ask(f"hold {z.port} {IDLE}").split()[1])
	time.sleep(.5)
	print(f"{f'{held} idle connections: KiB PSS each':44} {(z.pss() - base) / held:8.1f}   (at most 16; base {base / 1024:.1f} MiB)")
	load.ask("drop")
	time.sleep(.5)
	base, most, is_done = z.pss(), [0], threading.Event()

	def look():
		while not is_done.wait(.02):
			most[0] = max(most[0], z.pss())
	t = threading.Thread(target=look)
	t.start()
	load.send(z.port, 1, 1, LARGE)
	is_done.set()
	t.join()
	print(f"{'a message of 50 MiB: MiB PSS over before':44} {max(0, most[0] - base) / 1024:8.1f}   (at most 4)")
	z.end()


def main():
	folder = tempfile.mkdtemp(prefix="zegel-bench-")
	load = Load()
	try:
		house_make(folder, load.sink)
		speeds(folder, load)
		syncs(folder, load)
		starts(folder)
		memory(folder, load)
	finally:
		load.end()
		shutil.rmtree(folder)
	for text in failed:
		print("FAILED: " + text)
	return 1 if failed else 0


if __name__ == "__main__":
	sys.exit(main())
