#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The transport: what it follows and what not, mirrors, proxies, what a transport may do, and transfers
# that go wrong. Against scripted registries (tests/payload/registry.py).

load helper
load pull_helper
load registry_helper

file_setup()
{
	registry_setup
}

@test "credentials and headers go to the registry, never to where it sends us" {
	serve b --layout "$layout" x
	serve a --auth basic:bob:pw --layout "$layout" x "GET blobs redirect http://$b{path} 302"
	login_for "$a" bob:pw
	expect 0 coracle image pull -q "$a/x:one"
	no_credentials b
	[ "$(seen a 'select(.status != 401) | .headers | .authorization + ."x-secret"' | sort -u)" = \
		"Basic $(echo -n bob:pw | base64)meta" ]
	forget "$a/x:one"
	# Another host that asks for credentials itself does not get them either.
	rules_of "$b" 'GET blobs status 401 WWW-Authenticate:Basic'
	expect 1 coracle image pull -q "$a/x:one"
	no_credentials b
}

@test "forty ways elsewhere, and nobody there is shown a login" {
	local auth place code there a ways=0
	serve b --layout "$layout" x
	for auth in basic token; do
		serve "$auth" --auth "$auth:bob:pw" --layout "$layout" x
		a=${!auth}
		login_for "$a" bob:pw
		for place in manifests blobs; do
			for code in 301 302 303 307 308; do
				for there in 'GET nothing status 500' 'GET . status 401 WWW-Authenticate:Basic'; do
					rules_of "$b" "$there"
					rules_of "$a" "GET $place redirect http://$b{path} $code"
					run coracle image pull -q "$a/x:one"
					[ "$status" != 0 ] || forget "$a/x:one"
					[ "$status" -lt 2 ] || fail "$output"
					ways=$((ways + 1))
				done
			done
		done
		no_credentials b
		[ "$(seen "$auth" 'select(.headers.authorization) | .path' | wc -l)" -ge 20 ]
	done
	[ "$ways" = 40 ]
	[ "$(seen b .path | wc -l)" -ge 40 ]
}

@test "an upload that is led elsewhere takes no credentials along" {
	serve b
	serve a --auth basic:bob:pw "POST uploads location http://$b/v2/p/blobs/uploads/{id}"
	login_for "$a" bob:pw
	expect 0 coracle tag busybox "$a/p:1"
	expect 1 coracle image push -q "$a/p:1"
	no_credentials b
	forget "$a/p:1"
}

@test "a token server on another host gets the login, and nothing else" {
	serve t --auth token:bob:pw
	serve a --auth token:bob:pw --realm "http://$t/token" --layout "$layout" x
	login_for "$a" bob:pw
	expect 1 coracle image pull -q "$a/x:one" # it does not know this token
	[ "$(seen t '.headers.authorization + (.headers."x-secret" // "")' | sort -u)" = "Basic $(echo -n bob:pw | base64)" ]
}

@test "redirects: not out of http and https, not for ever, not back from https" {
	serve a --layout "$layout" x
	rules_of "$a" "GET manifests redirect file:///etc/passwd"
	expect 1 coracle image pull -q "$a/x:one"
	has_error 'neither http nor https'
	rules_of "$a" "GET manifests redirect http://$a{path}"
	expect 1 coracle image pull -q "$a/x:one"
	has_error 'more than 5 redirects'
	[ "$(seen a 'select(.path | endswith("one")) | .status' | grep -c 307)" = 7 ]
	serve s --layout "$layout" x --tls "$pem/server.pem" "$pem/server-key.pem" \
		"GET manifests redirect http://$a{path}"
	expect 1 coracle image pull -q "$s/x:one"
	has_error 'from https to http'
}

@test "a registry elsewhere cannot lead us to this machine, by redirect or token server" {
	serve b --layout "$layout" x
	serve a --listen 192.0.2.1 --layout "$layout" x "GET manifests redirect http://$b{path}"
	serve t --listen 192.0.2.1 --auth token:bob:pw --realm "http://$b/token"
	serve m --listen 192.0.2.1 --auth token:bob:pw --realm 'http://169.254.169.254/token'
	configure "{\"insecure-registries\": [\"192.0.2.0/24\"]}"
	for host in "$a" "$t" "$m"; do
		login_for "$host" bob:pw
		expect 1 coracle image pull -q "$host/x:one"
		has_error 'this machine or its link'
	done
	untouched b
}

@test "names are resolved inside the sandbox" {
	mkdir far
	# shellcheck disable=SC2016 # expanded inside
	neighbour sh -c 'python3 "$@" >far/port 2>&1 & echo $! >far/registry.pid' sh \
		"$tests_dir/payload/registry.py" --listen 198.51.100.1 --layout "$layout" x --log far/registry.log
	# shellcheck disable=SC2034 # for unserve
	SERVED=far
	eventually 20 test -s far/port
	host=name.example:$(cat far/port)
	configure "{\"insecure-registries\": [\"$host\"]}"
	expect 0 coracle image pull -q "$host/x:one"
	[ "$(seen far .headers.host | sort -u)" = "$host" ]
	forget "$host/x:one"
}

@test "whatever happens to a download, it goes on where it was, and is whole at the end" {
	images big "big=b1:3000000"
	blob=$(blob_of big big layer)
	serve a --layout "$PWD/big" x
	while read -r -u 5 faults; do
		rules_of "$a" "$(tr ';' '\n' <<<"$faults" | sed "s|^|GET blobs/sha256:$blob |")"
		expect 0 coracle image pull -q "$a/x:big"
		forget "$a/x:big"
	done 5<<-'RULES'
	truncate 1000000 x2
	reset 2000000 x1;close x1
	truncate 1000000 x1;no-range
	truncate 1000000 x1;bad-range x1
	truncate 1000000 x1;status 416 x1
	status 503 x2
	close x2
	RULES
	[ "$(seen a '.headers.range // empty' | grep -c 'bytes=1000000-')" -ge 4 ]
	# and what stays broken is an error in the end; one byte too many comes last, since all others may be here by then
	for faults in 'truncate 1000' 'status 502' 'length 17' 'corrupt' 'redirect /nowhere' 'extra 1'; do
		rules_of "$a" "GET blobs/sha256:$blob $faults"
		expect 1 coracle image pull -q "$a/x:big"
	done
	rules_of "$a" ''
	expect 0 coracle image pull -q "$a/x:big"
	forget "$a/x:big"
}

@test "uploads: as a whole, in parts when that is refused, and parts that get lost" {
	image=127.0.0.1:5950/p:1
	coracle tag busybox "$image"
	while read -r -u 5 faults; do
		serve a --listen 127.0.0.1:5950
		rules_of "$a" "$(tr ';' '\n' <<<"$faults")"
		expect 0 coracle image push -q "$image"
		unserve
	done 5<<-'RULES'
	PUT uploads reset 1000 x1
	PUT uploads status 405 x1
	PUT uploads status 413 x1;PATCH uploads status 413 x2
	PUT uploads status 405 x1;PATCH uploads reset 70000 x1
	PUT uploads status 405 x1;PATCH uploads status 500 x1;PATCH uploads status 416 x1
	POST uploads status 503 x1;PUT manifests status 500 x1
	RULES
	serve a --listen 127.0.0.1:5950 'PUT uploads error 403 read only'
	expect 1 coracle image push -q "$image"
	has_error 'read only'
	rules_of "$a" ''
	expect 0 coracle image push -q "$image"
	inside skopeo inspect --tls-verify=false "docker://$image" >/dev/null
	forget "$image"
}

@test "mirrors come first, in order, and fail through to the registry; they see no login of it" {
	serve m --layout "$layout" library/x
	serve n 'GET . status 500'
	serve a --auth basic:bob:pw --layout "$layout" library/x
	login_for "$a" bob:pw
	configure "{\"mirrors\": {\"$a\": [\"http://127.0.0.1:9\", \"http://$n/\", \"http://$m\"]}}"
	expect 0 coracle image pull -q "$a/library/x:one"
	has_error "mirror 127.0.0.1:9: "
	has_error "mirror $n: "
	untouched a
	# X-Secret is for the registry and its mirrors, as HttpHeaders are.
	output=$(seen m '.headers.authorization // empty')
	is ''
	forget "$a/library/x:one"
	rules_of "$m" 'GET blobs truncate 500'
	expect 0 coracle image pull -q "$a/library/x:one"
	[ "$(seen a '.headers.range // empty' | sort -u)" = 'bytes=500-' ]
	forget "$a/library/x:one"
	configure "{\"registry-mirrors\": [\"http://$m\"]}"
	rules_of "$m" ''
	expect 0 coracle image pull -q x:one
	forget x:one
}

@test "proxies come from the environment, in both cases, and NO_PROXY is heard" {
	serve a --layout "$layout" x
	configure '{"insecure-registries": ["registry.invalid"]}'
	expect 1 coracle image pull -q registry.invalid/x:one
	has_error 'cannot be resolved'
	HTTP_PROXY=http://$a expect 0 coracle image pull -q registry.invalid/x:one
	[ "$(seen a 'select(.proxy) | .headers.host' | sort -u)" = registry.invalid ]
	forget registry.invalid/x:one
	all_proxy=http://$a expect 0 coracle image pull -q registry.invalid/x:one
	forget registry.invalid/x:one
	HTTP_PROXY=http://$a NO_PROXY=.invalid expect 1 coracle image pull -q registry.invalid/x:one
	HTTP_PROXY=http://127.0.0.1:9 expect 0 coracle image pull -q "$a/x:one"
	forget "$a/x:one"
}

@test "the transport is nobody, and has nothing but its sockets and what it writes to" {
	blob=$(blob_of "$layout" one layer)
	serve a --layout "$layout" x "GET blobs/sha256:$blob stall 100"
	configure '{"limits": {"stall-seconds": 60}}'
	pull_begin "$a/x:one"
	eventually 10 inside pgrep -f coracle-transport
	pid=$(inside pgrep -f coracle-transport)
	eventually 10 grep -q "blobs/sha256:$blob" a/registry.log
	output=$(inside sed -nE 's/^(Uid|Gid|Groups|CapEff|CapPrm|CapBnd|CapAmb|NoNewPrivs|Seccomp):[ \t]*//p' \
		"/proc/$pid/status" | sed 's/[ \t]*$//')
	seccomp=2
	! inside grep -q libasan "/proc/$pid/maps" || seccomp=0
	is "65534	65534	65534	65534
65534	65534	65534	65534

0000000000000000
0000000000000000
0000000000000000
0000000000000000
1
$seccomp"
	output=$(inside sh -c 'readlink /proc/$1/fd/*' sh "$pid" | grep -vE '^(/dev/null|socket:.*|pipe:.*|anon_inode:.*|/memfd:.*)$' || true)
	is ''
	output=$(inside sh -c 'tr "\0" "\n" </proc/$1/environ; ps -o sid= -p $1' sh "$pid")
	[ "$output" -eq "$pid" ]
	# It goes with whoever started it.
	pull_kill
	eventually 5 not inside pgrep -f coracle-transport
}

@test "what a server says cannot drive the terminal, and is short" {
	serve a "GET . error 403 evil\\x1b]0;title\\x07\\x9b31m$(printf 'x%.0s' {1..2000})"
	expect 1 coracle image pull -q "$a/x:one"
	has_error 'evil?]0;title?'
	[ ${#stderr} -lt 1500 ]
	[[ "$stderr" != *$'\x1b'* && "$stderr" != *$'\x9b'* ]]
	rules_of "$a" '* . headers 1000000'
	expect 1 coracle image pull -q "$a/x:one"
	has_error 'too large'
	rules_of "$a" '* manifests endless'
	expect 1 coracle image pull -q "$a/x:one"
	has_error 'does not have it'
	serve b --layout "$layout" x 'GET manifests endless'
	expect 1 coracle image pull -q "$b/x:one"
	has_error 'too large'
}

@test "rate limits: waited for when short, else an error that says how long and to log in" {
	serve a --layout "$layout" x 'GET manifests status 429 Retry-After:0 x2'
	expect 0 coracle image pull -q "$a/x:one"
	rules_of "$a" '* manifests status 429 Retry-After:3600'
	expect 1 coracle image pull -q "$a/x:one"
	has_error 'try again in 1h'
	has_error 'coracle login'
	forget "$a/x:one"
}

@test "mistakes in registries.json have their place" {
	printf '{\n  "mirors": {}\n}\n' >wrong.json
	CORACLE_REGISTRIES=$PWD/wrong.json expect 1 coracle image pull -q "127.0.0.1:9/x"
	has_error "wrong.json:2:3: 'mirors' is not known"
	CORACLE_REGISTRIES=$PWD/none.json expect 1 coracle image pull -q "127.0.0.1:9/x"
	has_error 'CORACLE_REGISTRIES'
}
