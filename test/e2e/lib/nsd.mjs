// nsd.mjs - a real name server with the records under test, on port 53 of a loopback address of its own; and programs run as if it
// were the machine's resolver.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import dgram from 'node:dgram';
import { must, run, scratch, until } from './run.mjs';
import { atEnd } from './test.mjs';

// Does it answer? A question for the SOA of the zone, by hand: this is a test's probe, not a resolver.
function answers(address, zone) {
	return new Promise((done) => {
		const s = dgram.createSocket('udp4');
		const name = Buffer.concat([...zone.split('.').map((l) => Buffer.concat([Buffer.of(l.length), Buffer.from(l)])), Buffer.of(0)]);
		const timer = setTimeout(() => { s.close(); done(false); }, 300);
		s.on('message', (m) => { clearTimeout(timer); s.close(); done((m[3] & 15) === 0); });
		s.on('error', () => { clearTimeout(timer); s.close(); done(false); });
		s.send(Buffer.concat([Buffer.from('123400000001000000000000', 'hex'), name, Buffer.from('00060001', 'hex')]), 53, address);
	});
}

export class Nsd {
	// zones: { 'example.be': 'lines in the form of a master file' }
	constructor(zones, { dir = scratch() } = {}) {
		Object.assign(this, { zones, dir });
		const r = () => 1 + Math.floor(Math.random() * 253);
		this.address = `127.${r()}.${r()}.${r()}`;
	}

	async start() {
		const d = (...p) => join(this.dir, ...p);
		mkdirSync(d('run'), { recursive: true });
		let text = `server:\n\tip-address: ${this.address}\n\tport: 53\n\tserver-count: 1\n\tdo-ip6: no\n\tusername: ""\n\tzonesdir: "${this.dir}"\n` +
			`\tpidfile: "${d('run', 'nsd.pid')}"\n\txfrdfile: "${d('run', 'xfrd')}"\n\tzonelistfile: "${d('run', 'zones')}"\n\txfrdir: "${d('run')}"\n` +
			`\tlogfile: "${d('nsd.log')}"\n\trrl-ratelimit: 0\nremote-control:\n\tcontrol-enable: no\n`;
		for (const [zone, records] of Object.entries(this.zones)) {
			this.write(zone, records);
			text += `zone:\n\tname: "${zone}"\n\tzonefile: "${zone}.zone"\n`;
		}
		writeFileSync(d('nsd.conf'), text);
		this.child = spawn('/usr/sbin/nsd', ['-d', '-c', d('nsd.conf')], { stdio: ['ignore', 'ignore', 'pipe'] });
		let err = '';
		this.child.stderr.on('data', (c) => { err += c; });
		this.child.on('exit', (status) => { this.ended = `nsd ended with ${status}: ${err}`; });
		atEnd(() => this.stop());
		for (const zone of Object.keys(this.zones))
			await until(`nsd serves ${zone}`, () => {
				if (this.ended)
					throw new Error(this.ended);
				return answers(this.address, zone);
			});
		return this;
	}

	write(zone, records, serial = 1) {
		writeFileSync(join(this.dir, `${zone}.zone`), `$ORIGIN ${zone}.\n$TTL 60\n@ IN SOA ns.${zone}. host.${zone}. ${serial} 3600 600 86400 60\n` +
			`@ IN NS ns.${zone}.\nns IN A ${this.address}\n${records}\n`);
	}

	// Other records from now on.
	change(zone, records) {
		this.serial = (this.serial ?? 1) + 1;
		this.write(zone, records, this.serial);
		this.child.kill('SIGHUP');
	}

	// Runs a program whose resolver is this server: RES_NAMESERVERS is Net::DNS's own way, NAMESERVER that of our preloaded library.
	async run(command, args, { env, ...options } = {}) {
		if (!this.library) {
			this.library = join(this.dir, 'nameserver.so');
			await must('gcc', ['-shared', '-fPIC', '-O1', '-o', this.library, fileURLToPath(new URL('nameserver.c', import.meta.url)), '-ldl']);
		}
		return run(command, args, { ...options, env: { ...env, RES_NAMESERVERS: this.address, NAMESERVER: this.address, LD_PRELOAD: this.library } });
	}

	async stop() {
		if (!this.ended) {
			this.child.kill('SIGTERM');
			await until('nsd ends', () => this.ended);
		}
	}
}
