# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2317
#
# Debian's kernel, older than what developers run: containers live, are adopted and go, names and
# ports work without what newer kernels offer.

monitor_of()
{
	jq -r .monitor_pid "/run/coracle/containers/$(inspect_of "$1" '{{.Id}}')/state.json"
}

# Counts up without a gap.
consecutive()
{
	sed -n 's/^tick //p' | awk 'NR > 1 && $1 != last + 1 {print "from " last " to " $1; bad = 1}
		{last = $1} END {exit bad || NR == 0}'
}

test_a_killed_monitor_is_replaced_and_nothing_is_lost()
{
	project a_killed_monitor_is_replaced_and_nothing_is_lost <<-'YAML'
	name: watched
	services:
	  a:
	    image: busybox
	    command: ["sh", "-c", "i=0; while :; do echo tick $$i; i=$$((i + 1)); sleep 0.1; done"]
	    stop_signal: SIGKILL
	    restart: always
	YAML
	coracle up -d
	local before
	before=$(monitor_of watched-a-1)
	kill -9 "$before"
	sleep 1
	coracle ps
	equal "$(inspect_of watched-a-1 '{{.State.Status}}')" running
	[ "$(monitor_of watched-a-1)" != "$before" ] && kill -0 "$(monitor_of watched-a-1)"
	ticked() { coracle logs --no-log-prefix a | grep -q '^tick 20$'; }
	eventually 30 ticked
	coracle logs --no-log-prefix a | consecutive
	equal "$(coracle exec -T a echo from inside)" 'from inside'
	# The new monitor applies the restart policy.
	kill -9 "$(inspect_of watched-a-1 '{{.State.Pid}}')"
	restarted() { equal "$(inspect_of watched-a-1 '{{.RestartCount}} {{.State.Status}}')" '1 running'; }
	eventually 30 restarted
	# And stop and start go through another one.
	kill -9 "$(monitor_of watched-a-1)"
	coracle stop
	equal "$(inspect_of watched-a-1 '{{.State.Status}}')" exited
	coracle start
	equal "$(inspect_of watched-a-1 '{{.State.Status}}')" running
}

test_names_ports_and_health_work()
{
	project names_ports_and_health_work <<-'YAML'
	name: served
	services:
	  web:
	    image: busybox
	    command: ["sh", "-c", "echo page >/tmp/index.html; exec httpd -f -p 80 -h /tmp"]
	    stop_signal: SIGKILL
	    ports: ["8080:80"]
	    healthcheck: {test: "wget -q -O /dev/null http://127.0.0.1/", interval: 500ms}
	  client:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    depends_on: {web: {condition: service_healthy}}
	YAML
	coracle up -d --wait
	equal "$(coracle exec -T client wget -q -O - http://web/)" page
	equal "$(curl -fsS -m 5 http://127.0.0.1:8080/)" page
	equal "$(curl -fsS -m 5 http://192.0.2.1:8080/)" page
}

test_the_exit_status_and_a_failing_command_are_reported()
{
	project the_exit_status_and_a_failing_command_are_reported <<-'YAML'
	name: codes
	services:
	  a: {image: busybox}
	YAML
	local code=0
	coracle run --rm -T a sh -c 'exit 42' || code=$?
	equal "$code" 42
	code=0
	coracle run --rm -T a /no/such/file || code=$?
	equal "$code" 127
}

test_down_leaves_nothing()
{
	project down_leaves_nothing <<-'YAML'
	name: gone
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, scale: 3, ports: ["80"]}
	  b: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, volumes: ["/data"], secrets: [s]}
	secrets:
	  s: {file: compose.yaml}
	YAML
	look() { find /sys/fs/cgroup -type d; ip -o link | cut -d : -f 2; awk '{print $5}' /proc/self/mountinfo; }
	local before
	before=$(look | sort)
	coracle up -d
	[ "$(look | sort)" != "$before" ]
	coracle down -v
	equal "$(look | sort)" "$before"
	equal "$(nft list ruleset)" ''
	equal "$(find /run/coracle ! -type d ! -path '*/events/journal*')" ''
	fails pgrep -f '^coracle-monitor'
}
