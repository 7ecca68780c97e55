#!/usr/bin/python3
"""Each header compiles alone: those that are installed with nothing but themselves, in C and in C++."""
import os, subprocess
from concurrent.futures import ThreadPoolExecutor
from found import end, files

BUILD = os.path.dirname(os.environ.get("ZEGEL", "build/zegel"))
FLAGS = "-fsyntax-only -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -Iinclude -x c".split()
PLUS = "-fsyntax-only -std=c++11 -Wall -Wextra -Wpedantic -Wshadow -Werror -Iinclude -x c++".split()


def compiles(header):
	more = [] if header.startswith("include/") else ["-D_GNU_SOURCE", "-Isrc", f"-I{BUILD}/src"]
	name = header.removeprefix("include/").removeprefix("src/")
	text = f"#include <{name}>\n" * 2 + "extern int nothing;\n"	# twice: it must guard itself
	r = subprocess.run(["gcc", *FLAGS, *more, "-"], input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
	if r.returncode == 0 and header.startswith("include/"):
		r = subprocess.run(["g++", *PLUS, "-"], input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
	return None if r.returncode == 0 else f"{header}: does not compile alone:\n{r.stdout.decode()}"


headers = files("include/zegel/*.h", "src/*.h")
with ThreadPoolExecutor(os.cpu_count()) as pool:
	end(len(headers), [w for w in pool.map(compiles, headers) if w])
