-- 0002.sql - what the standing check found.
--
-- Lists (name servers, answers, places) are one blob each, packed by store_sqlite_watch.c: they are written and read as a whole.
-- All of it goes with its domain.
CREATE TABLE watch (
	domain INTEGER PRIMARY KEY REFERENCES domain (id) ON DELETE CASCADE,
	state INTEGER NOT NULL,
	since INTEGER NOT NULL,
	checked INTEGER NOT NULL,
	next_at INTEGER NOT NULL,
	miss_at INTEGER NOT NULL,
	changed INTEGER NOT NULL,
	tries INTEGER NOT NULL,
	presence INTEGER NOT NULL,
	is_wildcard INTEGER NOT NULL,
	is_serial_split INTEGER NOT NULL,
	zone BLOB NOT NULL,
	dns_host TEXT NOT NULL,
	mail_host TEXT NOT NULL,
	ns BLOB NOT NULL,
	mx BLOB NOT NULL
) STRICT;

CREATE TABLE watch_record (
	domain INTEGER NOT NULL REFERENCES watch (domain) ON DELETE CASCADE,
	n INTEGER NOT NULL,
	kind INTEGER NOT NULL,
	selector TEXT NOT NULL,
	name BLOB NOT NULL,
	state INTEGER NOT NULL,
	well INTEGER NOT NULL,		-- servers that have it right
	answered INTEGER NOT NULL,
	total INTEGER NOT NULL,
	since INTEGER NOT NULL,
	unread_since INTEGER NOT NULL,
	old_until INTEGER NOT NULL,
	old_ttl INTEGER NOT NULL,
	old BLOB NOT NULL,
	now BLOB NOT NULL,
	wanted BLOB NOT NULL,
	answers BLOB NOT NULL,
	places BLOB NOT NULL,
	PRIMARY KEY (domain, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE watch_change (
	n INTEGER PRIMARY KEY,
	domain INTEGER NOT NULL REFERENCES domain (id) ON DELETE CASCADE,
	at INTEGER NOT NULL,
	what INTEGER NOT NULL,
	kind INTEGER NOT NULL,
	selector TEXT NOT NULL,
	before INTEGER NOT NULL,
	after INTEGER NOT NULL,
	old BLOB NOT NULL,
	now BLOB NOT NULL
) STRICT;
CREATE INDEX watch_change_domain ON watch_change (domain, n);
