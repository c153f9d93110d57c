#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What a hostile Dockerfile, context, archive or stage tries. /mnt/canary is the host's: nobody may
# change it, and no byte of its files may come into an image or a message.

load build_helper

token=b7e1f0c2a9d84d6e
rounds=${SECURITY_ROUNDS:-8}

eval "build_$(declare -f file_setup)"

file_setup()
{
	build_file_setup
	inside sh -c "mkdir -p /mnt/canary/dir
		printf 'FROM busybox\nRUN echo $token\n' >/mnt/canary/Dockerfile
		echo $token >/mnt/canary/file; echo $token >/mnt/canary/dir/file
		echo web:x:4242:4242::/:/bin/sh >/mnt/canary/passwd"
	canary >"$WORLD/canary"
}

canary()
{
	inside sh -c 'cd /mnt/canary && find . -printf "%p %y %m %u %s %l %T@\n" | sort &&
		cat file dir/file passwd Dockerfile'
}

# built CODE NAME: builds what is here; the canary is as it was, and nowhere else.
built()
{
	expect "$1" coracle image build --progress plain -t "$2" .
	canary | diff "$WORLD/canary" - || fail "the canary on the host has changed"
	lacks "$token"
	lacks_error "$token"
	[ "$1" != 0 ] || assert_tree_lacks "$2"
}

# Neither in the layers nor in what is put out; that lies in tree/ then.
assert_tree_lacks()
{
	rm -rf "$BATS_TEST_TMPDIR/tree"
	coracle image save -o "$BATS_TEST_TMPDIR/image.tar" "$1"
	coracle image build -q -o "$BATS_TEST_TMPDIR/tree" .
	mkdir "$BATS_TEST_TMPDIR/layers"
	tar -C "$BATS_TEST_TMPDIR/layers" -xf "$BATS_TEST_TMPDIR/image.tar"
	for layer in "$BATS_TEST_TMPDIR"/layers/blobs/sha256/*; do
		! tar -xOf "$layer" 2>/dev/null | grep -qa "$token" || fail "the canary is in $1"
	done
	rm -r "$BATS_TEST_TMPDIR/layers"
	! inside grep -rqaD skip "$token" "$BATS_TEST_TMPDIR/tree" || fail "the canary is put out"
}

# in_tree COMMAND...: what it prints in tree/
in_tree()
{
	inside env -C "$BATS_TEST_TMPDIR/tree" "$@"
}

@test "links of the image lead COPY, ADD and WORKDIR to what is below its root" {
	context destinations <<-EOF
		FROM busybox
		RUN ln -s /mnt/canary /abs && ln -s ../../../../../mnt/canary /up && ln -s /abs /twice
		RUN ln -s /mnt/canary/file /file && ln -s /proc/1/root/mnt/canary /magic
		COPY x /abs/one
		COPY d /up/dir
		COPY x /file
		COPY --chown=7:7 --chmod=777 x /twice/a/b/
		ADD t.tar /abs/t/
		WORKDIR /abs/work
		COPY <<-INLINE /up/inline
			text
		INLINE
		COPY --link d /abs/linked/
		COPY x /magic/y
	EOF
	mkdir d
	echo mine >x
	echo mine >d/file
	tar -cf t.tar d
	built 0 destinations
	expect 0 in_tree find mnt -type f
	has mnt/canary/a/b/x
	has mnt/canary/file
	has mnt/canary/inline
	has mnt/canary/t/d/file
}

@test "an archive that ADD unpacks writes nowhere else" {
	context archives <<-EOF
		FROM busybox
		ADD links.tar /a/
		ADD absolute.tar /b/
	EOF
	python3 "$tests_dir/payload/hostile_tars.py" .
	built 0 archives
	expect 0 in_tree find a b -type f
	has a/mnt/canary/through
	has b/mnt/canary/absolute
	for name in dots hardlink nested; do
		printf 'FROM busybox\nADD %s.tar /a/\n' $name >Dockerfile
		built 1 refused
		has_error "$name.tar"
	done
}

@test "a stage's links lead COPY --from to what is in the stage" {
	context stages <<-EOF
		FROM busybox AS s
		RUN mkdir -p /mnt/canary /d && echo stage >/mnt/canary/file && ln -s / /root-link && \\
		 ln -s ../../../../../mnt/canary /d/up && ln -s /mnt/canary /abs
		FROM busybox
		COPY --from=s /abs/file /one
		COPY --from=s /d/up/file /two
		COPY --from=s /root-link/mnt/canary /three
		COPY --from=s /root-link/d /four
		COPY --from=s ../../../mnt/canary/file /five
	EOF
	built 0 stages
	expect 0 in_tree cat one two three/file five
	is $'stage\nstage\nstage\nstage'
	for path in /abs/dir/file /proc/self/root/mnt/canary/file /root-link/mnt/canary/passwd; do
		printf 'FROM busybox AS s\nRUN ln -s / /root-link; ln -s /mnt/canary /abs
			FROM busybox\nCOPY --from=s %s /x\n' "$path" >Dockerfile
		built 1 refused
		has_error "not found"
	done
}

@test "links of a context lead nowhere else; devices and FIFOs of it are not opened" {
	context contexts <<-EOF
		FROM busybox
		COPY . /all
		COPY fifo zero /special/
	EOF
	ln -s /mnt/canary/file abs
	ln -s ../../../../../../../mnt/canary up
	mkfifo fifo
	inside mknod "$PWD/zero" c 1 5
	built 0 contexts
	expect 0 in_tree ls -l all special
	matches 'abs -> /mnt/canary/file'
	matches 'prw.* fifo'
	for source in abs up/file up/dir ./up/../up/file; do
		printf 'FROM busybox\nCOPY %s /x\n' "$source" >Dockerfile
		built 1 refused
		has_error "not found"
	done
}

@test "Dockerfile and ignore file are of the context" {
	context dockerfile <<<''
	for target in /mnt/canary/Dockerfile ../../../../../../../mnt/canary/Dockerfile; do
		ln -sf "$target" Dockerfile
		built 1 refused
	done
	rm Dockerfile
	printf 'FROM busybox\nCOPY . /all\n' >Dockerfile
	ln -s /mnt/canary/file .dockerignore
	run --separate-stderr coracle image build --progress plain -t ignored .
	lacks_error "$token"
}

@test "an archive for a context leaves nothing outside, whole or cut" {
	python3 "$tests_dir/payload/hostile_tars.py" .
	for tar in context links absolute; do
		for bytes in 1000000 1500 700; do
			head -c "$bytes" "$tar.tar" >cut.tar
			run --separate-stderr coracle image build - <cut.tar
			lacks_error "$token"
			canary | diff "$WORLD/canary" - || fail "the canary on the host has changed"
		done
	done
}

@test "the files with an image's users are its own, and regular" {
	context users <<-EOF
		FROM busybox AS link
		RUN ln -sf /mnt/canary/passwd /etc/passwd
		COPY --chown=web x /x
	EOF
	echo mine >x
	built 1 users
	has_error web
	printf 'FROM busybox\nRUN rm -f /etc/passwd; mkfifo /etc/passwd\nCOPY --chown=web x /x\n' \
		>Dockerfile
	built 1 users
	has_error 'not a regular file'
}

@test "what a context became while it was built is not taken for what it was" {
	context changing <<-EOF
		FROM busybox
		RUN --network=host nc -l -p 4711 </dev/null
		COPY a /a
		RUN --mount=target=/context cat /context/a >/b
	EOF
	echo before >a
	coracle image build --progress plain --allow network.host . >log 2>&1 &
	eventually 30 grep -qF '[2/4] RUN' log
	echo after >a
	eventually 30 inside bash -c ': >/dev/tcp/127.0.0.1/4711' 2>/dev/null
	wait $!
	echo before >a
	expect 0 coracle image build -q --allow network.host -o "$BATS_TEST_TMPDIR/tree" .
	[ "$(cat "$BATS_TEST_TMPDIR/tree/a")" = before ]
	[ "$(cat "$BATS_TEST_TMPDIR/tree/b")" = before ]
}

@test "a context whose names change places while it is read leads nowhere else" {
	cc -std=gnu17 -D_GNU_SOURCE -O2 -static -o "$WORLD/probe" "$tests_dir/payload/probe.c"
	context racing <<-EOF
		FROM busybox
		COPY . /c
		COPY d/file /x
		RUN --mount=target=/m cat /m/d/file
	EOF
	mkdir d
	echo mine >d/file
	echo mine >f
	ln -s /mnt/canary/dir l
	ln -s /mnt/canary/file g
	inside "$WORLD/probe" swap "$PWD/d" "$PWD/l" 7000 3>&- 4>&- &
	inside "$WORLD/probe" swap "$PWD/f" "$PWD/g" 7000 3>&- 4>&- &
	for _ in $(seq $((2 * rounds))); do
		coracle image build --progress plain --no-cache -o tree . >>log 2>&1 || echo refused >>results
		! grep -rqs "$token" tree || fail "the canary is put out"
		rm -rf tree
	done
	inside pkill -f 'probe swap' || true
	run ! grep -qF "$token" log
	canary | diff "$WORLD/canary" - || fail "the canary on the host has changed"
}
