#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What a build trusts, what it gives to its steps, and what it keeps of what it was given.

load build_helper

build()
{
	coracle image build --progress plain "$@"
}

@test "an image that was loaded is never taken for what a step would make" {
	context poisoned <<-EOF
		FROM busybox
		RUN cat /proc/sys/kernel/random/uuid >/stamp
		RUN cat /stamp
	EOF
	expect 0 build -t poisoned .
	coracle image save -o image.tar poisoned
	coracle image rm poisoned
	coracle builder prune -af
	coracle image load -i image.tar
	expect 0 build -t again .
	[ "$(grep -c CACHED <<<"$stderr")" -eq 1 ]
	[ "$(image_of poisoned '{{index .RootFS.Layers 1}}')" != "$(image_of again '{{index .RootFS.Layers 1}}')" ]
}

@test "steps made for one base are not taken for those of another with the same name" {
	context bases <<-EOF
		FROM mine
		RUN cat /which
	EOF
	printf 'FROM busybox\nRUN echo one >/which\n' | build -t mine -f - .
	expect 0 build .
	error_matches '#[0-9]+ [0-9.]+ one'
	printf 'FROM busybox\nRUN echo two >/which\n' | build -t mine -f - .
	expect 0 build .
	error_matches '#[0-9]+ [0-9.]+ two'
	# Only what the image says of itself is another: nothing of it counts for the step.
	printf 'FROM busybox\nRUN echo two >/which\nLABEL a=b\nHEALTHCHECK NONE\n' | build -t mine -f - .
	expect 0 build .
	[ "$(grep -c CACHED <<<"$stderr")" -eq 2 ]
	printf 'FROM busybox\nRUN echo two >/which\nENV A=b\n' | build -t mine -f - .
	expect 0 build .
	[ "$(grep -c CACHED <<<"$stderr")" -eq 1 ]
}

@test "a record that says something else than its key is none" {
	context records <<-EOF
		FROM busybox
		RUN echo fine >/x
	EOF
	expect 0 build .
	inside sh -c 'for r in "$CORACLE_ROOT"/build/records/*; do [ -f "$r" ] && echo "{}" >"$r"; done'
	expect 0 build -t records .
	[ "$(grep -c CACHED <<<"$stderr")" -eq 1 ]
}

@test "privileges are asked for and given, or refused before anything runs" {
	context allowed <<-EOF
		FROM busybox
		RUN echo first
		RUN --security=insecure grep CapEff /proc/self/status
	EOF
	expect 1 build .
	has_error 'Dockerfile:3'
	has_error 'security.insecure is not allowed'
	lacks_error '[2/3]'
	expect 0 build --allow security.insecure .
	lacks_error '00000000a80425fb'
	sed -i 's/--security=insecure/--security=bogus/' Dockerfile
	expect 1 build --allow security.insecure .
	has_error bogus
	sed -i 's/--security=bogus/--network=host/' Dockerfile
	expect 1 build .
	has_error 'network.host is not allowed'
	sed -i 's/--network=host/--network=bogus/' Dockerfile
	expect 1 build .
	has_error bogus
}

@test "a step has its image's variables, arguments and HOME, and nothing of the caller" {
	context environment <<-EOF
		FROM scratch
		COPY --from=busybox / /
		ARG GIVEN
		ENV OWN=env
		RUN env | sort >/env
		RUN grep -E '^(CapEff|NoNewPrivs|Seccomp):' /proc/self/status >/status; ls /proc/self/fd >/fds
	EOF
	STRANGE=value expect 0 build -o out --build-arg GIVEN=arg .
	diff -u - out/env <<-EOF
		GIVEN=arg
		HOME=/root
		OWN=env
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
		PWD=/
		SHLVL=1
	EOF
	grep -q 'CapEff:.*a80425fb' out/status
	grep -q 'Seccomp:.*2' out/status
	[ "$(wc -l <out/fds)" = 4 ]
}

@test "a step sees no process of ours, nor of a step beside it" {
	context alone <<-'EOF'
		FROM busybox AS one
		RUN for i in $(seq 100); do cat /proc/[0-9]*/cmdline; done >/seen; : the first step
		FROM busybox AS other
		RUN for i in $(seq 100); do cat /proc/[0-9]*/cmdline; done >/seen; : the second step
		FROM busybox
		COPY --from=one /seen /one
		COPY --from=other /seen /other
		RUN ! grep -a '[c]oracle' /one /other && ! grep -a 'second' /one && grep -aq 'second' /other
	EOF
	expect 0 coracle image build --progress plain .
}

@test "a syntax line is no reason to ask anybody" {
	context syntax <<-EOF
		# syntax=frontend.evil.example/x:1
		FROM busybox
		RUN true
	EOF
	expect 0 build .
	run dns_log
	lacks evil.example
}

@test "secrets are in the step, and nowhere else afterwards" {
	context secrets <<-EOF
		FROM busybox
		RUN --mount=type=secret,id=file --mount=type=secret,id=env,env=TOKEN printf %s "\$(cat /run/secrets/file)-\$TOKEN" | sha256sum | grep ^152052edda370ad4eebb
		ADD --checksum=sha256:0000000000000000000000000000000000000000000000000000000000000000 http://user:s3cr3t-three@192.0.2.2:1/x /x
	EOF
	printf s3cr3t-one >secret
	export TOKEN=s3cr3t-two
	expect 1 build --secret id=file,src=secret --secret id=env,env=TOKEN -t secrets .
	sed -i '$d' Dockerfile
	expect 0 build --secret id=file,src=secret --secret id=env,env=TOKEN -t secrets .
	lacks_error s3cr3t
	rm -r secret
	run inside grep -rl 's3cr3t-[ot]' "$CORACLE_ROOT" "$CORACLE_RUN"
	is ''
}

@test "what is asked for and was not given is said before anything runs" {
	context missing <<-EOF
		FROM busybox
		RUN echo first
		RUN --mount=type=secret,id=none,required=true cat /run/secrets/none
	EOF
	expect 1 build .
	has_error 'Dockerfile:3'
	has_error 'secret none: not found'
	lacks_error '[2/3]'
	expect 1 build --secret id=none,src=/no/such/file .
	has_error '/no/such/file'
	sed -i 's/type=secret,id=none/type=ssh/' Dockerfile
	expect 1 build .
	has_error 'unset ssh forward key default'
	SSH_AUTH_SOCK='' expect 1 build --ssh default .
	has_error 'invalid empty ssh agent socket: make sure SSH_AUTH_SOCK is set'
}
