# SPDX-License-Identifier: Apache-2.0
# Docker's daemon on the same host drops what is forwarded, but what its chain for neighbours accepts.
load helper

file_setup()
{
	export ENGINE=$BATS_FILE_TMPDIR/docker
	mkdir "$ENGINE"
}

setup()
{
	command -v dockerd >/dev/null && command -v containerd >/dev/null || skip "there is no dockerd on this machine"
	[ "$(iptables --version | grep -c nf_tables)" = 1 ] || skip "iptables is not the one over nf_tables"
}

# In the world: its own files, no bridge to the outside but docker0. A chain is what it needs of us.
docker_start()
{
	inside dockerd --data-root "$WORLD_DIR/docker" --exec-root "$WORLD_DIR/docker-run" --pidfile "$WORLD_DIR/docker.pid" \
		-H "unix://$WORLD_DIR/docker.sock" --storage-driver vfs --bip 10.99.0.1/24 >"$ENGINE/log" 2>&1 3>&- 4>&- &
	eventually 60 is_docker_up || skip "dockerd does not run here: $(tail -n 3 "$ENGINE/log")"
	# As it does itself where it is the first that wants packets forwarded.
	inside iptables -P FORWARD DROP
}

is_docker_up()
{
	inside docker -H "unix://$WORLD_DIR/docker.sock" version >/dev/null 2>&1
}

docker_stop()
{
	inside sh -c 'kill "$(cat "$1")"' sh "$WORLD_DIR/docker.pid"
	eventually 60 has_docker_gone
}

has_docker_gone()
{
	inside sh -c '! [ -e "$1" ] && ! pgrep -x dockerd && ! pgrep -x containerd' sh "$WORLD_DIR/docker.pid" >/dev/null
}

# What it leaves on the host when it ends.
docker_forget()
{
	inside sh -c 'ip link delete docker0; nft delete table ip filter; nft delete table ip nat; nft delete table ip6 filter
		nft delete table ip6 nat; rm -rf "$1"/docker*' sh "$WORLD_DIR" 2>/dev/null || true
}

reachable()
{
	neighbour curl -s -o /dev/null --max-time 3 http://192.0.2.1:8080/ &&
		coracle exec -T web ping -c 1 -W 3 198.51.100.1 >/dev/null
}

ours_in_chain()
{
	inside iptables -S DOCKER-USER | grep -c -- ' br-'
}

@test "ports and the way out work beside Docker, whoever comes first, and after it has started again" {
	project neighbours <<-'YAML'
	services: {web: {image: busybox, command: httpd -f -p 80, stop_signal: SIGKILL, ports: ["8080:80"]}}
	YAML
	docker_start
	expect 0 coracle up -d
	[[ $stderr != *"drops forwarded"* ]]
	eventually 20 reachable
	docker_stop
	docker_start
	eventually 20 reachable
	# Its own containers are not ours to reach.
	expect 0 inside iptables -S DOCKER-USER
	has "-o docker+ -j RETURN"
	matches '-A DOCKER-USER -j RETURN$'
	expect 0 coracle down
	[ "$(ours_in_chain)" = 0 ]

	docker_stop
	docker_forget
	expect 0 coracle up -d
	eventually 20 reachable
	docker_start
	eventually 20 reachable
	inside iptables -F DOCKER-USER
	eventually 20 reachable
	expect 0 coracle down
	[ "$(ours_in_chain)" = 0 ]
	docker_stop
	docker_forget
}
