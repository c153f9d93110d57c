#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# docs/ci.md: its job files run the shop and its tests in containers as CI systems make them.

load ../cli/job_helper

export BATS_TEST_TIMEOUT=${STACK_TEST_TIMEOUT:-300} JOB_TIMEOUT=280

file_setup()
{
	local name
	job_image
	for name in nginx python-db postgres redis; do
		[ -e "$IMAGE_CACHE/$name/image.tar" ] || "$project_dir/rootfs-tools/make-image" "$name"
	done
}

# The block of docs/ci.md that begins with "# NAME".
shown()
{
	awk -v name="# $1" '/^```/ {on = 0; fence = !fence; first = fence; next}
		first {on = $0 == name; first = 0}
		on' "$project_dir/docs/ci.md"
}

# The words of a list: script_of FILE KEY.
gitlab_lines()
{
	awk -v key="  $1:" '$0 == key {on = 1; next} /^  [a-z]/ {on = 0}
		on && sub(/^    - /, "")' <<<"$(shown .gitlab-ci.yml)"
}

# The steps that run when nothing has failed.
github_lines()
{
	awk '/- if: failure/ {skip = 1} /- (run|uses|if: always)/ {skip = 0}
		!skip && sub(/^ +(- )?run: /, "")' <<<"$(shown .github/workflows/stack.yml)"
}

# What a runner does before: sources are there, and images, which no registry is asked for here.
prepare='for name in nginx python-db postgres redis; do
		coracle image load -q -i "$IMAGE_CACHE/$name/image.tar"
	done >/dev/null'
nothing_left='[ -z "$(coracle ps -aq; coracle volume ls -q; ip -o link | grep br-)" ]'

# In one shell, what comes after in another one, whatever happened.
gitlab_job()
{
	local script after
	script=$(gitlab_lines script)
	after=$(gitlab_lines after_script)
	[ "$(wc -l <<<"$script$after")" = 4 ] || fail "docs/ci.md has another script"
	job "$1" "$prepare; code=0
		bash -ec \"\$1\" || code=\$?
		bash -c \"\$2\"; $nothing_left; exit \$code" "$script" "$after"
}

# Each step is a command of its own.
github_job()
{
	local lines
	lines=$(github_lines)
	[ "$(wc -l <<<"$lines")" = 4 ] || fail "docs/ci.md has other steps"
	job "$1" "$prepare"'
		while read -r step; do bash -ec "$step" </dev/null; done <<<"$1"
		'"$nothing_left" "$lines"
}

shop_copy()
{
	cp -a "$project_dir/examples/shop/." .
}

tests_passed()
{
	[ "$(grep -cE '^ok {6}[a-z]' <<<"$output")" = 8 ] || fail "not all tests of the shop passed:" "$output" "$stderr"
	lacks FAILED
}

@test "a GitLab job, privileged and with a volume" {
	shop_copy
	expect 0 gitlab_job volume
	tests_passed
	lacks warning
	[[ "$stderr" != *warning* ]] || fail "$stderr"
	grep -q 'listening on 3000' logs.txt
}

@test "a GitHub job, privileged without a volume" {
	shop_copy
	expect 0 github_job privileged
	tests_passed
	[ "$(grep -c '^warning:' <<<"$stderr")" = 1 ] || fail "$stderr"
	has_error "'/var/lib/coracle' is on this container's own overlay"
}

@test "a GitLab job with SYS_ADMIN and NET_ADMIN and a read-only cgroup" {
	shop_copy
	expect 0 gitlab_job capabilities
	tests_passed
	[ "$(grep -c '^warning:' <<<"$stderr")" = 2 ] || fail "$stderr"
	has_error 'containers get no cgroups of their own'
}
