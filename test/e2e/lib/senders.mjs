// senders.mjs - programs that people send mail with: swaks, Python's smtplib, nodemailer.
import nodemailer from 'nodemailer';
import { PYTHON, run } from './run.mjs';

// options: { from, to, subject, body, user, password, tls: '' | 'starttls' | 'implicit' }; each answers { ok, text }: the last words.
export async function swaks(to, o) {
	const args = ['--server', to.host ?? '127.0.0.1', '--port', String(to.port), '--from', o.from, '--to', [].concat(o.to).join(','), '--ehlo', 'client.example.net',
		'--header', `Subject: ${o.subject ?? 'swaks'}`, '--body', o.body ?? 'from swaks', '--timeout', '20'];
	if (o.user)
		args.push('--auth', o.mechanism ?? 'PLAIN', '--auth-user', o.user, '--auth-password', o.password);
	if (o.tls)
		args.push(o.tls === 'implicit' ? '--tls-on-connect' : '--tls');
	const r = await run('swaks', args, { env: { HOME: '/nonexistent' } });
	return { ok: r.status === 0, text: r.out + r.err };
}

const PY = `
import json, smtplib, ssl, sys
from email.message import EmailMessage
from email.policy import SMTP
o = json.load(sys.stdin)
m = EmailMessage()
m["From"], m["To"], m["Subject"] = o["from"], o["to"], o.get("subject", "smtplib")
m.set_content(o.get("body", "from smtplib"))
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
kind = smtplib.SMTP_SSL if o.get("tls") == "implicit" else smtplib.SMTP
with kind(o["host"], o["port"], timeout=20, local_hostname="client.example.net", **({"context": context} if kind is smtplib.SMTP_SSL else {})) as s:
	if o.get("tls") == "starttls":
		s.starttls(context=context)
	if o.get("user"):
		s.login(o["user"], o["password"])
	s.ehlo_or_helo_if_needed()
	s.mail(o["from"]); s.rcpt(o["to"])
	code, text = s.data(m.as_bytes(policy=SMTP))
	print(code, text.decode())
	sys.exit(0 if code == 250 else 1)
`;

export async function smtplib(to, o) {
	const r = await run(PYTHON, ['-c', PY], { input: JSON.stringify({ host: to.host ?? '127.0.0.1', port: to.port, ...o }) });
	return { ok: r.status === 0, text: r.out + r.err };
}

export async function viaNodemailer(to, o) {
	const transport = nodemailer.createTransport({
		name: 'client.example.net', host: to.host ?? '127.0.0.1', port: to.port, secure: o.tls === 'implicit', requireTLS: o.tls === 'starttls', ignoreTLS: !o.tls,
		tls: { rejectUnauthorized: false }, auth: o.user ? { user: o.user, pass: o.password } : undefined,
	});
	try {
		const info = await transport.sendMail({ from: o.from, to: o.to, subject: o.subject ?? 'nodemailer', text: o.body ?? 'from nodemailer', attachments: o.attachments });
		return { ok: true, text: info.response };
	} catch (e) {
		return { ok: false, text: String(e.response ?? e) };
	} finally {
		transport.close();
	}
}
