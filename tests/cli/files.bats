#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Secrets and configs: contents, owner, mode, and where they must not be seen.

load helper

token=5d41402abc4b2a76b9719d911017c592

@test "a secret from a file is at /run/secrets, read-only" {
	project sec <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    secrets: [password]
	secrets:
	  password: {file: ./password.txt}
	YAML
	printf %s "$token" >password.txt
	expect 0 coracle up -d
	expect 0 coracle exec -T a cat /run/secrets/password
	is "$token"
	expect 1 coracle exec -T a sh -c 'echo x >/run/secrets/password'
}

@test "target, uid, gid and mode are honoured, for other users too" {
	project modes <<-'YAML'
	services:
	  a:
	    image: busybox
	    user: "1000"
	    command: sleep 3600
	    stop_signal: SIGKILL
	    secrets:
	      - source: password
	        target: /etc/app/pass
	        uid: "1000"
	        gid: "33"
	        mode: 0440
	      - source: password
	        target: private
	        uid: "0"
	        mode: 0400
	secrets:
	  password: {environment: THE_PASSWORD}
	YAML
	export THE_PASSWORD=$token
	expect 0 coracle up -d
	expect 0 coracle exec -T a stat -c '%u %g %a' /etc/app/pass
	is '1000 33 440'
	expect 0 coracle exec -T a cat /etc/app/pass
	is "$token"
	expect 1 coracle exec -T a cat /run/secrets/private
	unset THE_PASSWORD
}

@test "a secret is in no output, no inspect, no disk and no process" {
	project oracle <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    secrets: [password]
	secrets:
	  password: {environment: THE_PASSWORD}
	YAML
	THE_PASSWORD=$token coracle up -d
	expect 0 coracle config
	lacks "$token"
	expect 0 coracle inspect oracle-a-1
	lacks "$token"
	expect 1 inside grep -ral "$token" "$CORACLE_ROOT"
	# In RUN it may be on the tmpfs of secrets only.
	run inside sh -c "find $CORACLE_RUN -xdev -type f -exec grep -la $token {} +"
	is ''
	printf %s "$token" >token
	run inside sh -c 'for p in /proc/[0-9]*; do
		! cat "$p/environ" "$p/cmdline" 2>/dev/null | grep -qaf token || tr "\\0" " " <"$p/cmdline"
	done'
	is ''
	expect 0 coracle exec -T a cat /run/secrets/password
	is "$token"
	expect 0 coracle stop
	expect 0 coracle start
	expect 0 coracle exec -T a cat /run/secrets/password
	is "$token"
}

@test "configs from file, content and environment" {
	project conf <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    configs:
	      - from_file
	      - source: inline
	        target: /etc/inline.conf
	        mode: 0644
	      - source: from_env
	        target: /etc/env.conf
	configs:
	  from_file: {file: ./app.conf}
	  inline:
	    content: |
	      listen ${PORT}
	  from_env: {environment: PORT}
	YAML
	echo 'file content' >app.conf
	export PORT=1234
	expect 0 coracle up -d
	expect 0 coracle exec -T a cat /from_file /etc/inline.conf /etc/env.conf
	is $'file content\nlisten 1234\n1234'
	unset PORT
}

@test "a missing secret file is an error that names it" {
	project missing <<-'YAML'
	services:
	  a:
	    image: busybox
	    secrets: [password]
	secrets:
	  password: {file: ./nowhere.txt}
	YAML
	expect 1 coracle up -d
	has_error nowhere.txt
}

@test "env_file and .env" {
	project envs <<-'YAML'
	services:
	  a:
	    image: busybox
	    env_file: [one.env, {path: optional.env, required: false}]
	    environment:
	      OVERRIDDEN: by environment
	      INTERPOLATED: ${FROM_DOTENV:-unset}
	    command: env
	YAML
	printf 'PLAIN=1234#5\nQUOTED="a # b"\nOVERRIDDEN=no\n# comment\n' >one.env
	echo 'FROM_DOTENV=yes' >.env
	expect 0 coracle run --rm -T a env
	has 'PLAIN=1234#5'
	has 'QUOTED=a # b'
	has 'OVERRIDDEN=by environment'
	has 'INTERPOLATED=yes'
}
