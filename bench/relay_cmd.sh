#!/bin/sh
# relay_cmd.sh [unsigned] - a relay for the side-by-side bench, in the foreground: SMTP on 127.0.0.1:2530 without a login, a durable
# queue below $ZPERF/zegel, everything to 127.0.0.1:2599 in clear; four domains signed with $ZPERF/keys/rsa2048.pem, selector zegel.
#
# ZEGEL_BIN is the program.  The house is made where it is not there yet, so that a start that is measured is a start, not a setup;
# remove $ZPERF/zegel for a new one.
set -eu

state=${ZPERF:-/tmp/zperf}/zegel
bin=${ZEGEL_BIN:-$(dirname "$0")/../build/zegel}
conf=$state/zegel-${1:-signed}.conf
sign=true
[ "${1:-}" != unsigned ] || sign=false

if [ ! -e "$conf" ]; then
	mkdir -p "$state"
	users=
	if [ "$(id -u)" -eq 0 ]; then	# two users that every Debian has
		users='user = "daemon"
vault_user = "nobody"'
		chown daemon "$state"
	fi
	cat >"$conf" <<-END
		[server]
		hostname = "mail.bench.example"
		state = "$state"
		$users
		[smtp]
		listen = ["127.0.0.1:2530"]
		trusted = ["127.0.0.1/32"]
		message_size = 80000000
		[http]
		listen = []
		[delivery]
		route = "smarthost"
		smarthost = "127.0.0.1:2599"
		smarthost_tls = "none"
		sign = $sign
		[store]
		url = "sqlite:$state/zegel.db"
	END
fi
if [ ! -e "$state/zegel.db" ]; then
	"$bin" company add --config "$conf" bench >/dev/null
	for domain in aannemer-janssens.example sanitair-peeters.example elektro-maes.example dakwerken-claes.example; do
		"$bin" domain add --config "$conf" --company bench "$domain" >/dev/null
		"$bin" key add --config "$conf" --domain "$domain" --selector zegel --file "${ZPERF:-/tmp/zperf}/keys/rsa2048.pem" >/dev/null
	done
	# As if the standing check had seen their records: no name server knows these domains, and their mail would be held.
	python3 - "$state/zegel.db" <<-'END'
		import sqlite3, sys
		with sqlite3.connect(sys.argv[1]) as db:
		    db.execute("INSERT INTO watch SELECT id, 3, 1, 1, 4102444800, 0, 1, 0, 0, 0, 0, x'', '', '', zeroblob(4), zeroblob(4) FROM domain")
	END
fi
exec "$bin" serve --config "$conf" 2>>"$state/zegel.log"
