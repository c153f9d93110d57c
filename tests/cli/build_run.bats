#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# RUN: what a step sees, what it may do, what it cannot leave behind, and that it ends.

load build_helper

# The files of an image that is built of the Dockerfile here lie in tree/.
build_tree()
{
	rm -rf tree
	expect 0 coracle image build --progress plain -o tree "$@" .
}

@test "a step has the environment that it was given, and nothing of whoever builds" {
	context environment <<-'EOF'
		FROM busybox
		ENV A="b c"
		ARG GIVEN=arg
		RUN env | sort >/env; hostname >>/env; echo $$ $PPID >>/env; umask >>/env; ls /proc/self/fd | wc -l >>/env
		USER 1234:5678
		RUN echo $HOME; test "$(id)" = "uid=1234 gid=5678 groups=5678"; echo >/dev/stdout
	EOF
	export LEAKED=secret HTTP_PASSWORD=secret
	(umask 077 && exec 7</etc/passwd && build_tree)
	diff - tree/env <<-'EOF'
		A=b c
		GIVEN=arg
		HOME=/root
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
		PWD=/
		SHLVL=1
		buildkitsandbox
		1 0
		0022
		4
	EOF
}

@test "a step is confined as a container is" {
	context confined <<-'EOF'
		FROM busybox
		RUN grep -E '^(Cap(Inh|Prm|Eff|Bnd|Amb)|Seccomp|NoNewPrivs):' /proc/self/status >/status; \
			echo 1 2>/dev/null >/proc/sys/kernel/ctrl-alt-del || echo ro >>/status; \
			cat /proc/self/oom_score_adj >>/status; grep ^0:: /proc/self/cgroup >>/status; \
			cat /proc/keys | wc -c >>/status; \
			mkdir /sys/fs/cgroup/x 2>/dev/null || echo ro >>/status
	EOF
	build_tree
	diff - tree/status <<-'EOF'
		CapInh:	0000000000000000
		CapPrm:	00000000a80425fb
		CapEff:	00000000a80425fb
		CapBnd:	00000000a80425fb
		CapAmb:	0000000000000000
		NoNewPrivs:	0
		Seccomp:	2
		ro
		0
		0::/
		0
		ro
	EOF
}

@test "more rights are refused unless they are allowed, before anything runs" {
	while IFS='|' read -r flag text; do
		context rights <<<"FROM busybox
			RUN echo step-has-run
			RUN $flag true"
		expect 1 coracle image build --progress plain .
		has_error "$text"
		run -1 grep -E '^#[0-9]+ [0-9.]+ step-has-run' <<<"$stderr"
	done <<-'EOF'
		--security=insecure|security.insecure is not allowed
		--network=host|network.host is not allowed
		--security=bogus|bogus
		--network=bogus|bogus
		--network=container:x|container:x
	EOF
	context insecure <<-'EOF'
		FROM busybox
		RUN --security=insecure grep -E '^(CapEff|Seccomp):' /proc/self/status >/status
		RUN --network=host test -e /sys/class/net/uplink
	EOF
	build_tree --allow security.insecure --allow network.host
	inside grep CapEff: /proc/self/status | grep -qxFf - tree/status
	grep -qx 'Seccomp:	0' tree/status
}

@test "a step's networks: names and ways out, only itself, a network by name, added hosts" {
	context networks <<-'EOF'
		FROM busybox
		RUN nslookup name.example | grep -A1 name.example | grep -o '198.51.100.[0-9]*' >/n; \
			ping -c 1 -W 5 198.51.100.1 >/dev/null && echo out >>/n; grep extra /etc/hosts >>/n; \
			grep gate /etc/hosts | grep -vc host-gateway >>/n
		RUN --network=none ls /sys/class/net >>/n; ping -c 1 -W 1 198.51.100.1 || echo alone >>/n
	EOF
	build_tree --add-host extra:192.0.2.77 --add-host gate:host-gateway
	diff - tree/n <<-'EOF'
		198.51.100.1
		out
		192.0.2.77	extra
		1
		lo
		alone
	EOF
	coracle network create --subnet 10.99.0.0/24 named
	context named <<-'EOF'
		FROM busybox
		RUN ip -o -4 address show eth0 | grep -o '10[.]99[.]0[.]' >/n
	EOF
	build_tree --network named
	grep -qx '10[.]99[.]0[.]' tree/n
	expect 1 coracle image build --no-cache --network absent .
	has_error "absent"
	coracle network rm named
}

@test "a step is no container: no list shows it, its network is in use while it runs" {
	coracle network create busy
	context hidden <<-'EOF'
		FROM busybox
		RUN echo begun; sleep 1000
	EOF
	inside sh -c 'echo $$ >pid; exec "$0" image build --network busy --progress plain .' "$CORACLE" >log 2>&1 &
	eventually 20 grep -q ' begun$' log
	expect 0 coracle container ls -aq
	is ''
	expect 0 coracle network inspect --format '{{json .Containers}}' busy
	is '{}'
	expect 1 coracle network rm busy
	has_error "in use"
	expect 0 coracle system check
	inside kill -KILL "$(cat pid)"
	wait $! || true
	eventually 10 coracle network rm busy
}

@test "a mount point that was made for a step goes, whatever the step puts in its place" {
	inside mkdir -p /mnt/canary/b
	context stubs <<-'EOF'
		FROM busybox
		RUN --mount=type=tmpfs,target=/a/b mkdir -p /mnt/canary/b; mv /a /moved; ln -s /mnt/canary /a
		RUN --mount=type=tmpfs,target=/up/../../../mnt/canary/b/c --mount=type=cache,target=/x/y/z true
		RUN --mount=target=/f/g,source=Dockerfile touch /f/mine; ln -s /mnt/canary /link
		RUN --mount=type=tmpfs,target=/link/b/d test -d /mnt/canary/b/d
	EOF
	build_tree
	inside test -d /mnt/canary/b
	expect 0 find tree/a tree/moved tree/f tree/link tree/mnt -printf '%P %y\n'
	diff - <(LC_ALL=C sort <<<"$output") <<-'EOF'
		 d
		 d
		 d
		 l
		 l
		canary d
		canary/b d
		mine f
	EOF
	expect 1 test -e tree/x
	inside rm -r /mnt/canary
}

@test "mounts take nothing from outside of what they are of" {
	inside sh -c 'mkdir /mnt/canary; echo outside >/mnt/canary/file'
	context outside <<<''
	ln -s /mnt/canary/file absolute
	ln -s ../../../../../../mnt/canary up
	while read -r mount; do
		printf 'FROM busybox AS s\nRUN ln -s /mnt/canary /link\nFROM busybox\nRUN --mount=%s cat /m /m/file\n' \
			"$mount" >Dockerfile
		expect 1 coracle image build --progress plain .
		lacks_error outside$'\n'
	done <<-'EOF'
		source=absolute,target=/m
		source=up,target=/m
		source=up/file,target=/m
		source=../../../../../../mnt/canary,target=/m
		from=s,source=link,target=/m
		from=s,source=link/file,target=/m
		type=cache,id=../../../../../../mnt/canary,target=/m
		type=cache,id=/mnt/canary,from=s,source=link,target=/m
	EOF
	printf 'FROM busybox\nRUN --mount=target=/m,rw echo changed >/m/Dockerfile\n' >Dockerfile
	expect 0 coracle image build .
	grep -q FROM Dockerfile
	inside rm -r /mnt/canary
}

# One step swaps what is in a cache for a link, over and over, while others mount it.
@test "a cache that a neighbour changes meanwhile leads nowhere" {
	inside sh -c 'mkdir /mnt/canary; echo outside >/mnt/canary/file'
	context swapper <<-'EOF'
		FROM busybox
		RUN --mount=type=cache,id=k,target=/k mkdir -p /k/sub; cd /k; echo begun; while true; do \
			mv sub old; ln -s /mnt/canary sub; rm sub; mv old sub; done
	EOF
	inside sh -c 'echo $$ >pid; exec "$0" image build --progress plain .' "$CORACLE" >log 2>&1 &
	swapper=$!
	eventually 20 grep -q ' begun$' log
	swapper_pid=$(cat pid)
	context user <<-'EOF'
		FROM busybox
		ARG N
		RUN --mount=type=cache,id=k,target=/k --mount=type=tmpfs,target=/k/sub/t \
			! cat /k/sub/file /k/sub/t/file 2>/dev/null
	EOF
	for n in 1 2 3 4 5 6; do
		coracle image build -q --build-arg N=$n . >/dev/null 2>&1 || true
	done
	inside kill -INT "$swapper_pid"
	wait "$swapper" || true
	expect 0 inside find /mnt/canary
	is $'/mnt/canary\n/mnt/canary/file'
	inside rm -r /mnt/canary
}

@test "a fork bomb ends with its step, and with its build" {
	context bomb <<-'EOF'
		FROM busybox
		RUN b() { b | b & }; b & true
	EOF
	CORACLE_TIMEOUT=20 expect 0 coracle image build .
	context bombs <<-'EOF'
		FROM busybox
		RUN b() { b | b & }; b & exec sleep 1000
	EOF
	inside sh -c 'echo $$ >pid; exec "$0" image build --progress plain .' "$CORACLE" >log 2>&1 &
	eventually 60 grep -q "can't fork" log
	inside kill -KILL "$(cat pid)"
	wait $! || true
	eventually 20 inside sh -c '! grep -lzE "b [|] b|^1000$" /proc/[0-9]*/cmdline 2>/dev/null' # not its own
	expect 0 coracle container ls # gives back what the killed build had of the network
}

@test "a build that is killed at any moment leaves nothing running or mounted, and the next one works" {
	coracle network create kept
	for moment in 0.02 0.05 0.08 0.11 0.14 0.17 0.2 0.25 0.3 0.4; do
		context killed <<-EOF
			FROM busybox
			RUN --mount=type=cache,target=/c --mount=type=tmpfs,target=/t --mount=target=/b,rw \\
				echo $moment >/c/x; for i in 1 2 3; do sh -c 'sleep 1000' & done; sleep 0.1; true
			RUN trap '' TERM HUP INT; sleep 2000
		EOF
		inside sh -c 'echo $$ >pid; exec timeout -s KILL "$1" "$0" image build --network kept -q .' \
			"$CORACLE" "$moment" >/dev/null 2>&1 || true
		eventually 10 inside sh -c '! grep -lzE "^(1000|2000)$" /proc/[0-9]*/cmdline 2>/dev/null'
		run -1 inside grep ' /mnt/.* overlay ' /proc/self/mountinfo
	done
	coracle network rm kept
	context after <<<$'FROM busybox\nRUN --mount=type=cache,target=/c true'
	expect 0 coracle image build .
	expect 0 coracle system check
}

@test "an agent is reached by the step's user, and only through the step's own socket" {
	context agent <<-'EOF'
		FROM busybox
		USER 1000
		RUN --mount=type=ssh,uid=1000,mode=0600 stat -c '%u %a %F' "$SSH_AUTH_SOCK" >/tmp/s
		RUN test ! -e /run/buildkit
	EOF
	inside python3 -c 'import socket; s = socket.socket(socket.AF_UNIX); s.bind("/mnt/agent"); s.listen(); s.accept()' &
	agent=$!
	eventually 5 inside test -S /mnt/agent
	build_tree --ssh default=/mnt/agent
	grep -qx '1000 600 socket' tree/tmp/s
	inside python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect("/mnt/agent")'
	wait $agent
	inside rm /mnt/agent
}
