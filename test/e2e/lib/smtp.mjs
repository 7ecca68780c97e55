// smtp.mjs - a client that says exactly what it is told, octet by octet if need be, and reads replies.
import { connect } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { atEnd } from './test.mjs';

export class Smtp {
	constructor(socket) {
		this.buffer = Buffer.alloc(0);
		this.waiting = [];
		this.take(socket);
	}

	take(socket) {
		this.socket = socket;
		socket.on('data', (d) => {
			this.buffer = Buffer.concat([this.buffer, d]);
			this.serve();
		});
		socket.on('error', () => this.end());
		socket.on('close', () => this.end());
	}

	end() {
		this.closed = true;
		this.serve();
	}

	serve() {
		while (this.waiting.length) {
			const m = /^(?:\d{3}-[^\r\n]*\r\n)*\d{3}(?: [^\r\n]*)?\r\n/.exec(this.buffer.toString('latin1'));
			if (!m && !this.closed)
				return;
			if (m)
				this.buffer = this.buffer.subarray(m[0].length);
			this.waiting.shift()(m ? m[0].trimEnd() : '');
		}
	}

	// The next reply, all its lines; '' when the connection is gone.
	reply(ms = 20000) {
		return new Promise((done, failed) => {
			const timer = setTimeout(() => failed(new Error('no reply')), ms);
			this.waiting.push((text) => {
				clearTimeout(timer);
				done(text);
			});
			this.serve();
		});
	}

	send(octets) {
		if (!this.closed)
			this.socket.write(octets);
	}

	// A command and its reply.
	say(line) {
		this.send(line + '\r\n');
		return this.reply();
	}

	// All of a mail; the reply to its end, or the first refusal.
	async mail(from, to, text) {
		for (const line of [`MAIL FROM:<${from}>`, ...[].concat(to).map((a) => `RCPT TO:<${a}>`), 'DATA']) {
			const r = await this.say(line);
			if (!/^[23]/.test(r))
				return r;
		}
		this.send(stuffed(text));
		return this.reply();
	}

	async starttls(options = {}) {
		const r = await this.say('STARTTLS');
		if (!r.startsWith('220'))
			throw new Error(r);
		this.socket.removeAllListeners('data');
		const socket = tlsConnect({ socket: this.socket, rejectUnauthorized: false, ...options });
		await new Promise((done, failed) => socket.once('secureConnect', done).once('error', failed));
		this.take(socket);
	}

	close() {
		this.socket.destroy();
	}
}

// Line ends CRLF, dots stuffed, the last line ended.
export function stuffed(text) {
	const s = Buffer.isBuffer(text) ? text.toString('latin1') : text;
	return Buffer.from(s.replace(/\r?\n/g, '\r\n').replace(/^\./gm, '..').replace(/\r\n$/, '') + '\r\n.\r\n', 'latin1');
}

// Connected, greeted, and EHLO said.
export async function smtp(to, { hello = true, tls = false } = {}) {
	const { host = '127.0.0.1', port } = to;
	const socket = tls ? tlsConnect({ host, port, rejectUnauthorized: false }) : connect({ host, port });
	const s = new Smtp(socket);
	atEnd(() => s.close());
	s.greeting = await s.reply();
	if (hello)
		s.ehlo = await s.say('EHLO client.example.net');
	return s;
}

export const message = (from, more = '', body = 'Goedendag,\r\n\r\neen korte brief.\r\n') =>
	`From: ${from}\r\nTo: ontvanger@example.net\r\nSubject: proef\r\n${more}\r\n${body}`;
