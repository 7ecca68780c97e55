// Out through Debian's Postfix: TLS, AUTH, a connection kept, what it defers and refuses, and when it dies in the middle.
import assert from 'node:assert/strict';
import { readdirSync, renameSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { Ca } from '../lib/ca.mjs';
import { Nsd } from '../lib/nsd.mjs';
import { Postfix, wire } from '../lib/postfix.mjs';
import { Proxy } from '../lib/proxy.mjs';
import { scratch, sleep, until } from '../lib/run.mjs';
import { Sink } from '../lib/sink.mjs';
import { message, smtp } from '../lib/smtp.mjs';
import { test } from '../lib/test.mjs';
import { dkimpy, mailDkim, openDkim } from '../lib/verify.mjs';
import { Zegel, house, idOf } from '../lib/zegel.mjs';

async function postfix() {
	return new Postfix({ ca: await new Ca(scratch()).make() }).start();
}

async function relay(delivery) {
	const z = await new Zegel({ conf: { delivery } }).start();
	z.record = await house(z);
	return z;
}

const states = async (z, id) => (await z.json(['queue', 'show', id])).recipients;
const settled = (z, id, state) => until(`${id} is ${state}`, async () => (await states(z, id)).every((r) => r.state === state), 30000);
const send = async (z, to, more = '') => {
	const c = await smtp(z);
	return idOf(await c.mail('piet@example.be', to, message('piet@example.be', more)));
};

for (const tls of ['verify', 'implicit'])
	test(`Postfix takes it over TLS (${tls}) with AUTH, and three verifiers pass what arrived`, async () => {
		const p = await postfix();
		const z = await relay(p.delivery({ tls }));
		const nsd = await new Nsd({ 'example.be': z.record }).start();
		const id = await send(z, 'klant@example.net');
		const [arrived] = await p.mailsUntil(1);
		const mail = wire(arrived);
		assert.match(mail.toString('latin1'), /\(using TLSv1\.[23] with cipher/);
		assert.match(mail.toString('latin1'), /with ESMTPSA id/);
		for (const verify of [dkimpy, openDkim, mailDkim])
			assert.match((await verify(nsd, mail)).join(), /^pass/, `${verify.name}:\n${mail}`);
		await settled(z, id, 'delivered');
	});

test('one connection carries mail after mail', async () => {
	const p = await postfix();
	const z = await relay(p.delivery());
	for (let i = 0; i < 5; i++) {
		await send(z, `klant${i}@example.net`);
		await p.mailsUntil(i + 1);
	}
	assert.equal(p.logged().match(/sasl_username=/g).length, 5);
	assert.equal(p.logged().match(/: connect from /g).length, 2, 'the probe of the test, and one of zegel');
});

test('4xx is tried again later, 5xx is final, and the others of the same mail arrive', async () => {
	const p = await postfix();
	const z = await relay(p.delivery());
	const id = await send(z, ['defer@example.net', 'refuse@example.net', 'klant@example.net']);
	await p.mailsUntil(1);
	const rows = await until('all three were tried', async () => {
		const r = await states(z, id);
		return r.every((x) => x.attempts > 0) && r;
	});
	assert.deepEqual(rows.map((r) => r.state), ['queued', 'refused', 'delivered']);
	assert.equal(rows[0].code, 450);
	assert.equal(rows[0].enhanced, '4.2.0');
	assert.match(rows[0].text, /come back later/);
	assert.equal(rows[1].code, 550);
	assert.equal(rows[1].enhanced, '5.1.1');
	assert.match(rows[1].text, /no such mailbox here/);
	const wait = (Date.parse(rows[0].next_at) - Date.parse(rows[0].changed)) / 1000;
	assert.ok(wait >= 45 && wait <= 75, `the next attempt is ${wait} s behind the last`);
	await z.must(['queue', 'retry', id]);
	await until('it was tried again', async () => (await states(z, id))[0].attempts === 2);
	assert.equal(p.mails().length, 1, 'who has it already does not get it again');
});

test('a wrong password: nothing is lost, it is said, and with the right one it goes', async () => {
	const p = await postfix();
	const z = await relay(p.delivery({ password: 'verkeerd' }));
	const id = await send(z, 'klant@example.net');
	const [line] = await z.logged('smarthost_failed');
	assert.match(JSON.stringify(line), /535/);
	const [row] = await until('it was tried', async () => {
		const r = await states(z, id);
		return r[0].attempts > 0 && r;
	});
	assert.equal(row.state, 'queued');
	z.configure({ delivery: p.delivery() });
	z.child.kill('SIGHUP');
	await z.logged('reloaded');
	await z.must(['queue', 'retry', id]);
	await p.mailsUntil(1);
	await settled(z, id, 'delivered');
});

test('a certificate of other roots, or of another name, is not spoken to', async () => {
	const p = await postfix();
	const other = await new Ca(scratch()).make();
	for (const change of [{ smarthost_ca: other.file }, { smarthost: `127.0.0.2:${p.port}` }]) {
		const z = await relay({ ...p.delivery(), ...change });
		const id = await send(z, 'klant@example.net');
		await z.logged('smarthost_failed');
		assert.equal((await states(z, id))[0].state, 'queued');
		await z.stop();
	}
	assert.equal(p.mails().length, 0);
	assert.doesNotMatch(p.logged(), /sasl_username/, 'no password went out');
});

test('cut at every kind of place it is tried again: it arrives, and twice only where the reply was lost', async () => {
	const p = await postfix();
	const cuts = [{ refuse: true }, { cutDown: 5 }, { cutUp: 30 }, { cutUp: 2500 }, { cutUp: 60000 }];
	for (const rule of cuts) {
		const proxy = await new Proxy({ port: p.port, rule: (n) => (n === 1 ? rule : {}) }).listen();
		const z = await relay({ ...p.delivery(), smarthost: `localhost:${proxy.port}` });
		const before = p.mails().length;
		const c = await smtp(z);
		const id = idOf(await c.mail('piet@example.be', 'klant@example.net', message('piet@example.be', '', 'x'.repeat(70).concat('\r\n').repeat(2000))));
		await until('the cut was met', () => proxy.count >= 1);
		await sleep(300);
		if ((await states(z, id))[0].state === 'queued')
			await z.must(['queue', 'retry', id]);
		await settled(z, id, 'delivered');
		await p.mailsUntil(before + 1);
		assert.equal(p.mails().length, before + 1, JSON.stringify(rule));
		await z.stop();
	}
});

test('Postfix killed while it reads the mail: it arrives when Postfix is back', async () => {
	const p = await postfix();
	const proxy = await new Proxy({ port: p.port, rule: () => ({ delay: 30 }) }).listen();
	const z = await relay({ ...p.delivery(), smarthost: `localhost:${proxy.port}` });
	const c = await smtp(z);
	const id = idOf(await c.mail('piet@example.be', 'klant@example.net', message('piet@example.be', '', 'y'.repeat(70).concat('\r\n').repeat(20000))));
	await until('AUTH was done', () => /\bconnect from/.test(p.logged()) && proxy.open.size > 0);
	await sleep(400);
	p.kill();
	await until('the attempt failed', async () => (await states(z, id))[0].attempts > 0, 20000);
	assert.equal((await states(z, id))[0].state, 'queued');
	await p.start();
	await z.must(['queue', 'retry', id]);
	await p.mailsUntil(1);
	await settled(z, id, 'delivered');
	assert.equal(p.mails().length, 1);
});

test('odd replies of a next hop: many lines, no enhanced code, 421, a refusal at the dot, no TLS where it must be', async () => {
	const replies = {
		'kort@example.net': { END: '250' }, 'lang@example.net': { END: '250-een\r\n250-twee\r\n250 drie' }, 'vier@example.net': { END: '451 4.3.0 not now' },
		'vijf@example.net': { END: '554 5.7.1 not this' }, 'weg@example.net': { RCPT: '421 4.3.2 going down' }, 'raar@example.net': { RCPT: 'hello?' },
	};
	let current;
	const sink = await new Sink({ answer: (verb, argument) => {
		if (verb === 'RCPT')
			current = replies[/<(.*)>/.exec(argument)[1]];
		return current?.[verb] ?? null;
	} }).listen();
	const z = await relay({ route: 'smarthost', smarthost: `127.0.0.1:${sink.port}`, smarthost_tls: 'none' });
	const want = { kort: 'delivered', lang: 'delivered', vier: 'queued', vijf: 'refused', weg: 'queued', raar: 'queued' };
	for (const [who, state] of Object.entries(want)) {
		const id = await send(z, `${who}@example.net`);
		const [row] = await until(`${who} was tried`, async () => {
			const r = await states(z, id);
			return r[0].attempts > 0 && r;
		});
		assert.equal(row.state, state, `${who}: ${JSON.stringify(row)}`);
		current = undefined;
	}
	const must = await relay({ route: 'smarthost', smarthost: `127.0.0.1:${sink.port}`, smarthost_tls: 'encrypt' });
	const id = await send(must, 'klant@example.net');
	await must.logged('smarthost_failed');
	assert.equal((await states(must, id))[0].state, 'queued');
});

test('a next hop without 8BITMIME and SMTPUTF8: what the mail holds counts, not what the client said of it', async () => {
	const sink = await new Sink({ offers: ['PIPELINING', 'SIZE 60000000'] }).listen();
	const z = await relay({ route: 'smarthost', smarthost: `127.0.0.1:${sink.port}`, smarthost_tls: 'none' });
	const c = await smtp(z);
	const give = async (params, head, text) => {
		assert.match(await c.say(`MAIL FROM:<info@example.be>${params}`), /^250/);
		assert.match(await c.say('RCPT TO:<klant@example.net>'), /^250/);
		assert.match(await c.say('DATA'), /^354/);
		c.send(Buffer.from(`From: info@example.be\r\nTo: klant@example.net\r\n${head}\r\n${text}\r\n.\r\n`, 'utf8'));
		return idOf(await c.reply());
	};
	const ended = async (id, state) => {
		await settled(z, id, state);
		return (await states(z, id))[0];
	};
	assert.equal((await ended(await give('', '', 'één'), 'refused')).enhanced, '5.6.3');
	assert.equal((await ended(await give('', 'Subject: één\r\n', 'een'), 'refused')).enhanced, '5.6.7');
	await ended(await give(' BODY=8BITMIME SMTPUTF8', '', 'een'), 'delivered');
	assert.equal(sink.mails.length, 1, 'what the hop cannot take was not sent');
});

test('large mails at the same time: each arrives with its own text, whatever was in memory before it', async () => {
	const sink = await new Sink().listen();
	const z = await relay({ route: 'smarthost', smarthost: `127.0.0.1:${sink.port}`, smarthost_tls: 'none' });
	const text = (n) => `mail ${String(n).padStart(4, '0')} `.repeat(7).concat('\r\n').repeat(1800);
	await Promise.all([...Array(6).keys()].map(async (s) => {
		const c = await smtp(z);
		for (let i = 0; i < 8; i++)
			idOf(await c.mail('piet@example.be', 'klant@example.net', message('piet@example.be', `X-N: ${8 * s + i}\r\n`, text(8 * s + i))));
	}));
	await until('all arrive', () => sink.mails.length >= 48, 30000);
	for (const m of sink.mails) {
		const n = Number(/X-N: (\d+)/.exec(m.data)[1]);
		assert.ok(m.data.endsWith(`\r\n\r\n${text(n)}`), `the text of mail ${n}`);
	}
	assert.equal(new Set(sink.mails.map((m) => /X-N: (\d+)/.exec(m.data)[1])).size, 48);
});

test('a text that is gone from the disk, or changes on its way, holds up nobody else, and goes when it is back', async () => {
	const groot = 'regel\r\n'.repeat(40000);
	let atData = () => {};
	const sink = await new Sink({ answer: (verb, argument) => {
		if (verb === 'DATA')
			atData();
		return verb === 'RCPT' && /later@/.test(argument) && !sink.isOpen ? '450 4.2.0 come back later' : null;
	} }).listen();
	const z = await relay({ route: 'smarthost', smarthost: `127.0.0.1:${sink.port}`, smarthost_tls: 'none' });
	const tried = (id, attempts) => until(`${id} was tried`, async () => {
		const [r] = await states(z, id);
		return r.attempts >= attempts && r;
	}, 20000);
	const c = await smtp(z);
	const id = idOf(await c.mail('piet@example.be', 'later@example.net', message('piet@example.be', '', groot)));
	await tried(id, 1);
	const [name] = readdirSync(join(z.state, 'spool')), file = join(z.state, 'spool', name);
	sink.isOpen = true;
	renameSync(file, `${file}.away`);
	await z.must(['queue', 'retry', id]);
	const gone = await tried(id, 2);
	assert.equal(gone.state, 'queued');
	assert.match(gone.text, /text cannot be read from the disk: no such file/);
	assert.equal((await z.logged('body_missing'))[0].file, name);
	renameSync(`${file}.away`, file);

	atData = () => {
		atData = () => {};
		truncateSync(file, 100000);
	};
	await z.must(['queue', 'retry', id]);
	const short = await tried(id, 3);
	assert.equal(short.state, 'queued');
	assert.match(short.text, /text cannot be read from the disk/);
	assert.equal((await z.logged('body_unreadable'))[0].error, 'its length has changed');
	await z.must(['queue', 'retry', id]);
	assert.match((await tried(id, 4)).text, /not the length that was taken/);

	const other = idOf(await c.mail('piet@example.be', 'klant@example.net', message('piet@example.be')));
	await settled(z, other, 'delivered');
	assert.deepEqual(z.events('smarthost_failed'), [], 'the route was never held');
	assert.equal(sink.mails.filter((m) => m.to.length).length, 1, 'nothing but the other one was taken');
});
