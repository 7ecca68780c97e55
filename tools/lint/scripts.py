#!/usr/bin/python3
"""The scripts of the house: the Makefile and each check in at most 60 lines, shell that parses, JavaScript that parses."""
import subprocess
from found import end, files, read

wrong, checked = [], 0
for path in files("Makefile", "tools/lint/*.py", "tools/lint/*.sh"):
	checked += 1
	if len(read(path).splitlines()) > 60:
		wrong.append(f"{path}: {len(read(path).splitlines())} lines")
for shell, patterns in (["sh", "-n"], ["tools/*.sh", "tools/lint/*.sh"]), (["bash", "-n"], [".ci/run"]), (["/usr/bin/node", "--check"], ["test/e2e/*.mjs"]):
	for path in files(*patterns):
		checked += 1
		r = subprocess.run([*shell, path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
		if r.returncode:
			wrong.append(f"{path}: {r.stdout.decode()}")
for path in files("tools/*.py", "test/*.py", "test/library/*.py", "test/e2e/*.py", "bench/*.py"):
	checked += 1
	try:
		compile(read(path), path, "exec")
	except SyntaxError as e:
		wrong.append(f"{path}: {e}")
end(checked, wrong)
