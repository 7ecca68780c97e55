/* store_sql.h - every statement that is kept prepared, by name.  ?1, ?2 ... are bound in this order. */
#ifndef STORE_STORE_SQL_H
#define STORE_STORE_SQL_H

#define STORE_MESSAGE_COLUMNS \
	"m.id, m.company, m.created, m.sender, m.from_domain, m.flags, m.size, m.subject, m.app, m.client, m.tls, m.seal"
/* Is it?  ?4 text, ?5 the beginning of an id in hex, ?6 a bit a state (0: any), ?7 1: tried, 0: not, -1: either. */
#define STORE_LOOK_IS \
	"((?6 = 0 OR EXISTS (SELECT 1 FROM recipient r WHERE r.message = m.id AND (?6 >> r.state) & 1 " \
	"AND (?7 < 0 OR (r.attempts > 0) = ?7))) AND (?4 = '' OR instr(lower(m.subject), lower(?4)) " \
	"OR instr(lower(m.sender), lower(?4)) OR (?5 <> '' AND substr(hex(m.id), 1, length(?5)) = ?5) " \
	"OR EXISTS (SELECT 1 FROM recipient r WHERE r.message = m.id AND instr(lower(r.address), lower(?4)))))"
#define STORE_HELD_FROM \
	"FROM recipient r INDEXED BY recipient_held JOIN message m ON m.id = r.message WHERE r.state = 5 AND r.text <> 'person' "
#define STORE_HELD_OF "(SELECT DISTINCT r.message " STORE_HELD_FROM "AND m.from_domain = ?1 AND m.seal = ?2 LIMIT ?4)"
#define STORE_DOMAIN_FROM \
	"SELECT d.id, d.company, d.name, c.slug, d.created, d.assigned, d.sender, d.dns_host, " \
	"d.mail_host FROM domain d JOIN company c ON c.id = d.company "
#define STORE_KEY_FROM \
	"SELECT k.id, k.company, k.domain, d.name, c.slug, k.selector, k.type, k.bits, k.version, k.sealed, k.public_key, " \
	"k.is_made_here, k.state, k.created FROM key k JOIN domain d ON d.id = k.domain JOIN company c ON c.id = k.company "
#define STORE_CREDENTIAL_FROM \
	"SELECT r.id, r.company, r.name, r.user, c.slug, r.hash, r.created " \
	"FROM credential r JOIN company c ON c.id = r.company "
#define STORE_USER_FROM \
	"SELECT u.id, coalesce(u.company, 0), coalesce(c.slug, ''), coalesce(c.name, ''), u.role, u.address, u.name, " \
	"u.language, u.theme, u.password, u.totp, u.totp_counter, u.created, u.seen FROM user u " \
	"LEFT JOIN company c ON c.id = u.company "
#define STORE_SESSION_FROM \
	"SELECT n.hash, n.user, coalesce(u.company, 0), n.created, n.seen, n.proved, n.is_whole, n.place, n.agent " \
	"FROM session n JOIN user u ON u.id = n.user "
#define STORE_USER_WHERE "WHERE coalesce(company, 0) = ?1 AND id = ?2"
#define STORE_USER_HIS "(SELECT id FROM user " STORE_USER_WHERE ")"

#define STORE_WATCH_FROM \
	"SELECT w.domain, d.company, d.name, c.slug, w.state, w.since, w.checked, w.next_at, w.miss_at, w.changed, w.tries, " \
	"w.presence, w.is_wildcard, w.is_serial_split, w.zone, w.dns_host, w.mail_host, w.ns, w.mx FROM watch w " \
	"JOIN domain d ON d.id = w.domain JOIN company c ON c.id = d.company "
#define STORE_SQLS(X) \
	X(BEGIN, "BEGIN IMMEDIATE") \
	X(BEGIN_READ, "BEGIN") \
	X(COMMIT, "COMMIT") \
	X(ROLLBACK, "ROLLBACK") \
	X(VERSION, "PRAGMA data_version") \
	X(CHANGES_GET, "SELECT house, queue FROM change") \
	X(CHANGES_QUEUE, "UPDATE change SET queue = queue + 1") \
	X(CONTENT_ADD, "INSERT INTO content (spool, head, body) VALUES (nullif(?1, ''), ?2, ?3)") \
	X(MESSAGE_ADD, "INSERT INTO message (id, company, created, sender, from_domain, flags, size, content, subject, app, client, " \
		"tls, seal) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)") \
	X(RECIPIENT_ADD, "INSERT INTO recipient (message, n, address, state, next_at, attempts, code, enhanced, text, " \
		"changed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)") \
	X(RECIPIENT_FINISH, "UPDATE recipient SET state = ?3, next_at = ?4, attempts = ?5, code = ?6, enhanced = ?7, " \
		"text = ?8, changed = ?9, server = ?10, tls = ?11 WHERE message = ?1 AND n = ?2 " \
		"AND (state = 0 OR (state IN (5, 6) AND ?3 IN (1, 2)))") \
	X(RECIPIENT_LIST, "SELECT address, state, next_at, attempts, code, enhanced, text, changed, since, server, tls FROM recipient " \
		"WHERE message = ?1 ORDER BY n") \
	X(RECIPIENT_RETRY, "UPDATE recipient SET next_at = ?2 WHERE message = ?1 AND state = 0") \
	X(RECIPIENT_RETRY_ALL, "UPDATE recipient SET next_at = ?1 WHERE state = 0") \
	X(MESSAGE_HAS, "SELECT 1 FROM message WHERE id = ?1") \
	X(MESSAGE_GET, "SELECT " STORE_MESSAGE_COLUMNS ", c.head, c.body, c.spool " \
		"FROM message m LEFT JOIN content c ON c.n = m.content WHERE m.id = ?1") \
	X(MESSAGE_LIST, "SELECT " STORE_MESSAGE_COLUMNS " FROM message m ORDER BY m.id DESC LIMIT ?1") \
	X(MESSAGE_LIST_QUEUED, "SELECT " STORE_MESSAGE_COLUMNS " FROM (SELECT DISTINCT message FROM recipient " \
		"INDEXED BY recipient_waiting WHERE state = 0 ORDER BY message DESC LIMIT ?1) w " \
		"JOIN message m ON m.id = w.message ORDER BY m.id DESC") \
	X(MESSAGE_LIST_STATE, "SELECT " STORE_MESSAGE_COLUMNS " FROM message m WHERE EXISTS (SELECT 1 FROM recipient r " \
		"WHERE r.message = m.id AND r.state = ?2) ORDER BY m.id DESC LIMIT ?1") \
	X(DUE_LIST, "SELECT message, min(next_at) FROM recipient INDEXED BY recipient_waiting " \
		"WHERE state = 0 AND message > ?1 GROUP BY message ORDER BY message LIMIT ?2") \
	X(PURGE_LIST, "SELECT m.id, m.content, coalesce(c.spool, ''), m.id < ?3 FROM message m " \
		"LEFT JOIN content c ON c.n = m.content WHERE m.id > ?1 AND m.id < ?2 " \
		"AND (m.content IS NOT NULL OR m.id < ?3) AND NOT EXISTS (SELECT 1 FROM recipient r " \
		"WHERE r.message = m.id AND (r.state IN (0, 5) OR r.changed >= ?4)) ORDER BY m.id LIMIT ?5") \
	X(PURGE_CONTENT_OFF, "UPDATE message SET content = NULL WHERE id = ?1") \
	X(PURGE_CONTENT, "DELETE FROM content WHERE n = ?1") \
	X(PURGE_RECIPIENTS, "DELETE FROM recipient WHERE message = ?1") \
	X(PURGE_MESSAGE, "DELETE FROM message WHERE id = ?1") \
	X(EVENT_ADD, "INSERT INTO event (message, n, at, what, recipient, state, attempt, code, enhanced, text, server, tls) " \
		"SELECT ?1, coalesce(max(n), -1) + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 FROM event WHERE message = ?1 " \
		"HAVING ?3 <> 0 OR coalesce(max(n), -1) < 999") \
	X(EVENT_LIST, "SELECT at, what, recipient, state, attempt, code, enhanced, text, server, tls FROM event " \
		"WHERE message = ?1 ORDER BY n") \
	X(EVENT_ENDED, "INSERT INTO event (message, n, at, what, recipient, state, attempt, code, enhanced, text, server, tls) " \
		"SELECT message, (SELECT coalesce(max(n), -1) FROM event WHERE message = ?1) + row_number() OVER (ORDER BY n), " \
		"changed, 1, n, state, attempts, code, enhanced, text, server, tls FROM recipient WHERE message = ?1 AND state IN (2, 4)") \
	X(MESSAGE_LOOK, "SELECT " STORE_MESSAGE_COLUMNS ", " STORE_LOOK_IS " FROM message m INDEXED BY message_company " \
		"WHERE m.company = ?1 AND m.id < ?2 AND m.id >= ?3 ORDER BY m.id DESC") \
	X(MESSAGE_LOOK_ALL, "SELECT " STORE_MESSAGE_COLUMNS ", " STORE_LOOK_IS " FROM message m " \
		"WHERE ?1 = 0 AND m.id < ?2 AND m.id >= ?3 ORDER BY m.id DESC") \
	X(MESSAGE_COUNT, "SELECT count(*) FROM (SELECT 1 FROM message INDEXED BY message_company " \
		"WHERE company = ?1 AND id >= ?2 LIMIT ?3)") \
	X(MESSAGE_COUNT_ALL, "SELECT count(*) FROM (SELECT 1 FROM message WHERE ?1 = 0 AND id >= ?2 LIMIT ?3)") \
	X(MESSAGE_OF, "SELECT m.content, coalesce(c.spool, '') FROM message m LEFT JOIN content c ON c.n = m.content " \
		"WHERE m.id = ?1 AND ?2 IN (0, m.company)") \
	X(DO_AGAIN, "UPDATE recipient SET next_at = ?2, changed = ?2, since = iif(state = 0, since, ?2), " \
		"attempts = iif(state = 0, attempts, 0), state = 0 WHERE message = ?1 AND state IN (0, 2, 4, 6)") \
	X(DO_HOLD, "UPDATE recipient SET state = 5, changed = ?2, code = 0, enhanced = '', text = 'person' " \
		"WHERE message = ?1 AND state = 0") \
	X(DO_RELEASE, "UPDATE recipient SET state = 0, next_at = ?2, changed = ?2, since = ?2, attempts = 0, text = '' " \
		"WHERE message = ?1 AND state = 5") \
	X(DO_STOP, "UPDATE recipient SET text = iif(state = 5, '', text), state = 6, changed = ?2 " \
		"WHERE message = ?1 AND state IN (0, 5)") \
	X(HELD_LIST, "SELECT DISTINCT m.from_domain, m.seal " STORE_HELD_FROM "LIMIT ?1") \
	X(HELD_EVENTS, "INSERT INTO event (message, n, at, what, recipient, state, attempt, code, enhanced, text, server, tls) " \
		"SELECT h.message, (SELECT coalesce(max(n), -1) + 1 FROM event e WHERE e.message = h.message), ?3, 3, -1, 0, 0, 0, '', '', " \
		"'', '' FROM " STORE_HELD_OF " h") \
	X(HELD_RELEASE, "UPDATE recipient SET state = 0, next_at = ?3, changed = ?3, since = ?3, attempts = 0, text = '' " \
		"WHERE state = 5 AND text <> 'person' AND message IN " STORE_HELD_OF) \
	X(SPOOL_HAS, "SELECT 1 FROM content WHERE spool = ?1") \
	X(SPOOL_LIST, "SELECT spool FROM content WHERE spool > ?1 ORDER BY spool LIMIT ?2") \
	X(COMPANY_ADD, "INSERT INTO company (slug, name, sealed_dek, created) VALUES (?1, ?2, ?3, ?4)") \
	X(COMPANY_GET, "SELECT id, slug, name, sealed_dek, created FROM company WHERE slug = ?1") \
	X(COMPANY_LIST, "SELECT id, slug, name, sealed_dek, created FROM company ORDER BY slug") \
	X(COMPANY_SEALED, "SELECT id, slug, name, sealed_dek, created FROM company WHERE id > ?1 AND length(sealed_dek) > 0 " \
		"ORDER BY id LIMIT ?2") \
	X(COMPANY_SET_DEK, "UPDATE company SET sealed_dek = ?2 WHERE id = ?1") \
	X(COMPANY_REMOVE, "DELETE FROM company WHERE id = ?1") \
	X(DOMAIN_ADD, "INSERT INTO domain (company, name, created, assigned, sender, dns_host, mail_host) " \
		"SELECT id, ?2, ?3, ?4, ?5, ?6, ?7 FROM company WHERE id = ?1") \
	X(DOMAIN_SET, "UPDATE domain SET assigned = ?3, sender = ?4, dns_host = ?5, mail_host = ?6 WHERE company = ?1 AND id = ?2") \
	X(DOMAIN_GET, STORE_DOMAIN_FROM "WHERE d.name = ?1") \
	X(DOMAIN_LIST, STORE_DOMAIN_FROM "WHERE ?1 IN (0, d.company) ORDER BY d.name") \
	X(DOMAIN_REMOVE, "DELETE FROM domain WHERE company = ?1 AND id = ?2") \
	X(KEY_RESERVE, "UPDATE key_serial SET last = last + 1 RETURNING last") \
	X(KEY_ADD, "INSERT INTO key (id, company, domain, selector, type, bits, version, sealed, public_key, is_made_here, " \
		"state, created) SELECT ?3, company, id, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12 FROM domain " \
		"WHERE company = ?1 AND id = ?2") \
	X(KEY_GET, STORE_KEY_FROM "WHERE d.name = ?1 AND k.selector = ?2") \
	X(KEY_LIST, STORE_KEY_FROM "WHERE k.domain = ?1 ORDER BY k.id DESC") \
	X(KEY_LIST_ALL, STORE_KEY_FROM "ORDER BY k.id DESC") \
	X(KEY_SET_STATE, "UPDATE key SET state = ?3 WHERE company = ?1 AND id = ?2") \
	X(KEY_REMOVE, "DELETE FROM key WHERE company = ?1 AND id = ?2") \
	X(CREDENTIAL_ADD, "INSERT INTO credential (company, name, user, hash, created) " \
		"SELECT id, ?2, ?3, ?4, ?5 FROM company WHERE id = ?1") \
	X(CREDENTIAL_GET, STORE_CREDENTIAL_FROM "WHERE r.user = ?1") \
	X(CREDENTIAL_LIST, STORE_CREDENTIAL_FROM "WHERE ?1 IN (0, r.company) ORDER BY r.user") \
	X(CREDENTIAL_REMOVE, "DELETE FROM credential WHERE company = ?1 AND id = ?2") \
	X(AUDIT_LAST, "SELECT n, hash FROM audit ORDER BY n DESC LIMIT 1") \
	X(AUDIT_ADD, "INSERT INTO audit (n, at, who, place, what, object, detail, hash) " \
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)") \
	X(AUDIT_LIST, "SELECT n, at, who, place, what, object, detail, hash FROM audit ORDER BY n DESC LIMIT ?1") \
	X(USER_ADD, "INSERT INTO user (company, role, address, name, language, theme, password, totp, totp_counter, created, " \
		"seen) SELECT nullif(?1, 0), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 " \
		"WHERE ?1 = 0 OR EXISTS (SELECT 1 FROM company WHERE id = ?1)") \
	X(USER_GET, STORE_USER_FROM "WHERE u.address = ?1") \
	X(USER_BY_ID, STORE_USER_FROM "WHERE coalesce(u.company, 0) = ?1 AND u.id = ?2") \
	X(USER_LIST, STORE_USER_FROM "WHERE ?1 = -1 OR coalesce(u.company, 0) = ?1 ORDER BY u.address") \
	X(USER_SET, "UPDATE user SET role = ?3, name = ?4, language = ?5, theme = ?6 " STORE_USER_WHERE) \
	X(USER_SET_PASSWORD, "UPDATE user SET password = ?3 " STORE_USER_WHERE) \
	X(USER_SET_TOTP, "UPDATE user SET totp = ?3, totp_counter = 0 " STORE_USER_WHERE) \
	X(USER_TAKE_COUNTER, "UPDATE user SET totp_counter = ?3 " STORE_USER_WHERE " AND totp_counter < ?3") \
	X(USER_SEEN, "UPDATE user SET seen = ?3 " STORE_USER_WHERE) \
	X(USER_REMOVE, "DELETE FROM user " STORE_USER_WHERE) \
	X(USER_COUNT, "SELECT count(*) FROM user WHERE coalesce(company, 0) = ?1 AND role = ?2") \
	X(CODE_ADD, "INSERT INTO recovery (user, hash) SELECT id, ?3 FROM user " STORE_USER_WHERE) \
	X(CODE_TAKE, "DELETE FROM recovery WHERE user IN " STORE_USER_HIS " AND hash = ?3") \
	X(CODE_COUNT, "SELECT count(*) FROM recovery WHERE user IN " STORE_USER_HIS) \
	X(CODE_END, "DELETE FROM recovery WHERE user IN " STORE_USER_HIS) \
	X(SESSION_ADD, "INSERT INTO session (user, hash, created, seen, proved, is_whole, place, agent) " \
		"SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM user WHERE id = ?1") \
	X(SESSION_GET, STORE_SESSION_FROM "WHERE n.hash = ?1") \
	X(SESSION_LIST, STORE_SESSION_FROM "WHERE coalesce(u.company, 0) = ?1 AND n.user = ?2 ORDER BY n.created DESC, n.hash") \
	X(SESSION_SEEN, "UPDATE session SET seen = ?2 WHERE hash = ?1") \
	X(SESSION_PROVED, "UPDATE session SET proved = ?2 WHERE hash = ?1") \
	X(SESSION_REMOVE, "DELETE FROM session WHERE hash = ?1") \
	X(SESSION_END, "DELETE FROM session WHERE user IN " STORE_USER_HIS " AND hash <> ?3") \
	X(SESSION_PURGE, "DELETE FROM session WHERE seen < ?1 OR created < ?2") \
	X(TICKET_ADD, "INSERT INTO ticket (user, hash, kind, created, expires) SELECT id, ?2, ?3, ?4, ?5 FROM user WHERE id = ?1") \
	X(TICKET_GET, "SELECT t.hash, t.user, coalesce(u.company, 0), t.kind, t.created, t.expires FROM ticket t " \
		"JOIN user u ON u.id = t.user WHERE t.hash = ?1 AND t.expires > ?2") \
	X(TICKET_END, "DELETE FROM ticket WHERE user IN " STORE_USER_HIS) \
	X(TICKET_COUNT, "SELECT count(*) FROM ticket WHERE user = ?1 AND kind = ?2 AND created > ?3") \
	X(TICKET_PURGE, "DELETE FROM ticket WHERE expires <= ?1") \
	X(WATCH_PUT, "INSERT INTO watch (domain, state, since, checked, next_at, miss_at, changed, tries, presence, is_wildcard, " \
		"is_serial_split, zone, dns_host, mail_host, ns, mx) SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, " \
		"?13, ?14, ?15, ?16 FROM domain WHERE id = ?1 ON CONFLICT (domain) DO UPDATE SET state = excluded.state, " \
		"since = excluded.since, checked = excluded.checked, next_at = excluded.next_at, miss_at = excluded.miss_at, " \
		"changed = excluded.changed, tries = excluded.tries, presence = excluded.presence, " \
		"is_wildcard = excluded.is_wildcard, is_serial_split = excluded.is_serial_split, zone = excluded.zone, " \
		"dns_host = excluded.dns_host, mail_host = excluded.mail_host, ns = excluded.ns, mx = excluded.mx") \
	X(WATCH_GET, STORE_WATCH_FROM "WHERE w.domain = ?1") \
	X(WATCH_LIST, STORE_WATCH_FROM "WHERE ?1 IN (0, d.company) ORDER BY d.name") \
	X(WATCH_RECORD_END, "DELETE FROM watch_record WHERE domain = ?1") \
	X(WATCH_RECORD_ADD, "INSERT INTO watch_record (domain, n, kind, selector, name, state, well, answered, total, since, " \
		"unread_since, old_until, old_ttl, old, now, wanted, answers, places) " \
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)") \
	X(WATCH_RECORD_LIST, "SELECT kind, selector, name, state, well, answered, total, since, unread_since, old_until, old_ttl, " \
		"old, now, wanted, answers, places FROM watch_record WHERE domain = ?1 ORDER BY n") \
	X(WATCH_CHANGE_ADD, "INSERT INTO watch_change (domain, at, what, kind, selector, before, after, old, now) " \
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)") \
	X(WATCH_CHANGE_LIST, "SELECT n, at, what, kind, selector, before, after, old, now FROM watch_change WHERE domain = ?1 " \
		"ORDER BY n DESC LIMIT ?2") \
	X(INSTALL_GET, "SELECT value FROM install WHERE name = ?1") \
	X(INSTALL_SET, "INSERT INTO install (name, value) VALUES (?1, ?2) " \
		"ON CONFLICT (name) DO UPDATE SET value = excluded.value")

#define STORE_SQL_NAME(name, text) STORE_SQL_##name,
enum store_sql { STORE_SQLS(STORE_SQL_NAME) STORE_SQL_COUNT };
#undef STORE_SQL_NAME

#endif
