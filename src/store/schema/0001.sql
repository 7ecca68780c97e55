-- 0001.sql - the first form of the database.
--
-- Mail.  A message is written once and read seldom; three trees and one index are touched by a put, each near its right
-- edge, since ids (UUID version 7) come in order of time.  message and recipient hold the small things, so lists read no
-- body; content holds the octets.  The one index is of what still waits: a start reads it alone.
CREATE TABLE content (
	n INTEGER PRIMARY KEY,
	spool TEXT,			-- name of the file that holds the body, or NULL
	head BLOB NOT NULL,
	body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX content_spool ON content (spool) WHERE spool IS NOT NULL;

CREATE TABLE message (
	id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
	company INTEGER NOT NULL,	-- 0: none; no reference, since mail outlives its company
	created INTEGER NOT NULL,
	sender TEXT NOT NULL,
	from_domain TEXT NOT NULL,
	flags INTEGER NOT NULL,
	size INTEGER NOT NULL,
	content INTEGER REFERENCES content (n)
) STRICT, WITHOUT ROWID;

CREATE TABLE recipient (
	message BLOB NOT NULL REFERENCES message (id),
	n INTEGER NOT NULL,
	address TEXT NOT NULL,
	state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 4),
	next_at INTEGER NOT NULL,
	attempts INTEGER NOT NULL,
	code INTEGER NOT NULL,
	enhanced TEXT NOT NULL,
	text TEXT NOT NULL,
	changed INTEGER NOT NULL,
	PRIMARY KEY (message, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX recipient_waiting ON recipient (message, next_at) WHERE state = 0;

-- The house.  Ids are part of what keys are sealed with, so none is ever given twice.
CREATE TABLE company (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	slug TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL,
	sealed_dek BLOB NOT NULL,	-- empty until the first key
	created INTEGER NOT NULL
) STRICT;

CREATE TABLE domain (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	company INTEGER NOT NULL REFERENCES company (id),
	name TEXT NOT NULL UNIQUE,
	created INTEGER NOT NULL
) STRICT;

CREATE TABLE key_serial (
	only INTEGER PRIMARY KEY CHECK (only = 1),
	last INTEGER NOT NULL
) STRICT;
INSERT INTO key_serial VALUES (1, 0);

CREATE TABLE key (
	id INTEGER PRIMARY KEY,
	company INTEGER NOT NULL REFERENCES company (id),
	domain INTEGER NOT NULL REFERENCES domain (id),
	selector TEXT NOT NULL,
	type INTEGER NOT NULL,
	bits INTEGER NOT NULL,
	version INTEGER NOT NULL,
	public_key BLOB NOT NULL,
	is_made_here INTEGER NOT NULL,
	state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 1),
	created INTEGER NOT NULL,
	sealed BLOB NOT NULL,
	UNIQUE (domain, selector)
) STRICT;

CREATE TABLE credential (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	company INTEGER NOT NULL REFERENCES company (id),
	name TEXT NOT NULL,
	user TEXT NOT NULL UNIQUE,
	hash BLOB NOT NULL CHECK (length(hash) = 32),
	created INTEGER NOT NULL
) STRICT;

CREATE TABLE audit (
	n INTEGER PRIMARY KEY,
	at INTEGER NOT NULL,
	who TEXT NOT NULL,
	place TEXT NOT NULL,		-- where from
	what TEXT NOT NULL,
	object TEXT NOT NULL,
	detail TEXT NOT NULL,
	hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE TRIGGER audit_keeps_lines BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_keeps_words BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;

-- What a running relay watches: that other processes changed the house, or made mail due.
CREATE TABLE change (
	only INTEGER PRIMARY KEY CHECK (only = 1),
	house INTEGER NOT NULL,
	queue INTEGER NOT NULL
) STRICT;
INSERT INTO change VALUES (1, 0, 0);
CREATE TRIGGER company_insert AFTER INSERT ON company BEGIN UPDATE change SET house = house + 1; END;
CREATE TRIGGER company_update AFTER UPDATE ON company BEGIN UPDATE change SET house = house + 1; END;
CREATE TRIGGER company_delete AFTER DELETE ON company BEGIN UPDATE change SET house = house + 1; END;
CREATE TRIGGER domain_insert AFTER INSERT ON domain BEGIN UPDATE change SET house = house + 1; END;
CREATE TRIGGER domain_update AFTER UPDATE ON domain BEGIN UPDATE change SET house = house + 1; END;
CREATE TRIGGER domain_delete AFTER DELETE ON domain BEGIN UPDATE change SET house = house + 1; END;
CREATE TRIGGER key_insert AFTER INSERT ON key BEGIN UPDATE change SET house = house + 1; END;
CREATE TRIGGER key_update AFTER UPDATE ON key BEGIN UPDATE change SET house = house + 1; END;
CREATE TRIGGER key_delete AFTER DELETE ON key BEGIN UPDATE change SET house = house + 1; END;
CREATE TRIGGER credential_insert AFTER INSERT ON credential BEGIN UPDATE change SET house = house + 1; END;
CREATE TRIGGER credential_update AFTER UPDATE ON credential BEGIN UPDATE change SET house = house + 1; END;
CREATE TRIGGER credential_delete AFTER DELETE ON credential BEGIN UPDATE change SET house = house + 1; END;
