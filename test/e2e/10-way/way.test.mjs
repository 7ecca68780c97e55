// A mail the whole way in --dev: sent by people's programs, signed by the vault, captured, verified by others against the record that
// zegel printed, served by nsd.
import assert from 'node:assert/strict';
import { Nsd } from '../lib/nsd.mjs';
import { until } from '../lib/run.mjs';
import { test } from '../lib/test.mjs';
import { smtplib, swaks, viaNodemailer } from '../lib/senders.mjs';
import { message, smtp } from '../lib/smtp.mjs';
import { dkimpy, mailDkim, openDkim } from '../lib/verify.mjs';
import { Zegel, house, idOf } from '../lib/zegel.mjs';

test('swaks, smtplib and nodemailer in; python3-dkim, OpenDKIM and Mail::DKIM verify what would have left', async () => {
	const z = await new Zegel({ dev: true }).start();
	const record = await house(z);
	const nsd = await new Nsd({ 'example.be': record }).start();
	for (const send of [swaks, smtplib, viaNodemailer]) {
		const sent = await send(z, { from: 'piet@example.be', to: 'klant@example.net', subject: `van ${send.name}` });
		assert.ok(sent.ok, `${send.name}: ${sent.text}`);
		const mail = await z.mail(idOf(sent.text));
		assert.match(mail.toString('latin1'), new RegExp(`\r\nSubject: van ${send.name}\r\n`));
		for (const verify of [dkimpy, openDkim, mailDkim])
			assert.match((await verify(nsd, mail)).join(), /^pass/, `${verify.name} on ${send.name}:\n${mail}`);
		const broken = Buffer.from(mail.toString('latin1').replace(/\s*$/, '!\r\n'), 'latin1');
		assert.doesNotMatch((await dkimpy(nsd, broken)).join(), /^pass/, 'a changed mail must not verify');
	}
	const listed = await z.json(['queue', 'list']);
	assert.equal(listed.messages.length, 3, JSON.stringify(listed));
});

test('both key types sign: two signatures, the Ed25519 one verified by python3-dkim', async () => {
	const z = await new Zegel({ dev: true }).start();
	let records = await house(z);
	records += await z.must(['key', 'add', '--domain', 'example.be', '--selector', 'e1', '--type', 'ed25519', '--format', 'bind']);
	const nsd = await new Nsd({ 'example.be': records }).start();
	const c = await smtp(z);
	const mail = await z.mail(idOf(await c.mail('piet@example.be', 'klant@example.net', message('piet@example.be'))));
	const said = await dkimpy(nsd, mail);
	assert.equal(said.length, 2, said.join('\n'));
	assert.ok(said.every((s) => s.startsWith('pass')), said.join('\n'));
	assert.deepEqual(said.map((s) => s.split(' ')[2]).sort(), ['e1', 's1']);
	assert.match((await openDkim(nsd, mail)).join(), /^pass/);
});

test('in --dev any From is taken, unsigned where nobody has its domain; the mending of RFC 6409 8 is done', async () => {
	const z = await new Zegel({ dev: true }).start();
	const c = await smtp(z);
	const reply = await c.mail('jan@example.com', 'klant@example.net', 'From: jan@example.com\r\nBcc: stil@example.net\r\nReturn-Path: <x@example.com>\r\nSubject: kaal\r\n\r\n.punt\r\n');
	const mail = (await z.mail(idOf(reply))).toString('latin1');
	assert.doesNotMatch(mail, /^(?:Bcc|Return-Path|DKIM-Signature):/mi);
	for (const name of ['Date', 'Message-ID', 'MIME-Version', 'Received'])
		assert.equal(mail.match(new RegExp(`^${name}:`, 'gmi'))?.length, 1, `${name} in:\n${mail}`);
	assert.match(mail, /\r\n\r\n\.punt\r\n$/);
});

test('a large mail goes through the spool and stays byte for byte what it was', async () => {
	const z = await new Zegel({ dev: true }).start();
	const nsd = await new Nsd({ 'example.be': await house(z) }).start();
	const body = Array.from({ length: 60000 }, (_, i) => `regel ${i} ${'x'.repeat(i % 60)}${i % 7 ? '' : ' '}\r\n`).join('') + '.\r\n..\r\n\r\n\r\n';
	const c = await smtp(z);
	const mail = await z.mail(idOf(await c.mail('piet@example.be', 'klant@example.net', message('piet@example.be', '', body))));
	assert.equal(mail.subarray(mail.indexOf('\r\n\r\n') + 4).toString('latin1'), body);
	for (const verify of [dkimpy, mailDkim])
		assert.match((await verify(nsd, mail)).join(), /^pass/, verify.name);
});

test('--dev says whether mail leaves the machine, and says it anew when a reload changes that', async () => {
	const z = await new Zegel({ dev: true }).start();
	await until('it says where to look', () => /Ctrl-C/.test(z.out));
	assert.match(z.out, /^Nothing leaves this machine\.$/m);
	z.configure({ delivery: { route: 'smarthost', smarthost: 'mx.example.com:587' } });
	z.out = '';
	z.child.kill('SIGHUP');
	await z.logged('reloaded');
	await until('it says so anew', () => /Ctrl-C/.test(z.out));
	assert.match(z.out, /leaves this machine: it goes to mx\.example\.com,/);
	assert.doesNotMatch(z.out, /Nothing leaves/);
});
