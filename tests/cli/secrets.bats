#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The store of external secrets and configs, and what a changed content does to a project.

load helper

token=8f14e45fceea167a5a36dedd4bea2543
other=c9f0f895fb98ab9159f51fd0297e236d

# The token stands nowhere below ROOT, in no form that is only encoded.
assert_not_on_disk()
{
	local form
	for form in "$token" "$(printf %s "$token" | base64 -w0)"; do
		run inside grep -rlaF -- "$form" "$CORACLE_ROOT"
		[ "$output" = '' ] || fail "the secret is readable in:" "$output"
	done
}

remove_all()
{
	local kind id
	for kind in secret config; do
		for id in $(coracle "$kind" ls -q); do
			coracle "$kind" rm -f "$id" >/dev/null
		done
	done
	unset CORACLE_SECRET_KEY_FILE
}

project_with_external()
{
	project "$1" <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    secrets: [password]
	secrets:
	  password: {external: true, name: the.password}
	YAML
}

@test "a secret is created, listed, inspected and removed, and never shown" {
	printf %s "$token" >file
	expect 0 coracle secret create --label a=b -l only the.password file
	matches '^[0-9a-f]{24}$'
	id=$output
	expect 0 coracle secret ls
	has the.password
	expect 0 coracle secret ls --format '{{.ID}} {{.Name}} {{.Labels}} {{.Encrypted}}'
	is "$id the.password a=b,only= no"
	expect 0 coracle secret inspect the.password
	has '"Name": "the.password"'
	has '"Size": 32'
	lacks "$token"
	lacks "$(printf %s "$token" | base64 -w0)"
	lacks Data
	expect 0 coracle secret inspect --format '{{.Spec.Labels.a}}' "${id:0:6}"
	is b
	expect 0 inside stat -c '%a %u' "$CORACLE_ROOT/secrets" "$CORACLE_ROOT/secrets/the.password.json"
	is $'700 0\n600 0'
	expect 0 coracle secret rm the.password
	is the.password
	expect 0 coracle secret ls -q
	is ''
	expect 1 coracle secret rm the.password
	has_error "there is no secret 'the.password'"
}

@test "a secret from standard input; names, sizes and filters" {
	echo x >x
	printf %s "$token" | expect 0 coracle secret create one -
	expect 0 coracle secret create --label tier=web two x
	expect 1 coracle secret create two /dev/null
	has_error 'is empty'
	expect 1 coracle secret create two x
	has_error 'already'
	for name in ../x /x . '' a/b -x "$(printf '%070d' 0)" $'a\nb'; do
		expect 1 coracle secret create -- "$name" x
		has_error 'cannot name a secret'
	done
	head -c 600000 /dev/zero >large
	expect 1 coracle secret create large large
	has_error '500 KiB'
	expect 1 coracle secret create none ./nowhere
	has_error nowhere
	expect 0 coracle secret ls --filter name=tw --format '{{.Name}}'
	is two
	expect 0 coracle secret ls --filter label=tier=web --format '{{.Name}}'
	is two
	expect 0 coracle secret ls --filter label=tier=db -q
	is ''
	expect 1 coracle secret ls --filter size=1
	has_error 'unknown filter'
	remove_all
}

@test "of ten who create one name at once, one wins" {
	pids=()
	for i in 1 2 3 4 5 6 7 8 9 10; do
		echo "$i" >"file.$i"
		(coracle secret create same "file.$i" >"won.$i" 2>/dev/null || true) 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	[ "$(cat won.* | wc -l)" = 1 ]
	expect 0 coracle secret ls --format '{{.Name}}'
	is same
	remove_all
}

@test "an encrypted secret is not readable on disk, and arrives" {
	printf %s "$token" >file
	expect 0 coracle secret create --encrypt the.password file
	assert_not_on_disk
	expect 0 coracle secret inspect --format '{{.Encrypted}}' the.password
	is true
	expect 0 inside stat -c '%a' "$CORACLE_ROOT/secrets/host.key"
	is 600
	project_with_external encrypted
	expect 0 coracle up -d
	expect 0 coracle exec -T a cat /run/secrets/password
	is "$token"
	assert_not_on_disk
	expect 0 coracle down
	remove_all
}

@test "another key or a damaged file is an error, never another content" {
	printf %s "$token" >file
	project_with_external wrong
	printf %064d 1 >key1
	printf %064d 2 >key2
	chmod 600 key1 key2
	export CORACLE_SECRET_KEY_FILE=$PWD/key1
	# A key that was given: everything is encrypted.
	expect 0 coracle secret create the.password ../file
	expect 0 coracle secret ls --format '{{.Encrypted}}'
	is yes
	expect 0 coracle up -d
	expect 0 coracle down
	export CORACLE_SECRET_KEY_FILE=$PWD/key2
	expect 1 coracle up -d
	has_error 'encrypted with the key'
	has_error 'the.password'
	chmod 644 key2
	expect 1 coracle up -d
	has_error 'mode 0600'
	export CORACLE_SECRET_KEY_FILE=$PWD/nowhere
	expect 1 coracle secret create --encrypt more ../file
	has_error nowhere
	export CORACLE_SECRET_KEY_FILE=$PWD/key1
	inside sed -i 's/"data": "..../"data": "QUFB/' "$CORACLE_ROOT/secrets/the.password.json"
	expect 1 coracle up -d
	has_error damaged
	inside sh -c "echo '{' >$CORACLE_ROOT/secrets/the.password.json"
	expect 1 coracle up -d
	has_error damaged
	expect 0 coracle secret ls -q
	has_error damaged
	expect 0 inside rm "$CORACLE_ROOT/secrets/the.password.json"
	unset CORACLE_SECRET_KEY_FILE
}

@test "external secrets and configs come from the store; one that is used stays" {
	project external <<-'YAML'
	services:
	  a: &service
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    secrets: [password]
	    configs: [{source: conf, target: /etc/app.conf}]
	  b: *service
	secrets:
	  password: {external: true, name: the.password}
	configs:
	  conf: {external: true}
	YAML
	expect 1 coracle up -d
	has_error 'compose.yaml:10:24: secrets.password'
	has_error 'external secret "the.password" not found'
	has_error 'coracle secret create the.password'
	printf %s "$token" | coracle secret create the.password -
	expect 1 coracle up -d
	has_error 'coracle config create conf'
	echo 'a = b' | coracle config create conf -
	expect 0 coracle up -d
	expect 0 coracle exec -T b cat /run/secrets/password /etc/app.conf
	is "${token}a = b"
	expect 0 coracle inspect external-a-1
	lacks "$token"
	expect 0 inspect_of external-a-1 '{{json .Mounts}}'
	has '"Destination":"/run/secrets/password","Mode":"","RW":false,"Propagation":"rprivate"'
	has '"Destination":"/etc/app.conf","Mode":"","RW":false,"Propagation":"rprivate"'
	expect 1 coracle secret rm the.password
	has_error 'in use by the following services: a, b'
	expect 0 coracle stop
	expect 1 coracle config rm conf
	has_error 'in use'
	expect 0 coracle down -v
	expect 0 coracle secret ls --format '{{.Name}}'
	is the.password
	expect 0 coracle secret rm the.password
	expect 0 coracle config rm conf
}

@test "a changed content recreates its users, and up says why" {
	project changed <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    secrets: [password]
	    configs: [{source: conf, target: /etc/app.conf}]
	  b:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	secrets:
	  password: {file: ./password.txt}
	configs:
	  conf: {content: "value = ${VALUE:-1}"}
	YAML
	printf %s "$token" >password.txt
	expect 0 coracle up -d
	first=$(inspect_of changed-a-1 '{{.Id}}')
	third=$(inspect_of changed-b-1 '{{.Id}}')
	hash=$(coracle config --hash a)
	[ "$hash" = "a $(inspect_of changed-a-1 '{{index .Config.Labels "com.docker.compose.config-hash"}}')" ]
	expect 0 coracle up -d
	[ "$(inspect_of changed-a-1 '{{.Id}}')" = "$first" ]
	printf %s "$other" >password.txt
	expect 0 coracle --progress plain up -d
	has_error "the content of secret 'password' has changed"
	[ "$(inspect_of changed-a-1 '{{.Id}}')" != "$first" ]
	[ "$(inspect_of changed-b-1 '{{.Id}}')" = "$third" ]
	expect 0 coracle exec -T a cat /run/secrets/password
	is "$other"
	[ "$(coracle config --hash a)" = "$hash" ]
	VALUE=2 expect 0 coracle --progress plain up -d
	expect 0 coracle exec -T a cat /etc/app.conf
	is 'value = 2'
	# Nobody can try contents against what is on disk: it takes the key of this root.
	run inside grep -rlaF "$(printf %s "$other" | sha256sum | cut -c1-64)" "$CORACLE_ROOT"
	is ''
}

@test "a successor in the store recreates its users too" {
	printf %s "$token" | coracle secret create the.password -
	project_with_external successor
	expect 0 coracle up -d
	first=$(inspect_of successor-a-1 '{{.Id}}')
	expect 0 coracle secret rm -f the.password
	expect 0 coracle exec -T a cat /run/secrets/password
	is "$token"
	printf %s "$token" | coracle secret create the.password -
	expect 0 coracle up -d
	[ "$(inspect_of successor-a-1 '{{.Id}}')" = "$first" ]
	expect 0 coracle secret rm -f the.password
	printf %s "$other" | coracle secret create the.password -
	expect 0 coracle --progress plain up -d
	has_error "the content of secret 'password' has changed"
	expect 0 coracle exec -T a cat /run/secrets/password
	is "$other"
	expect 0 coracle down
	remove_all
}

@test "config objects: the first word decides, and content is shown" {
	printf 'a = b' >file
	expect 0 coracle config create --label x=y app file
	expect 0 coracle config ls --format '{{.Name}} {{.Labels}}'
	is 'app x=y'
	expect 0 coracle config inspect --format '{{.Spec.Data}}' app
	is "$(printf 'a = b' | base64)"
	expect 0 coracle config create --encrypt hidden file
	run inside grep -c "$(printf 'a = b' | base64)" "$CORACLE_ROOT/configs/hidden.json"
	is 0
	expect 0 coracle config inspect --format '{{.Spec.Data}}' hidden
	is "$(printf 'a = b' | base64)"
	expect 0 coracle config rm app hidden
	project words <<-'YAML'
	services:
	  ls:
	    image: busybox
	    command: echo of ls
	  other:
	    image: busybox
	YAML
	expect 0 coracle config ls -q
	is ''
	expect 0 coracle config -- ls
	has '- ls'
	lacks other
	expect 0 coracle compose config ls
	has '- ls'
	expect 0 coracle config --services
	is $'ls\nother'
	expect 0 coracle config -q ls
	expect 0 coracle config --help
	has 'config -- '
	expect 1 coracle config lss
	has_error 'no such service: lss'
}

@test "owner and mode: numbers, names of the container, and what is when nothing is said" {
	project owners <<-'YAML'
	services:
	  a:
	    image: busybox
	    user: nobody
	    command: sleep 3600
	    stop_signal: SIGKILL
	    secrets:
	      - one
	      - {source: one, target: named, uid: root, gid: root, mode: 0440}
	      - {source: one, target: /etc/deep/down, uid: "7", gid: "8", mode: 0666}
	    configs:
	      - two
	      - {source: two, target: relative}
	  b:
	    image: busybox
	    profiles: [b]
	    secrets: [{source: one, uid: who.is.this}]
	secrets:
	  one: {environment: ONE}
	configs:
	  two: {content: two}
	YAML
	export ONE=$token
	expect 0 coracle up -d
	nobody=$(coracle exec -T a id -u)
	group=$(coracle exec -T a id -g)
	[ "$nobody" != 0 ]
	expect 0 coracle exec -T a stat -c '%u %g %a' /run/secrets/one /run/secrets/named /etc/deep/down /two /relative
	is "$nobody $group 444
0 0 440
7 8 444
$nobody $group 444
$nobody $group 444"
	expect 0 coracle exec -T a cat /run/secrets/one
	is "$token"
	expect 1 coracle up -d b
	has_error who.is.this
	unset ONE
	expect 1 coracle up -d --force-recreate a
	has_error "'ONE'"
	has_error 'secrets.one'
}

@test "what is missing is said with its file, line and column" {
	project place <<-'YAML'
	services:
	  a:
	    image: busybox
	    secrets: [one]
	    configs: [two]
	secrets:
	  one:
	    file: ./nowhere.txt
	configs:
	  two: {file: ./dir}
	YAML
	expect 1 coracle up -d
	has_error 'compose.yaml:8:11: secrets.one'
	has_error nowhere.txt
	has_error 'service "a"'
	echo x >nowhere.txt
	mkdir dir
	expect 1 coracle up -d
	has_error 'compose.yaml:10:15: configs.two'
	expect 0 coracle ps -aq
	is ''
}

@test "no command prints the content of a secret" {
	project silent <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    secrets: [password, stored]
	secrets:
	  password: {environment: THE_PASSWORD}
	  stored: {external: true}
	YAML
	export THE_PASSWORD=$token
	printf %s "$token" | coracle secret create stored -
	for command in "--debug up -d" config "config --format json" "inspect silent-a-1" logs ps \
		"ps --format json" "--debug up -d --force-recreate" "secret inspect stored" \
		"secret ls --format json" "container inspect silent-a-1" "ls --format json" \
		"--dry-run up -d --force-recreate"; do
		# shellcheck disable=SC2086 # several words
		expect 0 coracle $command
		lacks "$token"
		[[ "$stderr" != *"$token"* ]] || fail "'$command' shows it:" "$stderr"
	done
	expect 0 coracle down
	unset THE_PASSWORD
	remove_all
}
