-- 0003.sql - people: who may sign in, what they proved, and what hangs on it.
CREATE TABLE user (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	company INTEGER REFERENCES company (id) ON DELETE CASCADE,	-- NULL: the operator
	role INTEGER NOT NULL CHECK (role BETWEEN 0 AND 4),
	address TEXT NOT NULL UNIQUE COLLATE NOCASE,
	name TEXT NOT NULL,
	language TEXT NOT NULL,
	theme TEXT NOT NULL,
	password TEXT NOT NULL,		-- argon2id's own form; empty: none yet
	totp BLOB NOT NULL,		-- empty: none
	totp_counter INTEGER NOT NULL,	-- the last that was taken; none is taken twice
	created INTEGER NOT NULL,
	seen INTEGER NOT NULL,
	CHECK ((role = 0) = (company IS NULL))
) STRICT;
CREATE INDEX user_company ON user (company);

CREATE TABLE recovery (
	user INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
	hash BLOB NOT NULL CHECK (length(hash) = 32),
	PRIMARY KEY (user, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
	hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
	user INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
	created INTEGER NOT NULL,
	seen INTEGER NOT NULL,
	proved INTEGER NOT NULL,
	is_whole INTEGER NOT NULL,
	place TEXT NOT NULL,
	agent TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_user ON session (user);

CREATE TABLE ticket (
	hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
	user INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
	kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 1),
	created INTEGER NOT NULL,
	expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_user ON ticket (user);

CREATE TABLE install (
	name TEXT NOT NULL PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
