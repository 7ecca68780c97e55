// ca.mjs - a test's own certificate authority.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { must } from './run.mjs';

export class Ca {
	constructor(dir) {
		this.dir = dir;
		this.file = join(dir, 'ca.pem');
	}

	async make() {
		await must('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', '/CN=test roots',
			'-keyout', join(this.dir, 'ca.key'), '-out', this.file]);
		return this;
	}

	// A certificate for names (or addresses, "IP:127.0.0.1"): { cert, key }, paths.
	async issue(name, { names = [name], days = 30 } = {}) {
		const [key, csr, cert, ext] = ['key', 'csr', 'pem', 'ext'].map((x) => join(this.dir, `${name}.${x}`));
		await must('openssl', ['req', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${name}`, '-keyout', key, '-out', csr]);
		writeFileSync(ext, 'subjectAltName=' + names.map((n) => n.includes(':') ? n : `DNS:${n}`).join(','));
		await must('openssl', ['x509', '-req', '-in', csr, '-CA', this.file, '-CAkey', join(this.dir, 'ca.key'), '-CAcreateserial',
			'-days', String(days), '-extfile', ext, '-out', cert]);
		return { cert, key };
	}
}
