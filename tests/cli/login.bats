#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Logins, tokens and certificates: against Debian's docker-registry, and scripted ones that look closely
# (tests/payload/registry.py).

load helper
load pull_helper
load registry_helper

file_setup()
{
	registry_setup
	htpasswd -Bbn tester s3:cret >passwords 2>/dev/null
	make_certificate ca client DNS:client
	make_certificate ca wrong DNS:other.example
	real_registry closed "auth: {htpasswd: {realm: test, path: $BATS_FILE_TMPDIR/passwords}}"
	real_tls
	# A user for sudo, whose home is here.
	mkdir -p home/.docker
	{
		cat /etc/passwd
		echo "tester:x:4321:4321::$BATS_FILE_TMPDIR/home:/bin/sh"
	} >passwd
	inside mount --bind passwd /etc/passwd
}

@test "login asks the registry, keeps what is good for its owner only, and logout forgets it" {
	expect 1 coracle login "$closed" -u tester -p wrong
	has_error 'can be seen by others'
	has_error 'refuses this login'
	[ ! -e "$DOCKER_CONFIG/config.json" ]
	echo '{"detachKeys": "ctrl-a"}' >"$DOCKER_CONFIG/config.json"
	expect 0 coracle login "$closed" -u tester --password-stdin <<<"s3:cret"
	is 'Login Succeeded'
	has_error 'stored unencrypted'
	[ "$(stat -c %a "$DOCKER_CONFIG/config.json")" = 600 ]
	[ "$(jq -r '.detachKeys + .auths[].auth' "$DOCKER_CONFIG/config.json")" = "ctrl-adGVzdGVyOnMzOmNyZXQ=" ]
	expect 0 coracle login "http://$closed/v2/" </dev/null
	has 'Authenticating with existing credentials'
	expect 0 coracle tag busybox "$closed/a/b:1"
	expect 0 coracle image push -q "$closed/a/b:1"
	forget "$closed/a/b:1"
	expect 0 coracle image pull -q "$closed/a/b:1"
	expect 0 coracle logout "$closed"
	is "Removing login credentials for $closed"
	expect 0 coracle logout "$closed"
	is "Not logged in to $closed"
	expect 1 coracle image pull "$closed/a/b:1"
	has_error "use 'coracle login'"
	has_error "pull access denied for $closed/a/b:1"
	[ "$(jq -r .detachKeys "$DOCKER_CONFIG/config.json")" = ctrl-a ]
	forget "$closed/a/b:1"
}

@test "login asks on a terminal, without an echo of the password" {
	expect 0 inside timeout --foreground -k 5 60 python3 "$tests_dir/cli/on_terminal.py" 'expect:Username: ' \
		'send:tester^M' 'expect:Password: ' 'send:s3:cret^M' -- "$CORACLE" login "$closed"
	has 'Login Succeeded'
	lacks s3:cret
	expect 1 coracle login "$closed" -u tester </dev/null
	has_error 'stdin is no terminal'
	expect 1 coracle login "$closed" -u tester --password-stdin -p x
	has_error 'exclude each other'
	expect 1 coracle login "$closed" --password-stdin
	has_error 'needs --username'
	expect 1 coracle login 'a b' -u x -p y
	has_error 'is no registry'
}

@test "a login with an identity token is kept without the password, and used by POST" {
	serve a --auth token:bob:pw --identity-token it-1 --access-token --layout "$layout" x
	expect 0 coracle login "$a" -u bob --password-stdin <<<pw
	[ "$(jq -r '.auths[] | .identitytoken + .auth' "$DOCKER_CONFIG/config.json")" = "it-1$(echo -n bob: | base64)" ]
	expect 0 coracle image pull -q "$a/x:one"
	[ "$(seen a 'select(.method == "POST") | .body')" = \
		"grant_type=refresh_token&client_id=coracle&service=scripted%2C%20%22it%22&refresh_token=it-1&scope=repository%3Ax%3Apull" ]
	forget "$a/x:one"
}

@test "tokens: for nobody, for a user, short-lived ones, and a scope that is missing" {
	serve a --auth token:bob:pw --anonymous --expires 1 --layout "$layout" x 'GET blobs insufficient x1'
	expect 0 coracle image pull -q "$a/x:one"
	forget "$a/x:one"
	expect 1 coracle image push -q "$a/x:one"
	login_for "$a" bob:pw
	expect 0 coracle tag busybox "$a/x:two"
	expect 0 coracle image push -q "$a/x:two"
	[ "$(seen a 'select(.path | startswith("/token")) | .path' | tail -n 1)" = \
		'/token?service=scripted%2C%20%22it%22&account=bob&scope=repository%3Ax%3Apull%2Cpush' ]
	login_for "$a" bob:wrong
	expect 1 coracle image pull -q "$a/x:one"
	has_error 'incorrect username or password'
	forget "$a/x:two"
}

@test "a token server that cannot be trusted gets no credentials" {
	serve b --auth token:bob:pw
	serve s --tls "$pem/server.pem" "$pem/server-key.pem" --auth token:bob:pw --realm "http://$b/token"
	login_for "$s" bob:pw
	expect 1 coracle image pull -q "$s/x:one"
	has_error 'from https to http'
	untouched b
}

@test "certificates: only trusted ones, by own authority or on demand none" {
	serve s --listen 192.0.2.1 --tls "$pem/server.pem" "$pem/server-key.pem" --layout "$layout" x
	serve w --listen 192.0.2.1 --tls "$pem/wrong.pem" "$pem/wrong-key.pem" --layout "$layout" x
	serve p --listen 192.0.2.1 --layout "$layout" x
	configure '{}'
	expect 1 coracle image pull -q "$s/x:one"
	has_error 'cannot be trusted'
	expect 1 coracle image pull -q "$p/x:one"
	has_error 'no TLS connection'
	untouched p
	mkdir -p "certs.d/$s" "certs.d/$w"
	cp "$pem/ca.pem" "certs.d/$s/ca.crt"
	cp "$pem/ca.pem" "certs.d/$w/ca.crt"
	expect 0 coracle image pull -q "$s/x:one"
	expect 1 coracle image pull -q "$w/x:one"
	has_error 'cannot be trusted'
	rm -r certs.d
	SSL_CERT_FILE=$pem/ca.pem expect 0 coracle image pull -q "$s/x:one"
	configure "{\"insecure-registries\": [\"$w\", \"$p\"]}"
	expect 0 coracle image pull -q "$w/x:one"
	expect 0 coracle image pull -q "$p/x:one"
	forget "$s/x:one" "$w/x:one" "$p/x:one"
}

@test "the real registry behind TLS and a password: login, push, pull" {
	expect 1 coracle login "$tls" -u tester --password-stdin <<<"s3:cret"
	has_error 'cannot be trusted'
	configure '{}'
	mkdir -p "certs.d/$tls"
	cp "$pem/ca.pem" "certs.d/$tls/ca.crt"
	expect 1 coracle login "$tls" -u tester --password-stdin <<<"other"
	has_error 'refuses this login'
	expect 0 coracle login "$tls" -u tester --password-stdin <<<"s3:cret"
	expect 0 coracle tag busybox "$tls/a/b:1"
	expect 0 coracle image push -q "$tls/a/b:1"
	forget "$tls/a/b:1"
	expect 0 coracle image pull -q "$tls/a/b:1"
	forget "$tls/a/b:1"
}

@test "client certificates are shown to their registry" {
	serve s --listen 192.0.2.1 --tls "$pem/server.pem" "$pem/server-key.pem" --client-ca "$pem/ca.pem" \
		--layout "$layout" x
	configure '{}'
	mkdir -p "certs.d/$s"
	cp "$pem/ca.pem" "certs.d/$s/ca.crt"
	expect 1 coracle image pull -q "$s/x:one"
	cp "$pem/client.pem" "certs.d/$s/client.cert"
	expect 1 coracle image pull -q "$s/x:one"
	has_error 'needs its key'
	install -m 600 "$pem/client-key.pem" "certs.d/$s/client.key"
	expect 0 coracle image pull -q "$s/x:one"
	forget "$s/x:one"
}

@test "under sudo, the logins of the caller count, and their helper runs as them" {
	serve a --auth basic:bob:pw --layout "$layout" x
	# Where others can reach it.
	inside mkdir -p /mnt/bin
	cat >docker-credential-test <<-'SH'
	#!/bin/sh
	[ "$(id -u):$(id -g)" = 4321:4321 ] && [ "$HOME" != "${HOME%/home}" ] || exit 3
	read -r server
	echo "{\"ServerURL\": \"$server\", \"Username\": \"bob\", \"Secret\": \"pw\"}"
	SH
	inside install -m 755 docker-credential-test /mnt/bin
	echo '{"credsStore": "test"}' >"$BATS_FILE_TMPDIR/home/.docker/config.json"
	unset DOCKER_CONFIG
	export HOME=$BATS_TEST_TMPDIR PATH=/mnt/bin:$PATH
	expect 1 coracle image pull -q "$a/x:one"
	SUDO_USER=tester expect 0 coracle image pull -q "$a/x:one"
	forget "$a/x:one"
}
