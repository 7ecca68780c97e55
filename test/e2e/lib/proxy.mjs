// proxy.mjs - TCP between two sides that delays, cuts after so many octets, or hands octets over one by one.
import { connect, createServer } from 'node:net';
import { sleep } from './run.mjs';
import { atEnd } from './test.mjs';

export class Proxy {
	// rule(n): what connection number n gets: { delay (ms a piece), cutUp, cutDown (octets, then reset), bytewise, refuse }.
	constructor({ port, host = '127.0.0.1', rule = () => ({}) }) {
		Object.assign(this, { target: { port, host }, rule });
		this.count = 0;
		this.open = new Set();
	}

	listen() {
		this.server = createServer({ allowHalfOpen: true }, (client) => this.serve(client));
		atEnd(() => this.close());
		return new Promise((done) => this.server.listen(0, '127.0.0.1', () => {
			this.port = this.server.address().port;
			done(this);
		}));
	}

	serve(client) {
		const rule = this.rule(++this.count) ?? {};
		if (rule.refuse)
			return client.resetAndDestroy ? client.resetAndDestroy() : client.destroy();
		const server = connect({ ...this.target, allowHalfOpen: true });
		const end = () => [client, server].forEach((s) => s.resetAndDestroy ? s.resetAndDestroy() : s.destroy());
		for (const [from, to, cut] of [[client, server, rule.cutUp], [server, client, rule.cutDown]]) {
			this.open.add(from);
			from.on('close', () => this.open.delete(from));
			from.on('error', end);
			from.setNoDelay(true);
			this.pump(from, to, rule, cut, end).catch(end);
		}
		return undefined;
	}

	async pump(from, to, rule, cut, end) {
		let seen = 0;
		for await (const piece of from) {
			let part = piece;
			if (cut !== undefined && seen + piece.length > cut)
				part = piece.subarray(0, cut - seen);
			seen += piece.length;
			if (rule.delay)
				await sleep(rule.delay);
			for (const bit of rule.bytewise ? part : [part]) {
				to.write(typeof bit === 'number' ? Buffer.of(bit) : bit);
				if (rule.bytewise)
					await new Promise(setImmediate);
			}
			if (cut !== undefined && seen > cut) {
				await sleep(20);
				return end();
			}
		}
		return to.end();
	}

	close() {
		this.open.forEach((s) => s.destroy());
		return new Promise((done) => this.server.close(() => done()));
	}
}
