// run.mjs - a folder of one's own, programs run to their end, waiting with a limit.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createServer } from 'node:net';
import { atEnd } from './test.mjs';

export const TOP = resolve(fileURLToPath(new URL('../../../', import.meta.url)));
export const ZEGEL = process.env.ZEGEL ?? join(TOP, 'build', 'zegel');
export const PYTHON = '/usr/bin/python3';

// A new folder that others may walk through (daemons give up their rights); gone at the end of the test.
export function scratch() {
	const dir = mkdtempSync(join(tmpdir(), 'zegel-e2e-'));
	chmodSync(dir, 0o755);
	if (!process.env.KEEP)
		atEnd(() => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));
	return dir;
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// Asks `is` until it answers something true; an error that says what was waited for.
export async function until(what, is, ms = 10000) {
	const end = Date.now() + ms;
	for (;;) {
		const got = await is();
		if (got)
			return got;
		if (Date.now() > end)
			throw new Error(`not within ${ms} ms: ${what}`);
		await sleep(20);
	}
}

// Runs a program to its end: { status, signal, stdout (Buffer), out, err }.
export function run(command, args = [], { input, env, cwd, timeout = 60000 } = {}) {
	return new Promise((done, failed) => {
		const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
		const out = [], err = [];
		const timer = setTimeout(() => child.kill('SIGKILL'), timeout);
		child.stdin.on('error', () => {});	// it may not read all of its input
		child.stdout.on('data', (d) => out.push(d));
		child.stderr.on('data', (d) => err.push(d));
		child.on('error', failed);
		child.on('close', (status, signal) => {
			clearTimeout(timer);
			const stdout = Buffer.concat(out);
			done({ status, signal, stdout, out: stdout.toString(), err: Buffer.concat(err).toString() });
		});
		child.stdin.end(input ?? '');
	});
}

// The same, for what must succeed.
export async function must(command, args, options) {
	const r = await run(command, args, options);
	if (r.status !== 0)
		throw new Error(`${command} ${args.join(' ')}: ${r.status ?? r.signal}\n${r.out}${r.err}`);
	return r;
}

// A port that is free now, for programs that cannot choose one themselves; below those that the kernel gives out, so that no
// other program comes by it meanwhile.
export function freePort(host = '127.0.0.1') {
	return new Promise((done, failed) => {
		const attempt = (left) => {
			const s = createServer();
			s.on('error', (e) => (left ? attempt(left - 1) : failed(e)));
			s.listen(10000 + Math.floor(Math.random() * 20000), host, () => {
				const { port } = s.address();
				s.close(() => done(port));
			});
		};
		attempt(50);
	});
}
