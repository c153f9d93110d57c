# SPDX-License-Identifier: Apache-2.0
# Other programs on the host change nftables while containers run.
load helper

two_networks()
{
	project two <<-'YAML'
	services:
	  asker: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, networks: [a]}
	  asked: {image: busybox, command: httpd -f -p 80, stop_signal: SIGKILL, networks: [b], ports: ["8080:80"]}
	networks: {a: , b: }
	YAML
	expect 0 coracle up -d
	address=$(coracle inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' two-asked-1)
}

# What there is, without the counters that nobody has.
rules()
{
	inside nft list ruleset
}

is_as_before()
{
	rules | cmp -s - "$BATS_TEST_TMPDIR/rules"
}

reaches()
{
	coracle exec -T asker sh -c "echo 'GET / HTTP/1.0' | nc -w 1 $address 80" | grep -q HTTP
}

is_published()
{
	neighbour curl -s -o /dev/null --max-time 2 http://192.0.2.1:8080/
}

# Who watches: the process that has the lock.
holder()
{
	inside sh -c 'awk -v i=":$(stat -c %i "$1/networks/.watch")$" "\$2 == \"FLOCK\" && \$6 ~ i {print \$5}" /proc/locks' sh "$CORACLE_RUN"
}

has_holder()
{
	[ "$(holder)" ]
}

has_another_holder()
{
	[ "$(holder)" ] && [ "$(holder)" != "$1" ]
}

table()
{
	rules | sed -n 's/^table inet \(coracle[^ ]*\) .*/\1/p'
}

# Everything that the container's monitor has to say.
said()
{
	inside sh -c 'cat "$1"/containers/*/monitor.log' sh "$CORACLE_RUN"
}

@test "isolation and ports come back at once when somebody flushes the ruleset" {
	two_networks
	rules >"$BATS_TEST_TMPDIR/rules"
	run -1 reaches
	for how in "flush ruleset" "delete table inet $(table)"; do
		# shellcheck disable=SC2086 # words
		inside nft $how
		eventually 10 is_as_before
		run -1 reaches
		eventually 10 is_published
	done
	expect 0 said
	has "is restored: it was removed by another program"
	expect 0 coracle system events --since 1h --until 0s --filter event=restore
	has "network restore $(table) (name=$(table), reason=it was removed, type=nftables)"
	expect 0 coracle system check
}

@test "also single rules, elements and flags of ours come back, and what is added goes" {
	two_networks
	rules >"$BATS_TEST_TMPDIR/rules"
	expect 0 inside nft -a list chain inet "$(table)" filter_forward
	handle=$(sed -n 's/.* drop # handle //p' <<<"$output" | head -n 1)
	expect 0 inside nft list set inet "$(table)" bridges
	bridge=$(grep -o '"br-[^"]*"' <<<"$output" | head -n 1)
	for how in "delete rule inet $(table) filter_forward handle $handle" \
		"flush chain inet $(table) publish" \
		"delete element inet $(table) bridges { $bridge }" \
		"add element inet $(table) internal { $bridge }" \
		"insert rule inet $(table) filter_forward accept" \
		"add table inet $(table) { flags dormant; }" \
		"add chain inet $(table) filter_forward { policy drop; }"; do
		# shellcheck disable=SC2086 # words
		inside nft $how
		is_as_before || eventually 10 is_as_before
	done
}

@test "the change may stand at the end of a large transaction" {
	two_networks
	rules >"$BATS_TEST_TMPDIR/rules"
	{
		echo "add table inet other"
		echo "add chain inet other c"
		for i in $(seq 60); do echo "add rule inet other c tcp dport $i accept"; done
		echo "delete table inet $(table)"
		echo "delete table inet other"
	} >"$BATS_TEST_TMPDIR/file"
	# The first may be found by the look with which the watch begins.
	for _ in 1 2; do
		inside nft -f - <"$BATS_TEST_TMPDIR/file"
		eventually 10 is_as_before
	done
}

@test "who watches hands it on when it ends, and is replaced when it is killed" {
	two_networks
	rules >"$BATS_TEST_TMPDIR/rules"
	eventually 10 has_holder
	first=$(holder)
	service=$(inside cat "/proc/$first/comm")
	inside kill -9 "$first"
	eventually 10 has_another_holder "$first"
	inside nft flush ruleset
	eventually 10 is_as_before
	for service in asker asked; do
		first=$(holder)
		expect 0 coracle stop "$service"
		expect 0 coracle start "$service"
		eventually 10 has_holder
		rules >"$BATS_TEST_TMPDIR/rules"
		inside nft flush ruleset
		eventually 10 is_as_before
	done
	expect 0 coracle stop asker
	expect 0 coracle stop asked
	[ -z "$(holder)" ]
	inside nft flush ruleset
	expect 1 coracle system check
	has "firewall nftables table of the networks: it was removed: 'coracle system check --repair' restores it"
	expect 0 coracle system check --repair
	expect 0 coracle system check
	[ -n "$(table)" ]
}

@test "a hundred flushes in a row, and one while the project goes down" {
	two_networks
	rules >"$BATS_TEST_TMPDIR/rules"
	inside sh -c 'for i in $(seq 100); do nft flush ruleset; done'
	eventually 10 is_as_before
	eventually 10 is_published
	inside sh -c 'sleep 0.1; for i in $(seq 30); do nft flush ruleset; done' &
	flushes=$!
	expect 0 coracle down
	wait "$flushes"
}

woken()
{
	inside awk '/^voluntary_ctxt/ {print $2}' "/proc/$(holder)/status"
}

# Not at first, when it has just begun and gives memory back.
sleeps_through()
{
	local before
	before=$(woken)
	coracle network create more
	inside nft -f - <<-'NFT'
	add table inet other
	add chain inet other c
	add rule inet other c accept
	delete table inet other
	NFT
	coracle network rm more
	[ "$(woken)" = "$before" ]
}

@test "nobody is woken by our own changes, nor by those of other tables" {
	two_networks
	eventually 10 has_holder
	eventually 30 sleeps_through
}

@test "a damaged line among the published ports is found by system check, and a start mends it" {
	project lines <<-'YAML'
	services:
	  a: {image: busybox, command: httpd -f, init: true, ports: ["127.0.0.1:8099:80"]}
	  b: {image: busybox, command: httpd -f, init: true, ports: ["127.0.0.1:8098:80"]}
	YAML
	expect 0 coracle up -d
	expect 0 coracle system check
	# Whose monitor hears that it listens writes the file once more.
	damage_is_found()
	{
		inside sed -i '/8099/s/127/999/' "$CORACLE_RUN/networks/.ports"
		! coracle system check --repair >said
	}
	eventually 10 damage_is_found
	output=$(cat said)
	matches 'ports line [12] of networks/.ports: damaged: what it published is not reachable: stop and start the container'
	has '1 left'
	expect 0 coracle stop -t 1 a
	expect 0 coracle start a
	expect 0 coracle system check
	has 'all is well'
	eventually 5 inside nc -z 127.0.0.1 8099
}
