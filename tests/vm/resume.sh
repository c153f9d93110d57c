# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2317
# boots: 2
#
# The power fails under a stack of five services, one of which was stopped by hand: `resume` brings the
# others back, in the order of their dependencies.

if [ "$BOOT" = 1 ]; then

test_five_services_run_when_the_power_fails()
{
	mkdir /var/lib/stack
	cd /var/lib/stack || return
	echo 'in a file' >secret.txt
	cat >compose.yaml <<-'YAML'
	services:
	  db:
	    image: busybox
	    command: sh -c "sleep 2; touch /tmp/ready; exec sleep 3600"
	    init: true
	    restart: always
	    secrets: [token]
	    healthcheck: {test: test -e /tmp/ready, interval: 500ms, retries: 60}
	  api: {image: busybox, command: sleep 3600, init: true, restart: unless-stopped, depends_on: {db: {condition: service_healthy}}}
	  web: {image: busybox, command: sleep 3600, init: true, restart: unless-stopped, depends_on: [api]}
	  byhand: {image: busybox, command: sleep 3600, init: true, restart: unless-stopped}
	  job: {image: busybox, command: "true"}
	secrets: {token: {file: secret.txt}}
	YAML
	coracle up -d
	coracle stop -t 1 byhand
	coracle container run -d --name single --restart always busybox sleep 3600
	coracle container run -d --name never busybox sleep 3600
	equal "$(coracle ps --services --status running | sort | xargs)" 'api db web'
	sync
}

else

test_resume_starts_what_ran_in_its_order()
{
	cd /var/lib/stack || return
	equal "$(coracle ps -a --format '{{.Service}} {{.State}}' | sort | xargs)" \
		'api exited byhand exited db exited job exited web exited'
	coracle resume
	equal "$(coracle ps --services --status running | sort | xargs)" 'api db web'
	equal "$(coracle ps db --format '{{.Health}}')" healthy
	equal "$(coracle exec -T db cat /run/secrets/token)" 'in a file'
	started() { inspect_of "stack-$1-1" '{{.State.StartedAt}}'; }
	[[ "$(started db)" < "$(started api)" && "$(started api)" < "$(started web)" ]]
	equal "$(inspect_of single '{{.State.Status}}')" running
	equal "$(inspect_of never '{{.State.Status}} {{.State.ExitCode}}')" 'exited 255'
	# Again: there is nothing to do.
	equal "$(coracle resume 2>&1)" ''
	coracle down -t 1
	coracle container rm -f single never
	coracle system check
}

fi
