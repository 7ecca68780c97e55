// The three processes: their users and rights, what a scan of memory finds, signals, restarts.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect as tlsConnect } from 'node:tls';
import { Ca } from '../lib/ca.mjs';
import { PYTHON, TOP, must, run, scratch, sleep, until } from '../lib/run.mjs';
import { Sink } from '../lib/sink.mjs';
import { message, smtp, stuffed } from '../lib/smtp.mjs';
import { test } from '../lib/test.mjs';
import { Zegel, confText, house, idOf } from '../lib/zegel.mjs';

const status = (pid) => Object.fromEntries(readFileSync(`/proc/${pid}/status`, 'utf8').split('\n').map((l) => l.split(':\t')).filter((p) => p.length === 2));

test('three users, no rights in relay and vault, five in the parent; the relay\'s user opens neither master key nor the vault', async () => {
	const z = await new Zegel().start();
	await house(z);
	const { parent, vault, relay } = z.pids(), [p, v, r] = [parent, vault, relay].map(status);
	assert.match(p.Uid, /^0\t/);
	assert.equal(new Set([p.Uid, v.Uid, r.Uid]).size, 3, `${p.Uid} ${v.Uid} ${r.Uid}`);
	for (const s of [v, r]) {
		for (const set of ['CapEff', 'CapPrm', 'CapInh', 'CapAmb'])
			assert.equal(BigInt('0x' + s[set]), 0n, `${s.Name} ${set}`);
		assert.equal(s.NoNewPrivs, '1', s.Name);
		assert.equal(s.Seccomp, '2', s.Name);
	}
	assert.equal(BigInt('0x' + p.CapEff) & ~0x4e4n, 0n, 'of DAC_READ_SEARCH, KILL, SETGID, SETUID, NET_BIND_SERVICE no more');
	const as = (user, ...command) => run('setpriv', ['--reuid', user, '--regid', 'nogroup', '--clear-groups', ...command]);
	for (const file of [`${z.dir}/master.key`, `/proc/${vault}/mem`, `/proc/${vault}/environ`]) {
		assert.equal((await run('head', ['-c', '1', file])).status, file.endsWith('mem') ? 1 : 0, `the control: root reads ${file}`);
		const r = await as('nobody', 'head', '-c', '1', file);
		assert.notEqual(r.status, 0, file);
		assert.match(r.err, /denied/);
	}
	assert.equal((await must('ls', ['-l', `/proc/${vault}/fd`])).out.match(/-> \//g)?.filter((l) => !/dev\/null/.test(l)).length ?? 0, 1, 'stderr aside, the vault has no file open');
});

test('a scan finds the primes of a key made by zegel in the vault, and in neither relay, parent, database nor logs', async () => {
	const z = await new Zegel().start();
	const record = await house(z);
	const c = await smtp(z);
	for (let i = 0; i < 20; i++)
		idOf(await c.mail('piet@example.be', 'klant@example.net', message('piet@example.be')));
	const { parent, vault, relay } = z.pids();
	const log = `${z.dir}/log`;
	writeFileSync(log, z.err);
	const p = /p=([A-Za-z0-9+/=]+)/.exec(record.replace(/"\s*"/g, ''))[1];
	const r = await run(PYTHON, [`${TOP}/test/e2e/50-service/scan.py`, p, vault, relay, parent, `${z.state}/zegel.db`, `${z.state}/zegel.db-wal`, log], { timeout: 110000 });
	assert.equal(r.status, 0, r.out + r.err);
	assert.match(r.out, /vault: a prime was found/);
});

test('SIGHUP: a new certificate is shown and new settings hold; a wrong file changes nothing', async () => {
	const ca = await new Ca(scratch()).make();
	const [a, b] = [await ca.issue('a.example.com'), await ca.issue('b.example.com')];
	const smtpConf = (x) => ({ listen: ['127.0.0.1:0 tls'], certificate: x.cert, key: x.key, trusted: ['127.0.0.1/32'], message_size: 1000000 });
	const z = await new Zegel({ conf: { smtp: smtpConf(a) } }).start();
	const shown = () => new Promise((done, failed) => {
		const s = tlsConnect({ port: z.port, host: z.host, rejectUnauthorized: false }, () => {
			done(s.getPeerCertificate().subject.CN);
			s.destroy();
		}).on('error', failed);
	});
	assert.equal(await shown(), 'a.example.com');
	const kept = await smtp(z, { tls: true });
	z.configure({ smtp: { ...smtpConf(b), message_size: 2000000 } });
	z.child.kill('SIGHUP');
	await z.logged('reloaded');
	await until('the new certificate', async () => (await shown()) === 'b.example.com');
	assert.match((await smtp(z, { tls: true })).ehlo, /SIZE 2000000/);
	assert.match(await kept.say('NOOP'), /^250/, 'a session that was there goes on');
	for (const text of ['[smpt]\n', confText({ ...z.conf, smtp: { ...smtpConf(a), key: '/nonexistent' } }), confText({ ...z.conf, server: { ...z.conf.server, state: '/nonexistent' } })]) {
		const before = z.events('reload_refused').length;
		z.configure({}, text);
		z.child.kill('SIGHUP');
		await z.logged('reload_refused', () => true, before + 1);
		assert.equal(await shown(), 'b.example.com');
		assert.match((await smtp(z, { tls: true })).ehlo, /SIZE 2000000/);
	}
	assert.equal(z.events('relay_ended').length, 0);
});

test('SIGHUP: a new certificate of the panel is taken; other addresses of the panel, or a broken certificate, are not', async () => {
	const ca = await new Ca(scratch()).make();
	const [a, b] = [await ca.issue('a.example.com'), await ca.issue('b.example.com')];
	const http = (x) => ({ listen: ['127.0.0.1:0 tls'], certificate: x.cert, key: x.key });
	const z = await new Zegel({ conf: { http: http(a) } }).start();
	assert.deepEqual([z.panels.length, z.panels[0].tls], [1, 'tls']);
	z.configure({ http: { ...http(b), base_url: 'https://mail.example.be/' } });
	z.child.kill('SIGHUP');
	await z.logged('reloaded');
	let refused = 0;
	for (const [wrong, why] of [
		[{ ...http(b), listen: ['127.0.0.1:0'] }, /http\.listen has changed/],
		[{ ...http(b), listen: ['127.0.0.1:0 tls', '[::1]:0'] }, /http\.listen has changed/],
		[{ ...http(b), key: a.key }, /reload_refused.*b\.example\.com/],
		[{ ...http(b), certificate: '/nonexistent' }, /the file \/nonexistent cannot be opened/],
	]) {
		z.configure({ http: wrong });
		z.child.kill('SIGHUP');
		await z.logged('reload_refused', () => true, ++refused);
		assert.match(z.err, why);
	}
	assert.equal(z.events('relay_ended').length, 0);
	assert.equal(await z.stop(), 0);
});

test('SIGTERM: who is in DATA ends and gets 250, nobody new comes in, status 0', async () => {
	const z = await new Zegel().start();
	await house(z);
	const c = await smtp(z), idle = await smtp(z);
	for (const line of ['MAIL FROM:<piet@example.be>', 'RCPT TO:<klant@example.net>', 'DATA'])
		await c.say(line);
	c.send('From: piet@example.be\r\n');
	z.child.kill('SIGTERM');
	await z.logged('draining');
	assert.match(await idle.reply(), /^421/);
	await sleep(100);
	await assert.rejects(async () => {
		const late = await smtp(z, { hello: false });
		if (!late.greeting.startsWith('220'))
			throw new Error('not let in');
	});
	c.send(stuffed('Subject: laat\r\n\r\ntoch nog\r\n'));
	const id = idOf(await c.reply());
	assert.equal(await z.ended, 0, z.err);
	await z.start();
	assert.match((await z.mail(id)).toString('latin1'), /toch nog/);
});

test('what waits for a smarthost that is away is sent after kill -9 of all and a new start', async () => {
	const sink = await new Sink().listen();
	const { port } = sink;
	await sink.close();
	const z = await new Zegel({ conf: { delivery: { route: 'smarthost', smarthost: `127.0.0.1:${port}`, smarthost_tls: 'none' } } }).start();
	await house(z);
	const c = await smtp(z), ids = [];
	for (let i = 0; i < 10; i++)
		ids.push(idOf(await c.mail('piet@example.be', 'klant@example.net', message('piet@example.be', `X-N: ${i}\r\n`, i % 2 ? undefined : 'q'.repeat(70).concat('\r\n').repeat(2000)))));
	await z.stop('SIGKILL');
	const { relay } = z.pids();
	await until('the relay ends with its parent', () => {
		try {
			return readFileSync(`/proc/${relay}/status`, 'utf8').includes('State:\tZ');
		} catch {
			return true;
		}
	});
	const back = await new Sink().listen();
	z.configure({ delivery: { route: 'smarthost', smarthost: `127.0.0.1:${back.port}`, smarthost_tls: 'none' } });
	await z.start();
	await z.must(['queue', 'retry']);
	await until('all ten arrive', () => back.mails.length >= 10, 30000);
	assert.deepEqual(back.mails.map((m) => Number(/X-N: (\d+)/.exec(m.data)[1])).sort((a, b) => a - b), [...Array(10).keys()]);
	assert.ok(back.mails.every((m) => /^DKIM-Signature:/m.test(m.data)));
	for (const id of ids)
		await until(`${id} is delivered`, async () => (await z.json(['queue', 'show', id])).recipients[0].state === 'delivered');
});

test('every line of the log is JSON with time, level, event and process, and none holds a subject or a text', async () => {
	const z = await new Zegel().start();
	await house(z);
	const c = await smtp(z);
	await c.mail('piet@example.be', 'klant@example.net', message('piet@example.be').replace('proef', 'zwijgzaam').replace('korte brief', 'zwijgzaam'));
	await c.mail('piet@example.be', 'klant@example.net', 'Subject: zwijgzaam\r\n\r\nzwijgzaam\r\n');
	await z.stop();
	assert.ok(z.lines.length > 5);
	for (const line of z.lines)
		assert.ok(line.time && line.level && line.event && line.process, JSON.stringify(line));
	assert.doesNotMatch(z.err, /zwijgzaam/);
});
