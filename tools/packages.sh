#!/bin/sh
# packages.sh [run] [build] [test] [bench] - installs the Debian packages that these need and that are missing; nothing else.
#
# A line of a list is a package, or package:file where the file alone is asked for (another package may have brought it).
set -eu

run='libssl3 libidn2-0 libuv1 libsodium23 liboath0 libsqlite3-0 libunbound8 libldns3 libseccomp2 libjansson4 libmicrohttpd12 dns-root-data ca-certificates'
build='gcc libc6-dev make meson ninja-build pkg-config python3:/usr/bin/python3 libssl-dev libidn2-dev libuv1-dev libsodium-dev liboath-dev
	libsqlite3-dev libunbound-dev libldns-dev libseccomp-dev libjansson-dev libmicrohttpd-dev libcmocka-dev'
test='g++ gcovr valgrind clang clang-tidy clang-format cppcheck universal-ctags binutils git mandoc nodejs:/usr/bin/node npm:/usr/bin/npm swaks
	libnet-ssleay-perl libauthen-sasl-perl python3-dkim python3-dnspython python3-nacl opendkim-tools libmail-dkim-perl nsd postfix sasl2-bin libsasl2-modules
	openssl bind9-utils procps gdb strace util-linux sqlite3 chromium fonts-dejavu-core'
bench='python3:/usr/bin/python3 mount'

lacks() {
	case $1 in
	*:/*) [ ! -e "${1#*:}" ] ;;
	*) [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" != installed ] ;;
	esac
}

missing=
for list in "${@:-run}"; do
	case $list in
	run) packages=$run ;;
	build) packages=$build ;;
	test) packages=$test ;;
	bench) packages=$bench ;;
	*) echo "packages.sh: $list: no such list; run, build, test or bench" >&2; exit 2 ;;
	esac
	for package in $packages; do
		if lacks "$package"; then
			missing="$missing ${package%%:/*}"
		fi
	done
done
[ -n "$missing" ] || exit 0

command -v apt-get >/dev/null || { echo "packages.sh: this is no Debian; install the like of:$missing" >&2; exit 1; }
as_root=
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || { echo "packages.sh: root is needed to install:$missing; as root: apt-get install$missing" >&2; exit 1; }
	as_root=sudo
fi
echo "installing:$missing" >&2

# Servers that the tests start themselves must not start here, nor at the next boot.
policy=/usr/sbin/policy-rc.d
made_policy=
if [ ! -e $policy ]; then
	made_policy=1
	printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null
	$as_root chmod 755 $policy
fi
undo() { [ -z "$made_policy" ] || $as_root rm -f $policy; }
trap undo EXIT
trap 'exit 1' HUP INT TERM
echo 'postfix postfix/main_mailer_type select No configuration' | $as_root debconf-set-selections
log=$(mktemp)
quick=
[ -z "${CI:-}" ] || quick='-o Dpkg::Options::=--force-unsafe-io'	# a machine of an hour needs no sync a file
install() {
	$as_root apt-get -qq update && $as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -q --no-install-recommends \
		-o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold $quick install $missing
}
# shellcheck disable=SC2086
install >"$log" 2>&1 </dev/null || { cat "$log" >&2; echo "packages.sh: apt-get failed, see above" >&2; rm -f "$log"; exit 1; }
rm -f "$log"
if [ -d /run/systemd/system ]; then
	for service in nsd postfix opendkim saslauthd; do
		case " $missing " in
		*" $service "* | *" sasl2-bin "*) $as_root systemctl disable --quiet "$service" 2>/dev/null || : ;;
		esac
	done
fi
