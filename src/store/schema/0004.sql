-- 0004.sql - mail as people look at it: what a list shows, what happened to a message, what is held, and what of a domain a person
-- set.
--
-- What happens to every mail (taken, signed, delivered at the first attempt) is in columns of rows that are written anyhow; a row
-- of its own is for what happens to few: an attempt that failed for now, and what people did.
ALTER TABLE message ADD COLUMN subject TEXT NOT NULL DEFAULT '';	-- decoded, at most 200 octets
ALTER TABLE message ADD COLUMN app TEXT NOT NULL DEFAULT '';		-- name of the credential; empty: a trusted address
ALTER TABLE message ADD COLUMN client TEXT NOT NULL DEFAULT '';		-- the name it gave in EHLO
ALTER TABLE message ADD COLUMN tls TEXT NOT NULL DEFAULT '';		-- "TLSv1.3"; empty: in clear
ALTER TABLE message ADD COLUMN seal TEXT NOT NULL DEFAULT '';		-- "example.be zegel1 ...": domain and selectors that signed
CREATE INDEX message_company ON message (company, id);

-- States 5 (held) and 6 (stopped) are new, and a CHECK cannot be changed in place.
CREATE TABLE recipient_next (
	message BLOB NOT NULL REFERENCES message (id),
	n INTEGER NOT NULL,
	address TEXT NOT NULL,
	state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 6),
	next_at INTEGER NOT NULL,
	attempts INTEGER NOT NULL,
	code INTEGER NOT NULL,
	enhanced TEXT NOT NULL,
	text TEXT NOT NULL,
	changed INTEGER NOT NULL,
	since INTEGER NOT NULL DEFAULT 0,	-- when its attempts began; 0: when the message was accepted
	server TEXT NOT NULL DEFAULT '',
	tls TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (message, n)
) STRICT, WITHOUT ROWID;
INSERT INTO recipient_next (message, n, address, state, next_at, attempts, code, enhanced, text, changed)
	SELECT message, n, address, state, next_at, attempts, code, enhanced, text, changed FROM recipient;
DROP TABLE recipient;
ALTER TABLE recipient_next RENAME TO recipient;
CREATE INDEX recipient_waiting ON recipient (message, next_at) WHERE state = 0;
CREATE INDEX recipient_held ON recipient (message) WHERE state = 5;

CREATE TABLE event (
	message BLOB NOT NULL REFERENCES message (id) ON DELETE CASCADE,
	n INTEGER NOT NULL,
	at INTEGER NOT NULL,
	what INTEGER NOT NULL CHECK (what BETWEEN 0 AND 5),
	recipient INTEGER NOT NULL,		-- -1: all of them
	state INTEGER NOT NULL,
	attempt INTEGER NOT NULL,
	code INTEGER NOT NULL,
	enhanced TEXT NOT NULL,
	text TEXT NOT NULL,
	server TEXT NOT NULL,
	tls TEXT NOT NULL,
	PRIMARY KEY (message, n)
) STRICT, WITHOUT ROWID;

ALTER TABLE domain ADD COLUMN assigned INTEGER NOT NULL DEFAULT 1;	-- the operator gave it, or control was proved
ALTER TABLE domain ADD COLUMN sender TEXT NOT NULL DEFAULT '';
ALTER TABLE domain ADD COLUMN dns_host TEXT NOT NULL DEFAULT '';	-- as a person corrected it; empty: as detected
ALTER TABLE domain ADD COLUMN mail_host TEXT NOT NULL DEFAULT '';

-- Whether mail of a domain is held hangs on what the standing check found: what changed there is a change of the house.
CREATE TRIGGER watch_insert AFTER INSERT ON watch BEGIN UPDATE change SET house = house + 1; END;
CREATE TRIGGER watch_update AFTER UPDATE ON watch WHEN old.state <> new.state OR old.changed <> new.changed
	BEGIN UPDATE change SET house = house + 1; END;
