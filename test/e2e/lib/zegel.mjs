// zegel.mjs - the program under test: started with a folder of its own and free ports, its log read line by line.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ZEGEL, run, scratch, until } from './run.mjs';
import { atEnd } from './test.mjs';

const quote = (v) => Array.isArray(v) ? `[${v.map(quote).join(', ')}]` : typeof v === 'string' ? JSON.stringify(v) : String(v);

// The text of a configuration: { section: { key: value } }.
export function confText(conf) {
	return Object.entries(conf).map(([section, keys]) => `[${section}]\n` +
		Object.entries(keys).map(([k, v]) => `${k} = ${quote(v)}\n`).join('')).join('\n');
}

export class Zegel {
	// dev: `serve --dev` with state in the folder; else a configuration file made of conf (see merge below).
	constructor({ dev = false, conf = {}, text, dir = scratch(), env = {} } = {}) {
		this.dir = dir;
		this.dev = dev;
		this.env = { LANG: 'C', NO_COLOR: '1', ...env };
		this.file = join(dir, 'zegel.conf');
		this.state = join(dir, 'var');
		this.lines = [];
		if (!dev)
			mkdirSync(this.state, { recursive: true });
		this.configure(conf, text);
	}

	// Defaults that every test shares; conf wins, section by section and key by key.
	configure(conf = {}, text) {
		const base = {
			server: { hostname: 'relay.example.com', state: this.state, user: 'nobody', vault_user: 'daemon' },
			smtp: { listen: ['127.0.0.1:0'], trusted: ['127.0.0.1/32'] },
			http: { listen: [] },
			vault: { master_key: `file:${this.dir}/master.key` },
			store: { url: `sqlite:${this.state}/zegel.db` },
		};
		const dev = { smtp: { listen: ['127.0.0.1:0'] }, http: { listen: [] }, server: { state: this.state } };
		const all = this.dev ? dev : base;
		for (const [section, keys] of Object.entries(conf))
			all[section] = { ...all[section], ...keys };
		this.conf = all;
		writeFileSync(this.file, text ?? confText(all));
	}

	args() {
		return this.dev ? ['serve', '--dev', '--config', this.file] : ['serve', '--config', this.file];
	}

	// Starts and waits for the address; { wait: false } only starts.
	async start({ wait = true, timeout = 15000, listeners = this.conf.smtp.listen.length + this.conf.http.listen.length } = {}) {
		this.lines = [];
		this.err = '';
		this.status = undefined;
		const child = spawn(ZEGEL, this.args(), { cwd: this.dir, env: { ...process.env, ...this.env }, stdio: ['ignore', 'pipe', 'pipe'] });
		this.child = child;
		atEnd(() => this.stop('SIGKILL'));
		let rest = '';
		const take = (text) => {
			rest += text;
			const lines = rest.split('\n');
			rest = lines.pop();
			for (const line of lines) {
				try {
					this.lines.push(JSON.parse(line));
				} catch {
					this.lines.push({ event: '', text: line });
				}
			}
		};
		child.stderr.on('data', (d) => {
			this.err += d;
			take(d.toString());
			if (/Sanitizer|runtime error:/.test(this.err.slice(-d.length - 100)) && !process.exitCode) {	// of a child that may be started again
				process.exitCode = 1;
				console.error(this.err.slice(-4000));
			}
		});
		this.out = '';
		child.stdout.on('data', (d) => { this.out += d; });
		this.ended = new Promise((done) => child.on('close', (status, signal) => {
			this.status = status ?? signal;
			done(this.status);
		}));
		if (wait)
			await this.wait(listeners, timeout);
		return this;
	}

	async wait(listeners = 1, timeout = 15000) {
		await until('the line "listening"\n' + this.err, () => {
			if (this.status !== undefined)
				throw new Error(`zegel ended with ${this.status}:\n${this.err}`);
			return this.events('listening').length >= listeners && this.events('ready').length >= 1;
		}, timeout).catch((e) => { throw new Error(`${e.message}\n${this.err}`); });
		const of = (what) => this.events('listening').filter((l) => l.for === what).map((l) => ({ host: l.address === '::' ? '127.0.0.1' : l.address, port: l.port, tls: l.tls }));
		this.listening = of('smtp');
		this.panels = of('http');
		this.host = this.listening[0].host;
		this.port = this.listening[0].port;
	}

	events(name) {
		return this.lines.filter((l) => l.event === name);
	}

	// SIGTERM, and the exit status.
	async stop(signal = 'SIGTERM') {
		if (this.status === undefined && this.child) {
			this.child.kill(signal);
			await this.ended;
		}
		return this.status;
	}

	// Process ids: { parent, vault, relay }, those started last.
	pids() {
		const last = (name) => this.events(name).at(-1)?.pid;
		return { parent: this.child.pid, vault: last('vault_started'), relay: last('relay_started') };
	}

	// The lines of one event that satisfy a condition, as soon as there are `count`.
	async logged(event, is = () => true, count = 1, ms = 15000) {
		const found = () => this.events(event).filter(is);
		await until(`${count} lines "${event}"`, () => found().length >= count, ms).catch((e) => { throw new Error(`${e.message}\n${this.err.slice(-4000)}`); });
		return found();
	}

	// A verb on this instance's configuration.
	cli(args, options = {}) {
		return run(ZEGEL, [...args, ...(this.dev ? ['--dev'] : []), '--config', this.file], { cwd: this.dir, ...options, env: { ...this.env, ...options.env } });
	}

	async must(args, options) {
		const r = await this.cli(args, options);
		if (r.status !== 0)
			throw new Error(`zegel ${args.join(' ')}: ${r.status}\n${r.out}${r.err}`);
		return r.out;
	}

	async json(args, options) {
		return JSON.parse(await this.must([...args, '--json'], options));
	}

	// The mail as it would leave, by its id.
	async mail(id) {
		const r = await this.cli(['queue', 'show', id, '--raw']);
		if (r.status !== 0)
			throw new Error(`zegel queue show: ${r.status}\n${r.err}`);
		return r.stdout;
	}
}

// A verb without a configuration.
export const zegel = (args, options = {}) => run(ZEGEL, args, { ...options, env: { LANG: 'C', NO_COLOR: '1', ...options.env } });

// "250 2.0.0 queued as ID" -> ID
export function idOf(reply) {
	const m = /queued as ([0-9a-f-]{36})/.exec(reply);
	if (!m)
		throw new Error(`no id in: ${reply}`);
	return m[1];
}

// The domain is right, as if a check had just seen all its records: no name server knows the domains of the tests.  With another
// state (enum zg_domain_state) it is not.
export async function seen(z, domain, state = 3) {
	await run('python3', ['-c', `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=10)
db.execute("INSERT OR REPLACE INTO watch SELECT id, ?, 1, 1, 4102444800, 0, 1, 0, 0, 0, 0, x'', '', '', zeroblob(4), zeroblob(4) FROM domain WHERE name = ?", (int(sys.argv[3]), sys.argv[2]))
db.commit()`, z.conf.store?.url?.slice('sqlite:'.length) ?? `${z.state}/zegel.db`, domain, String(state)]);
}

// A company with a domain and a key made in the vault: the record that zegel printed, in the form of a master file.
export async function house(z, { company = 'bakkerij', domain = 'example.be', selector = 's1', type = 'rsa', key = [] } = {}) {
	await z.must(['company', 'add', company]);
	await z.must(['domain', 'add', domain, '--company', company]);
	await seen(z, domain);
	return z.must(['key', 'add', '--domain', domain, '--selector', selector, '--type', type, '--format', 'bind', ...key]);
}
