#!/usr/bin/python3
"""Does tools/lint/pure.py see it?  Objects are put beside those of the library that each do one thing
the library must not do."""
import os, subprocess, sys, tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.path.dirname(os.environ.get("ZEGEL", f"{TOP}/build/zegel")))
if "-san" in BUILD or "-tsan" in BUILD:
	BUILD = f"{TOP}/build"
PLANTED = [
	("memory of its own", "#include <stdlib.h>\nvoid *zg_x(void);\nvoid *zg_x(void) { return malloc(8); }", "malloc is not in src/PURE"),
	("a clock", "#include <time.h>\nlong zg_x(void) { return time(0); }", "time is not in src/PURE"),
	("the environment", "#include <stdlib.h>\nchar *zg_x(void) { return getenv(\"TZ\"); }", "getenv is not in src/PURE"),
	("a file", "#include <stdio.h>\nvoid *zg_x(void) { return fopen(\"/etc/passwd\", \"r\"); }", "fopen is not in src/PURE"),
	("a socket", "#include <sys/socket.h>\nint zg_x(void) { return socket(2, 1, 0); }", "socket is not in src/PURE"),
	("a thread", "#include <pthread.h>\nvoid zg_x(void) { pthread_mutex_lock(0); }", "pthread_mutex_lock is not in src/PURE"),
	("errno", "#include <errno.h>\nint zg_x(void) { return errno; }", "__errno_location is not in src/PURE"),
	("a call that may be missing", "extern int getpid(void) __attribute__((weak));\nint zg_x(void) { return getpid ? getpid() : 0; }", "getpid is not in src/PURE"),
	("another part of OpenSSL", "int RAND_bytes(unsigned char *, int);\nint zg_x(void) { unsigned char b[1]; return RAND_bytes(b, 1); }", "RAND_bytes is not in src/PURE"),
	("a global", "int zg_counter = 1;", "writable .data"),
	("a global that is zero", "int zg_counter;", "writable .bss"),
	("a static in a function", "int zg_x(void) { static int n; return ++n; }", "writable .bss"),
	("a variable of a thread", "_Thread_local int zg_x = 1;", "writable .tdata"),
	("a system call by hand", "long zg_x(void) { long r; __asm__ volatile (\"syscall\" : \"=a\"(r) : \"a\"(39) : \"rcx\", \"r11\", \"memory\"); return r; }",
		"the instruction syscall") if os.uname().machine == "x86_64" else None,
]
passed, failed = 0, 0


def check(what, is_right, text):
	global passed, failed
	passed, failed = passed + bool(is_right), failed + (not is_right)
	if not is_right:
		print(f"{what}:\n{text}")


def judged(sources):
	"""What the check says of the library's objects and these."""
	with tempfile.TemporaryDirectory() as folder:
		open(f"{folder}/build.ninja", "w").close()
		os.mkdir(f"{folder}/src")
		for floor in os.listdir(f"{BUILD}/src"):
			objects = f"{BUILD}/src/{floor}/lib{floor}.a.p"
			if not os.path.isdir(objects):
				continue
			os.makedirs(f"{folder}/src/{floor}/lib{floor}.a.p")
			for o in os.listdir(objects):
				os.symlink(f"{objects}/{o}", f"{folder}/src/{floor}/lib{floor}.a.p/{o}")
		for i, source in enumerate(sources):
			subprocess.run(["gcc", "-w", "-O2", "-fno-common", "-c", "-x", "c", "-", "-o", f"{folder}/src/base/libbase.a.p/planted-{i}.o"],
				input=source.replace("zg_x", f"zg_x{i}").encode(), check=True)
		r = subprocess.run([f"{TOP}/tools/lint/pure.py"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, "ZEGEL": f"{folder}/zegel"})
		return r.returncode, r.stdout.decode()


PLANTED = [p for p in PLANTED if p]
status, text = judged([])
check("the library as it is", status == 0, text)
status, text = judged([p[1] for p in PLANTED])
for i, (what, _, said) in enumerate(PLANTED):
	check(f"{what} is not seen", status == 1 and any(f"planted-{i}.o" in l and said in l for l in text.splitlines()), text)
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
