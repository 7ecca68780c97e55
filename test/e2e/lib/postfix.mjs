// postfix.mjs - Debian's Postfix as smarthost: its own folder, loopback, TLS by the test's CA, AUTH from a sasldb, delivery into a
// Maildir.  What it refuses or defers is told by the recipient's address: defer@ 450, refuse@ 550, others are taken.
import { chmodSync, mkdirSync, readFileSync, readdirSync, writeFileSync, existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort, must, run, scratch, until } from './run.mjs';
import { atEnd } from './test.mjs';

const SERVICES = `
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
`;

export class Postfix {
	constructor({ ca, name = 'smarthost.example.com', user = 'relay', password = 'geheim-genoeg', dir = scratch(), access = '' } = {}) {
		Object.assign(this, { ca, name, user, password, dir, access });
		this.mail = join(dir, 'mail');
		this.log = join(dir, 'maillog');
	}

	async prepare() {
		const d = (...p) => join(this.dir, ...p);
		for (const f of ['etc', 'etc/sasl', 'queue', 'data', 'mail'])
			mkdirSync(d(f));
		const { cert, key } = await this.ca.issue(this.name, { names: [this.name, 'localhost', 'IP:127.0.0.1'] });
		this.port = await freePort();
		this.tlsPort = await freePort();
		await must('chown', ['postfix:root', d('data')]);
		await must('chown', ['nobody:nogroup', d('mail')]);
		writeFileSync(d('etc', 'sasl', 'smtpd.conf'), `pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN\nsasldb_path: ${d('etc', 'sasl', 'db')}\n`);
		await must('saslpasswd2', ['-p', '-c', '-f', d('etc', 'sasl', 'db'), '-u', this.name, this.user], { input: this.password });
		chmodSync(d('etc', 'sasl', 'db'), 0o644);
		writeFileSync(d('etc', 'recipients'), `/^defer@/ 450 4.2.0 come back later\n/^refuse@/ 550 5.1.1 no such mailbox here\n${this.access}`);
		writeFileSync(d('etc', 'master.cf'), `127.0.0.1:${this.port} inet n - n - - smtpd\n127.0.0.1:${this.tlsPort} inet n - n - - smtpd\n` +
			`  -o smtpd_tls_wrappermode=yes -o smtpd_tls_security_level=encrypt${SERVICES}`);
		writeFileSync(d('etc', 'main.cf'), `compatibility_level = 3.6
queue_directory = ${d('queue')}
data_directory = ${d('data')}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
default_privs = nobody
maillog_file = ${this.log}
maillog_file_prefixes = /var, /dev/stdout, ${this.dir}
myhostname = ${this.name}
mydestination =
mynetworks = 192.0.2.255/32
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
smtp_dns_support_level = disabled
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
default_process_limit = 50
message_size_limit = 60000000
virtual_mailbox_limit = 0
mailbox_size_limit = 0
smtputf8_enable = yes
smtpd_tls_cert_file = ${cert}
smtpd_tls_key_file = ${key}
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_tls_received_header = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_path = smtpd
smtpd_sasl_local_domain = ${this.name}
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = check_recipient_access regexp:${d('etc', 'recipients')}, permit_sasl_authenticated, reject
virtual_mailbox_domains = static:all
virtual_mailbox_maps = static:all/
virtual_mailbox_base = ${this.mail}
virtual_minimum_uid = 1
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_transport = virtual
`);
		return this;
	}

	async start() {
		if (!this.port)
			await this.prepare();
		await must('postfix', ['-c', join(this.dir, 'etc'), 'start']).catch((e) => { throw new Error(`${e.message}\n${this.logged()}`); });
		atEnd(() => this.kill());
		await until('postfix listens', () => new Promise((done) => {
			const s = connect(this.port, '127.0.0.1');
			s.on('connect', () => { s.destroy(); done(true); }).on('error', () => done(false));
		}));
		return this;
	}

	logged() {
		return existsSync(this.log) ? readFileSync(this.log, 'utf8') : '';
	}

	master() {
		const file = join(this.dir, 'queue', 'pid', 'master.pid');
		return existsSync(file) ? Number(readFileSync(file, 'utf8').trim()) : 0;
	}

	// The master and all its children, at once and without a farewell.
	kill() {
		const master = this.master(), pids = [];
		if (!master)
			return;
		for (const name of readdirSync('/proc')) {
			try {
				if (/^\d+$/.test(name) && Number(/^PPid:\t(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))[1]) === master)
					pids.push(Number(name));
			} catch {
				// it ended while it was looked at
			}
		}
		for (const pid of [master, ...pids]) {
			try {
				process.kill(pid, 'SIGKILL');
			} catch {
				// it was gone already
			}
		}
	}

	async stop() {
		await run('postfix', ['-c', join(this.dir, 'etc'), 'stop']);
		await until('postfix stops', () => !existsSync(`/proc/${this.master() || 'none'}`), 15000).catch(() => this.kill());
	}

	// The mails that arrived, oldest first: Buffers as they stand in the Maildir, without what the delivery put on top.
	mails() {
		const box = join(this.mail, 'all', 'new');
		if (!existsSync(box))
			return [];
		return readdirSync(box).sort().map((f) => readFileSync(join(box, f)));
	}

	async mailsUntil(count, ms = 20000) {
		await until(`${count} mails in the mailbox`, () => this.mails().length >= count, ms)
			.catch((e) => { throw new Error(`${e.message}; there are ${this.mails().length}\n${this.logged().slice(-4000)}`); });
		return this.mails();
	}

	// The part of zegel.conf that leads here.
	delivery({ tls = 'verify', port = tls === 'implicit' ? this.tlsPort : this.port, password = this.password, host = 'localhost' } = {}) {
		const file = join(this.dir, `password-${Math.random().toString(36).slice(2)}`);
		writeFileSync(file, password + '\n', { mode: 0o600 });
		return { route: 'smarthost', smarthost: `${host}:${port}`, smarthost_user: `${this.user}@${this.name}`, smarthost_password_file: file,
			smarthost_tls: tls, smarthost_ca: this.ca.file };
	}
}

// Line ends as they were on the wire: a Maildir has LF.
export const wire = (mail) => Buffer.from(mail.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1');
