// What comes in wrong: a clear reply, and nothing lost of what came in right.
import assert from 'node:assert/strict';
import { writeFileSync, unlinkSync, mkdirSync } from 'node:fs';
import { must, scratch, sleep, until } from '../lib/run.mjs';
import { message, smtp } from '../lib/smtp.mjs';
import { atEnd, test } from '../lib/test.mjs';
import { Zegel, house, idOf } from '../lib/zegel.mjs';

async function relay(options) {
	const z = await new Zegel(options).start();
	await house(z);
	return z;
}
const queued = async (z) => (await z.json(['queue', 'list', '--max', '1000'])).messages;
const good = async (z) => {
	const c = await smtp(z);
	const id = idOf(await c.mail('piet@example.be', 'klant@example.net', message('piet@example.be')));
	c.close();
	return id;
};

test('two From, no From, two addresses in From, a From that cannot be read, NUL, bare LF, bare CR, no colon: 550 with the words why', async () => {
	const z = await relay();
	const rows = [
		['two From', message('piet@example.be', 'From: jan@example.be\r\n'), /^550[ -]5\.7\.1 .*From/],
		['no From', 'Subject: x\r\n\r\nx\r\n', /^550[ -]5\.7\.1 .*From/],
		['two addresses', message('piet@example.be, jan@example.be'), /^550[ -]5\.7\.1 .*one address/],
		['unreadable', message('piet@@example.be'), /^550[ -]5\.7\.1 .*From/],
		['an empty From', message(''), /^550[ -]5\.7\.1 .*From/],
		['a From without a domain', message('piet'), /^550[ -]5\.7\.1/],
		['NUL in the text', message('piet@example.be', '', 'a\0b\r\n'), /^550[ -]5\.6\.0/],
		['NUL in the header', message('piet@example.be', 'X-A: a\0b\r\n'), /^550[ -]5\.6\.0/],
		['a blank before the colon of From', message('piet@example.be').replace('From:', 'From :'), /^550[ -]5\.6\.0 .*From:/],
		['a blank before the colon of any field', message('piet@example.be', 'X-A : b\r\n'), /^550[ -]5\.6\.0 .*X-A:/],
		['a line that is no field', message('piet@example.be', 'nothing of a field\r\n'), /^550[ -]5\.6\.0/],
	];
	for (const [what, text, want] of rows) {
		const c = await smtp(z);
		assert.match(await c.mail('piet@example.be', 'klant@example.net', text), want, what);
		assert.match(await c.say('NOOP'), /^250/, `${what}: the connection goes on`);
		c.close();
	}
	for (const octets of ['a\nb\r\n', 'a\rb\r\n', 'x\n.\nQUIT\n', 'x\r\n.\nMAIL FROM:<a@example.be>\r\n', 'x\n.\r\nMAIL FROM:<a@example.be>\r\n', 'x\r\n.\rMAIL\r\n', 'x\r.\r\n']) {
		const c = await smtp(z);
		for (const line of ['MAIL FROM:<piet@example.be>', 'RCPT TO:<klant@example.net>', 'DATA'])
			await c.say(line);
		c.send('From: piet@example.be\r\n\r\n' + octets + '\r\n.\r\n');
		assert.match(await c.reply(), /^550[ -]5\.5\.2/, JSON.stringify(octets));
		assert.equal(await c.reply(), '', `${JSON.stringify(octets)}: the connection is closed`);
	}
	assert.equal((await queued(z)).length, 0);
	assert.ok(await good(z));
});

test('a header of 10 MB, 10,000 recipients, a line of 2 MB, a mail over the limit: refused, and memory stays small', async () => {
	const z = await relay({ conf: { smtp: { listen: ['127.0.0.1:0'], trusted: ['127.0.0.1/32'], message_size: 20000000 } } });
	const c = await smtp(z);
	assert.match(await c.mail('piet@example.be', 'klant@example.net', message('piet@example.be', 'X-Fill: '.concat('z'.repeat(60), '\r\n').repeat(150000))), /^55[02]/);
	const d = await smtp(z);
	await d.say('MAIL FROM:<piet@example.be>');
	let taken = 0, over = '';
	for (let i = 0; i < 10000; i += 100) {
		for (let k = i; k < i + 100; k++)
			d.send(`RCPT TO:<r${k}@example.net>\r\n`);
		for (let k = i; k < i + 100; k++) {
			const r = await d.reply();
			if (r.startsWith('250'))
				taken++;
			else
				over ||= r;
		}
		if (d.closed)
			break;
	}
	assert.equal(taken, 1000);
	assert.match(over, /^452[ -]4\.5\.3/);
	const e = await smtp(z);
	assert.match(await e.mail('piet@example.be', 'klant@example.net', message('piet@example.be', '', 'w'.repeat(2000000) + '\r\n')), /^550[ -]5\.6\.0/);
	const f = await smtp(z);
	assert.match(f.ehlo, /250[ -]SIZE 20000000/);
	assert.match(await f.say('MAIL FROM:<piet@example.be> SIZE=20000001'), /^552[ -]5\.3\.4/);
	assert.match(await f.mail('piet@example.be', 'klant@example.net', message('piet@example.be', '', 'v'.repeat(70).concat('\r\n').repeat(290000))), /^552[ -]5\.3\.4/);
	const g = await smtp(z);
	g.send('NOOP ' + 'x'.repeat(100000) + '\r\n');
	assert.match(await g.reply(), /^500/);
	const [, kb] = /VmHWM:\s+(\d+)/.exec((await must('cat', [`/proc/${z.pids().relay}/status`])).out);
	if (!process.env.ZEGEL?.includes('-san'))
		assert.ok(Number(kb) < 100000, `the relay grew to ${kb} KiB`);
	assert.ok(await good(z));
});

test('wrong order, wrong words, too many errors: refused as RFC 5321 has it', async () => {
	const z = await relay();
	const c = await smtp(z, { hello: false });
	for (const [line, want] of [['MAIL FROM:<piet@example.be>', /^503/], ['EHLO ', /^501/], ['EHLO client.example.net', /^250/], ['RCPT TO:<a@example.net>', /^503/],
		['DATA', /^503/], ['MAIL FROM:<piet@example.be', /^501/], ['MAIL FROM:<piet@example.be> FOO=1', /^555/], ['BLAH', /^500/], ['MAIL FROM:<piet@example.be>', /^250/],
		['MAIL FROM:<piet@example.be>', /^503/], ['RCPT TO:<>', /^501/], ['RSET', /^250/], ['DATA', /^503/]])
		assert.match(await c.say(line), want, line);
	for (let i = 0; i < 100 && !c.closed; i++)
		await c.say('BLAH');
	assert.ok(c.closed, 'a client of nothing but errors is sent away');
});

test('a client gone in DATA leaves nothing behind', async () => {
	const z = await relay();
	for (const text of ['From: piet@exa', message('piet@example.be', '', 'a'.repeat(70).concat('\r\n').repeat(5000))]) {
		const c = await smtp(z);
		for (const line of ['MAIL FROM:<piet@example.be>', 'RCPT TO:<klant@example.net>', 'DATA'])
			await c.say(line);
		c.send(text);
		await sleep(100);
		c.close();
	}
	await sleep(200);
	assert.equal((await queued(z)).length, 0);
	assert.equal((await must('find', [z.state, '-path', '*spool*', '-type', 'f', '-size', '+0'])).out, '');
	assert.ok(await good(z));
});

test('the disk is full: 452, nothing lost, and it goes on when there is room', async () => {
	const dir = scratch(), state = `${dir}/var`;
	mkdirSync(state);
	await must('mount', ['-t', 'tmpfs', '-o', 'size=12m,mode=755', 'tmpfs', state]);
	atEnd(() => must('umount', ['-l', state]));
	const z = await relay({ dir });
	const before = await good(z);
	const left = Number((await must('df', ['--output=avail', '-k', state])).out.trim().split('\n')[1]);
	writeFileSync(`${state}/filler`, Buffer.alloc((left - 300) * 1024));
	const large = message('piet@example.be', '', 'u'.repeat(70).concat('\r\n').repeat(28000));
	const c = await smtp(z);
	assert.match(await c.mail('piet@example.be', 'klant@example.net', large), /^452[ -]4\.3\.1/);
	unlinkSync(`${state}/filler`);
	const after = await until('it takes mail again', async () => {
		const d = await smtp(z);
		const r = await d.mail('piet@example.be', 'klant@example.net', large);
		d.close();
		return r.startsWith('250') && idOf(r);
	});
	assert.deepEqual((await queued(z)).map((m) => m.id).sort(), [before, after].sort());
	assert.equal(z.events('relay_ended').length, 0, 'it never died of it');
});

test('the vault killed: mail waits for the new one and is signed; the relay killed: what it said 250 to is there', async () => {
	const z = await relay();
	const c = await smtp(z);
	const { vault, relay: first } = z.pids();
	process.kill(vault, 'SIGKILL');
	const mail = await z.mail(idOf(await c.mail('piet@example.be', 'klant@example.net', message('piet@example.be'))));
	assert.match(mail.toString('latin1'), /^DKIM-Signature:/m);
	assert.notEqual((await z.logged('vault_started', () => true, 2)).at(-1).pid, vault);
	const id = await good(z);
	process.kill(first, 'SIGKILL');
	await z.logged('relay_started', () => true, 2);
	await until('a new greeting', async () => {
		const d = await smtp(z, { hello: false }).catch(() => null);
		return d?.greeting.startsWith('220');
	});
	assert.ok((await queued(z)).some((m) => m.id === id));
	assert.ok(await good(z));
});
