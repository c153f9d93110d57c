# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2317
#
# Steps of builds on Debian's kernel, which takes no part of what is not mounted, and with controllers
# for their limits.

dockerfile()
{
	mkdir -p "/tmp/$1" && cd "/tmp/$1" && cat >Dockerfile
}

test_every_kind_of_mount_is_there()
{
	dockerfile every_kind_of_mount_is_there <<-'EOF'
	FROM busybox AS from
	RUN mkdir -p /d/sub && echo layers >/d/sub/file
	FROM busybox
	RUN --mount=source=file,target=/m/context \
	    --mount=from=from,source=d/sub,target=/m/layers \
	    --mount=from=from,source=d/sub/file,target=/m/one,rw \
	    --mount=type=cache,from=from,source=d,target=/m/cache \
	    --mount=type=tmpfs,size=1m,target=/m/tmpfs \
	    --mount=type=secret,id=s,target=/m/secret <<SCRIPT
	echo changed >/m/one
	cat /m/context /m/layers/file /m/one /m/cache/sub/file /m/secret >/all
	grep -c ' /m/tmpfs tmpfs ' /proc/self/mounts >>/all
	SCRIPT
	RUN test ! -e /m && grep -q localhost /etc/hosts
	EOF
	echo context >file
	echo hush >secret
	coracle image build --secret id=s,src=secret -o tree .
	equal "$(tr '\n' ' ' <tree/all)" 'context layers changed layers hush 1 '
	[ ! -e tree/m ]
}

test_limits_hold()
{
	dockerfile limits_hold <<-'EOF'
	FROM busybox
	RUN sleep 1000
	EOF
	"$CORACLE" image build -m 32m . &
	max() { cat /sys/fs/cgroup/coracle/*/"$1"; }
	limited() { [ "$(max pids.max)" -lt 32769 ] && equal "$(max memory.max)" $((32 << 20)); }
	eventually 120 limited
	kill -9 $!
	ended() { ! pidof sleep; }
	eventually 20 ended
}

test_want_of_memory_is_said()
{
	dockerfile want_of_memory_is_said <<-'EOF'
	FROM busybox
	RUN exec tail /dev/zero
	EOF
	fails coracle image build -m 8m . 2>log
	grep -q 'exit code: 137: the kernel ended it: out of memory' log || { cat log && return 1; }
}

test_a_killed_build_leaves_nothing()
{
	dockerfile a_killed_build_leaves_nothing <<-'EOF'
	FROM busybox
	RUN --mount=type=tmpfs,target=/t echo begun; sleep 1000
	EOF
	"$CORACLE" image build --progress plain . >log 2>&1 &
	eventually 60 grep -q ' begun$' log
	kill -9 $!
	ended() { ! pidof sleep; }
	eventually 20 ended
	removed() { coracle network prune -f && ! ip -o link | grep -q ' br-'; }
	eventually 20 removed
	equal "$(find /run/coracle/sandboxes -type f)" ''
	[ ! -d /sys/fs/cgroup/coracle ]
}
