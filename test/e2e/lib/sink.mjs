// sink.mjs - a next hop that answers as it is told: for replies that no real server gives on demand.
//
// answer(verb, argument, session) gives the reply's line, or null for the usual one, or 'cut' to close; session: { n, mail, tls }.
import { createServer } from 'node:net';
import { TLSSocket } from 'node:tls';
import { atEnd } from './test.mjs';

const USUAL = { EHLO: null, HELO: '250 sink', MAIL: '250 2.1.0 ok', RCPT: '250 2.1.5 ok', DATA: '354 go on', RSET: '250 ok', NOOP: '250 ok', QUIT: '221 bye', AUTH: '235 2.7.0 ok', STARTTLS: '220 go on' };

export class Sink {
	constructor({ answer = () => null, offers = ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES', 'SIZE 60000000'], greeting = '220 sink ESMTP', tls } = {}) {
		Object.assign(this, { answer, offers, greeting, tls });
		this.mails = [];
		this.connections = 0;
		this.open = new Set();
		this.transcript = [];
	}

	listen() {
		this.server = createServer((s) => this.serve(s));
		atEnd(() => this.close());
		return new Promise((done) => this.server.listen(0, '127.0.0.1', () => {
			this.port = this.server.address().port;
			done(this);
		}));
	}

	serve(socket) {
		const session = { n: ++this.connections, mail: null, tls: false };
		let buffer = Buffer.alloc(0), inData = false;
		const reply = (text) => {
			this.transcript.push(`S${session.n}: ${text}`);
			if (text === 'cut')
				return session.socket.destroy();
			if (text !== '')
				session.socket.write(text + '\r\n');
		};
		const command = (line) => {
			this.transcript.push(`C${session.n}: ${line}`);
			const [, verb, argument] = /^(\S+)\s*(.*)$/.exec(line) ?? [null, '', ''];
			const v = verb.toUpperCase();
			let said = this.answer(v, argument, session);
			if (said == null && v === 'EHLO')
				said = ['250-sink', ...this.offers.filter((o) => o !== 'STARTTLS' || !session.tls).map((o) => `250-${o}`), '250 HELP'].join('\r\n');
			said ??= USUAL[v] ?? '500 5.5.2 what?';
			if (v === 'MAIL' && said[0] === '2')
				session.mail = { from: argument, to: [], data: null, connection: session.n };
			if (v === 'RCPT' && said[0] === '2')
				session.mail?.to.push(argument);
			if (v === 'DATA' && said[0] === '3')
				inData = true;
			reply(said);
			if (v === 'STARTTLS' && said[0] === '2')
				upgrade();
			if (v === 'QUIT')
				session.socket.end();
		};
		const feed = (d) => {
			buffer = Buffer.concat([buffer, d]);
			for (;;) {
				const text = buffer.toString('latin1');
				const at = inData ? (text.startsWith('.\r\n') ? 0 : text.indexOf('\r\n.\r\n')) : text.indexOf('\r\n');
				if (at < 0)
					return;
				if (!inData) {
					buffer = buffer.subarray(at + 2);
					command(text.slice(0, at));
					continue;
				}
				session.mail.data = text.slice(0, at + (text.startsWith('.\r\n') ? 0 : 2)).replace(/^\.\./gm, '.');
				buffer = buffer.subarray(at + (text.startsWith('.\r\n') ? 3 : 5));
				inData = false;
				const said = this.answer('END', '', session) ?? `250 2.0.0 taken ${this.mails.length + 1}`;
				if (said[0] === '2')
					this.mails.push(session.mail);
				reply(said);
			}
		};
		const take = (s) => {
			session.socket = s;
			this.open.add(s);
			s.on('data', feed);
			s.on('error', () => {});
			s.on('close', () => this.open.delete(s));
		};
		const upgrade = () => {
			socket.removeListener('data', feed);
			buffer = Buffer.alloc(0);
			session.tls = true;
			take(new TLSSocket(socket, { isServer: true, ...this.tls }));
		};
		take(socket);
		const said = this.answer('CONNECT', '', session);
		reply(said ?? this.greeting);
	}

	close() {
		this.open.forEach((s) => s.destroy());
		return new Promise((done) => this.server.close(() => done()));
	}
}
