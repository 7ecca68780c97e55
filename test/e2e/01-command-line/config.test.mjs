// config check, show, default: every error with its place and its remedy; rights of files.
import assert from 'node:assert/strict';
import { chmodSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratch } from '../lib/run.mjs';
import { test } from '../lib/test.mjs';
import { zegel } from '../lib/zegel.mjs';

const PLAIN = '[smtp]\nlisten = ["127.0.0.1:0"]\n';

function file(text) {
	const path = join(scratch(), 'zegel.conf');
	writeFileSync(path, text);
	return path;
}

test('each error says file, line, column, what, and what to write instead', async () => {
	const rows = [
		['[server]\nhostnme = "a"\n', '2:1', 'there is no key hostnme here; did you mean hostname?'],
		['[server]\nlisten = []\n', '2:1', 'there is no key listen here; did you mean smtp.listen?'],
		['[server]\nbananas = 1\n', '2:1', 'there is no key bananas here; `zegel config default` shows all there are'],
		['[smpt]\n', '1:2', 'there is no section [smpt]; did you mean [smtp]?'],
		['[keys]\nzone = ""\n', '1:2', 'there is no section [keys]; those there are: server, smtp, http, delivery, vault, store, dns, reports, retention'],
		['[http]\nlisten = ["127.0.0.1:80 starttls"]\n', '2:25', 'listen cannot be "127.0.0.1:80 starttls"; behind the port write tls or nothing'],
		['[http]\nlisten = ["127.0.0.1:443 tls"]\n', '2:1', 'certificate is missing, which listen needs; set it in the same section'],
		['[http]\nbase_url = "https://a.example/b"\n', '2:12', 'base_url cannot be "https://a.example/b"; write https:// or http:// and a host, with a port where needed, and nothing behind it: "https://mail.example.be"'],
		['[http]\ntrusted_proxies = ["127.0.0.1"]\n', '2:20', 'trusted_proxies cannot be "127.0.0.1"; write the first address of a network, / and its bits: 127.0.0.1/32, 192.0.2.0/28 or 2001:db8::/64'],
		['[smtp]\nlisten = ["127.0.0.1:8025"]\n', '2:11', 'listen cannot be "127.0.0.1:8025"; the same address and port stand there already; leave one out'],
		['[delivery]\nunready = "fallback"\n', '2:11', 'unready cannot be "fallback"; write "hold" or "send"; "fallback" comes with fallback_domain in a later version'],
		['[delivery]\nunready_allowed = ["send"]\n', '2:19', 'unready_allowed cannot be ["send"]; the value of unready must be in it too; add it'],
		['[dns]\nresolver = "recursive"\n', '2:12', 'resolver cannot be "recursive"; write "system", or one address in numbers with a port where needed: "192.0.2.53", "[2001:db8::53]:5353"'],
		['[reports]\naddress = "dmarc"\n', '2:11', 'address cannot be "dmarc"; write one mail address, such as "dmarc@example.be"'],
		['[delivery]\nsign = "yes"\n', '2:8', 'sign has a value of the wrong kind; write true or false, without quotes'],
		['[delivery]\nroute = capture\n', '2:9', 'this cannot be read; write a "text" in double quotes, a number, true, false, or a ["list"]'],
		['[delivery]\nroute = "direct"\n', '2:9', 'route cannot be "direct"; write "capture" or "smarthost"'],
		['[delivery]\nroute = "smarthost"\n', '2:1', 'smarthost is missing, which route needs; set it in the same section'],
		['[smtp]\nlisten = ["127.0.0.1:99999"]\n', '2:22', 'listen cannot be "127.0.0.1:99999"; the port is a number up to 65535; 0 takes any free one'],
		['[smtp]\nlisten = ["::1:25"]\n', '2:11', 'listen cannot be "::1:25"; put the IPv6 address in brackets: "[::1]:465 tls"'],
		['[smtp]\nlisten = ["[::]:25 ssl"]\n', '2:20', 'listen cannot be "[::]:25 ssl"; behind the port write tls, starttls or nothing'],
		['[smtp]\ntrusted = ["192.0.2.0/28"]\n', '2:12', 'trusted cannot be "192.0.2.0/28"; without a company only 127.0.0.0/8 and ::1/128 may be trusted; write "network = company"'],
		['# caf\xe9\n', '1:6', 'this octet is no UTF-8; save the file as UTF-8'],
	];
	for (const [text, place, what] of rows) {
		const path = file(Buffer.from(text, 'latin1'));
		const r = await zegel(['config', 'check', path]);
		assert.deepEqual([r.status, r.out, r.err], [4, '', `zegel: ${path}:${place}: ${what}\n`]);
		const other = await zegel(['config', 'show', '--config', path, '--lang', 'nl']);
		assert.equal(other.status, 4);
		assert.ok(other.err.startsWith(`zegel: ${path}:${place}: `) && !other.err.includes(what), other.err);
	}
});

test('all errors at once, as text and as JSON', async () => {
	const path = file('[server]\nhostnme = "a"\nstate = 5\n[delivery]\nroute = "direct"\n');
	const r = await zegel(['config', 'check', path]);
	assert.equal(r.err.trim().split('\n').length, 3);
	const json = await zegel(['config', 'check', path, '--json']);
	assert.deepEqual([json.status, json.err], [4, '']);
	const { ok, errors } = JSON.parse(json.out);
	assert.equal(ok, false);
	assert.deepEqual(errors.map((e) => e.where), [`${path}:2:1`, `${path}:3:9`, `${path}:5:9`]);
	assert.deepEqual(JSON.parse((await zegel(['config', 'check', file(PLAIN), '--json'])).out).errors, []);
});

test('the default is a whole file that is good, in every language, and means the same as none', async () => {
	const dir = scratch(), shown = await zegel(['config', 'show', '--config', '/dev/null']);
	for (const lang of ['en', 'nl', 'fr', 'de']) {
		const text = (await zegel(['config', 'default', '--lang', lang])).out, path = join(dir, lang);
		for (const [, key] of text.matchAll(/^([a-z_]+) = /gm))
			assert.match(text, new RegExp(`^# [^\\n]+\\n${key} = `, 'm'), `${lang}: ${key} has no remark`);
		writeFileSync(path, text);
		assert.equal((await zegel(['config', 'show', '--config', path])).out, shown.out);
	}
});

test('what is shown reads back as the same', async () => {
	const path = file('[server]\nstate = "/srv/zegel/"\n[smtp]\nlisten = ["[::1]:0", "127.0.0.1:2525 starttls"]\ntrusted = ["::1/128", "10.0.0.0/8 = acme"]\n' +
		'[delivery]\nroute = "smarthost"\nsmarthost = "relay.example.com"\nsmarthost_tls = "implicit"\n');
	const shown = (await zegel(['config', 'show', '--config', path])).out;
	assert.match(shown, /^smarthost = "relay\.example\.com:465"$/m);
	assert.match(shown, /^url = "sqlite:\/srv\/zegel\/zegel\.db"$/m);
	assert.equal((await zegel(['config', 'show', '--config', file(shown)])).out, shown);
});

test('--dev and --state', async () => {
	const dir = scratch();
	const dev = (await zegel(['config', 'show', '--dev'], { cwd: dir })).out;
	assert.match(dev, /^\[smtp\]\nlisten = \["127\.0\.0\.1:1025"\]$/m);
	assert.match(dev, /^\[http\]\nlisten = \["127\.0\.0\.1:8025"\]$/m);
	assert.ok(dev.includes(`state = "${dir}/var"\n`) && dev.includes(`url = "sqlite:${dir}/var/zegel.db"\n`));
	assert.match(dev, /^route = "capture"$/m);
	const state = (await zegel(['config', 'show', '--state', './x/'], { cwd: dir })).out;
	assert.ok(state.includes(`state = "${dir}/x"\n`) && state.includes(`url = "sqlite:${dir}/x/zegel.db"\n`), state);
	const open = await zegel(['config', 'show', '--dev', '--config', file('[smtp]\nlisten = ["0.0.0.0:25"]\n')]);
	assert.equal(open.status, 4);
	assert.match(open.err, /^zegel: 0\.0\.0\.0:25: --dev stays on this machine; .*127\.0\.0\.1/);
});

test('files with secrets that others can read are refused with the command that mends it', async () => {
	const dir = scratch(), at = (n) => join(dir, n);
	for (const n of ['cert', 'key', 'pass'])
		writeFileSync(at(n), 'x', { mode: 0o600 });
	const path = file(`[smtp]\nlisten = ["127.0.0.1:0 tls"]\ncertificate = "${at('cert')}"\nkey = "${at('key')}"\n[delivery]\nroute = "smarthost"\n` +
		`smarthost = "relay.example.com"\nsmarthost_user = "u"\nsmarthost_password_file = "${at('pass')}"\n`);
	const places = { cert: '3:15', key: '4:7', pass: '9:27' };
	assert.equal((await zegel(['config', 'check', path])).status, 0);
	for (const n of ['key', 'pass'])
		for (const mode of [0o640, 0o604, 0o622]) {
			chmodSync(at(n), mode);
			const r = await zegel(['config', 'check', path]);
			assert.deepEqual([r.status, r.err], [4, `zegel: ${path}:${places[n]}: others than its owner can read ${at(n)}; close it: chmod 600 ${at(n)}\n`]);
			chmodSync(at(n), 0o600);
		}
	for (const n of ['cert', 'key', 'pass']) {
		renameSync(at(n), at('away'));
		const r = await zegel(['config', 'check', path]);
		assert.deepEqual([r.status, r.err], [4, `zegel: ${path}:${places[n]}: the file ${at(n)} cannot be opened: there is no such file or folder; check the name and the rights\n`]);
		renameSync(at('away'), at(n));
	}
	const none = await zegel(['config', 'check', file('[smtp]\nlisten = ["127.0.0.1:0 tls"]\n')]);
	assert.match(none.err, /^zegel: \/etc\/zegel\/tls\/fullchain\.pem: cannot be opened/, 'a default stands in no line');
});

test('a file that cannot be read', async () => {
	for (const [path, what] of [['/nonexistent/zegel.conf', /no such file/], ['/', /folder/], ['/dev/zero', /longer than 262144 octets/], [file(`#${'x'.repeat(262144)}`), /longer than 262144 octets/]]) {
		const r = await zegel(['config', 'check', path]);
		assert.equal(r.status, 4);
		assert.match(r.err, what);
		assert.match(r.err, /^zegel: [^\n]+; [^\n]+\n$/);
	}
	assert.equal((await zegel(['config', 'check', 'a', '--config', 'b'])).status, 2);
	assert.equal((await zegel(['config', 'check', file(`${PLAIN}#${'x'.repeat(262143 - PLAIN.length)}`)])).status, 0);
});
