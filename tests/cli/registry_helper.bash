# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# registry_helper.bash - several registries at once, certificates, and what they saw. After pull_helper.
#
#   serve NAME ARGS...        starts another scripted registry (tests/payload/registry.py) in directory
#                             NAME; sets $NAME to its HOST:PORT; the teardown stops all of them
#   rules_of HOST LINES       replaces the rules of that registry
#   seen NAME JQ              a line per request of it
#   no_credentials NAME       it was asked, and nobody showed it any
#   untouched NAME            it was not asked at all
#   login_for HOST USER:PASS  a config.json with this login, and a header X-Secret
#   configure JSON            adds to registries.json; certs.d beside it counts
#   make_certificate CA NAME SAN   NAME.pem and NAME-key.pem, signed by CA.pem
#   real_tls                  Debian's docker-registry at $tls, where certificates count, with a password
#   unserve                   stops what was started so far
#   forget IMAGE...           as if it had never been here

# shellcheck disable=SC2034 # used by the bats files
tls=192.0.2.1:5900
SERVED=

real_tls()
{
	cat >tls.yml <<-YAML
	version: 0.1
	log: {level: error}
	storage: {filesystem: {rootdirectory: $PWD/tls-data}}
	http: {addr: "$tls", tls: {certificate: $PWD/server.pem, key: $PWD/server-key.pem}}
	auth: {htpasswd: {realm: test, path: $PWD/passwords}}
	YAML
	inside sh -c 'docker-registry serve tls.yml >tls.log 2>&1 &'
	eventually 20 inside curl -sk "https://$tls/v2/" || fail "$(cat tls.log)"
}

make_certificate()
{
	[ -e "$1.pem" ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
		-subj "/CN=Test authority" -keyout "$1-key.pem" -out "$1.pem" 2>/dev/null
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" -keyout "$2-key.pem" \
		-out "$2.csr" 2>/dev/null
	openssl x509 -req -in "$2.csr" -CA "$1.pem" -CAkey "$1-key.pem" -CAcreateserial -days 2 \
		-extfile <(echo "subjectAltName=$3") -out "$2.pem" 2>/dev/null
}

serve()
{
	local name=$1
	shift
	mkdir -p "$name"
	cd "$name" || return 1
	scripted "$@"
	cd .. || return 1
	eval "$name=\$registry"
	case "$*" in
	*--listen\ 192*) eval "$name=192.0.2.1:\${registry#*:}" ;;
	esac
	SERVED="$SERVED $name"
}

unserve()
{
	local name
	for name in $SERVED; do
		inside kill -9 "$(cat "$BATS_TEST_TMPDIR/$name/registry.pid")"
	done
	SERVED=
}

eval "world_$(declare -f teardown)"

teardown()
{
	unserve
	world_teardown
}

rules_of()
{
	printf '%s\n' "$2" | inside curl -sS --data-binary @- "http://$1/_rules"
}

seen()
{
	jq -r "$2" "$1/registry.log"
}

no_credentials()
{
	[ -s "$1/registry.log" ] || fail "$1 was never asked"
	# shellcheck disable=SC2034 # by is
	output=$(seen "$1" '.headers | .authorization // empty, ."x-secret" // empty')
	is ''
}

untouched()
{
	[ ! -s "$1/registry.log" ] || fail "$1 was asked:" "$(cat "$1/registry.log")"
}

login_for()
{
	printf '{"auths": {"%s": {"auth": "%s"}}, "HttpHeaders": {"X-Secret": "meta"}}' "$1" \
		"$(printf '%s' "$2" | base64)" >"$DOCKER_CONFIG/config.json"
}

configure()
{
	jq ". + $1" "$BATS_FILE_TMPDIR/registries.json" >registries.json
	export CORACLE_REGISTRIES=$PWD/registries.json
}

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	: >"$BATS_TEST_TMPDIR/.projects"
	rm -f "$DOCKER_CONFIG/config.json"
	# shellcheck disable=SC2034 # used by the bats files
	layout=$BATS_FILE_TMPDIR/layout pem=$BATS_FILE_TMPDIR
}

forget()
{
	coracle image rm --force "$@" >/dev/null 2>&1 || true
}

not()
{
	! "$@"
}

registry_setup()
{
	quick_transport
	export DOCKER_CONFIG=$BATS_FILE_TMPDIR/docker
	mkdir -p "$DOCKER_CONFIG"
	cd "$BATS_FILE_TMPDIR" || return 1
	make_certificate ca server IP:192.0.2.1,IP:127.0.0.1
	images layout one=r1:1000
}
