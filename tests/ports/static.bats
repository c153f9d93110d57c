#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# out/static (make static), copied into a root that has nothing but busybox, and a nsswitch.conf that
# names modules of another libc.

load ../cli/helper
load ../cli/pull_helper
load ../cli/registry_helper

CORACLE=$project_dir/out/static/coracle
unset SSL_CERT_FILE SSL_CERT_DIR
ROOT=/mnt/bare

# As out of a bare root, once there is one.
coracle()
{
	[ -n "${BARE:-}" ] || { inside "$CORACLE" "$@" && return; }
	# shellcheck disable=SC2016 # expanded inside
	inside chroot "$ROOT" /bin/busybox timeout 60 /bin/busybox sh -c 'cd "$1" && shift && exec "$@"' sh "$PWD" \
		/opt/coracle/coracle "$@"
}

eval "world_$(declare -f setup_file)"

setup_file()
{
	"$project_dir/rootfs-tools/static-libraries" >"$BATS_FILE_TMPDIR/libraries" 2>&1 ||
		skip "$(tail -n 1 "$BATS_FILE_TMPDIR/libraries")"
	make -s -C "$project_dir" -j "$(nproc)" static VARIANT=release >"$BATS_FILE_TMPDIR/make" 2>&1 ||
		fail "make static:" "$(tail -n 20 "$BATS_FILE_TMPDIR/make")"
	world_setup_file
}

file_setup()
{
	cp -r "$project_dir/out/static" "$BATS_FILE_TMPDIR/copied"
	# shellcheck disable=SC2016 # expanded inside
	inside sh -e -c '
		root=$1
		mkdir -p "$root"
		mount -t tmpfs bare "$root"
		cd "$root"
		mkdir -p bin proc sys dev etc opt tmp mnt/root mnt/run ".$2"
		cp "$(command -v busybox)" bin/busybox
		cp -r "$3" opt/coracle
		for d in proc sys dev mnt/root mnt/run ".$2"; do mount --rbind "/$d" "$d"; done
		cp /mnt/resolv.conf etc/
		echo "127.0.0.1 localhost" >etc/hosts
		printf "%s: sss mymachines resolve [!UNAVAIL=return] systemd\n" hosts passwd group >etc/nsswitch.conf
	' sh "$ROOT" "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR/copied"
	export BARE=1
}

@test "there is nothing in the root but busybox, and no shared library is asked for" {
	[ "$(inside find "$ROOT/bin" "$ROOT/lib" "$ROOT/usr" ! -type d 2>/dev/null)" = "$ROOT/bin/busybox" ]
	for program in coracle libexec/coracle/{monitor,transport,api,listener,init,keeper,responder}; do
		run readelf -l "$project_dir/out/static/$program"
		lacks INTERP
	done
	expect 0 coracle version
	has 0.
}

@test "a project with a port, a health check, names and a log" {
	project bare <<-'YAML'
	services:
	  web:
	    image: busybox
	    command: sh -c 'echo page >/tmp/index.html; echo begun; exec httpd -f -p 80 -h /tmp'
	    stop_signal: SIGKILL
	    init: true
	    ports: ["8080:80"]
	    healthcheck: {test: wget -q -O /dev/null http://127.0.0.1/, interval: 200ms}
	  client: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, depends_on: {web: {condition: service_healthy}}}
	YAML
	expect 0 coracle up -d
	expect 0 coracle exec -T client wget -q -O - http://web/
	is page
	expect 0 inside curl -fsS -m 5 http://127.0.0.1:8080/
	is page
	logged 1 begun web
	expect 0 coracle ps --services --status running
	has web
	has client
	expect 0 coracle down
}

@test "an image is pulled from a registry by its name, over TLS, with what Fedora's place trusts" {
	make_certificate ca name.example DNS:name.example
	cat >registry.yml <<-YAML
	version: 0.1
	log: {level: error}
	storage: {filesystem: {rootdirectory: $PWD/data}}
	http: {addr: "198.51.100.1:5000", tls: {certificate: $PWD/name.example.pem, key: $PWD/name.example-key.pem}}
	YAML
	neighbour sh -c 'docker-registry serve registry.yml >registry.log 2>&1 & echo $! >registry.pid'
	eventually 20 inside curl -sk https://198.51.100.1:5000/v2/
	inside skopeo copy -q --dest-tls-verify=false "oci-archive:$IMAGE_CACHE/busybox/image.tar" \
		docker://198.51.100.1:5000/lib/pulled:1
	expect 1 coracle image pull -q name.example:5000/lib/pulled:1
	has_error certificate
	inside install -D -m 644 ca.pem "$ROOT/etc/pki/tls/certs/ca-bundle.crt"
	expect 0 coracle image pull -q name.example:5000/lib/pulled:1
	[[ "$(dns_log)" == *"asked name.example"* ]]
	expect 0 coracle container run --rm name.example:5000/lib/pulled:1 echo pulled
	is pulled
	expect 0 coracle image rm name.example:5000/lib/pulled:1
	inside kill -9 "$(cat registry.pid)"
}

@test "an image is pulled from a registry on loopback, and pushed to it" {
	real_registry local
	inside skopeo copy -q --dest-tls-verify=false "oci-archive:$IMAGE_CACHE/busybox/image.tar" \
		"docker://$local/lib/near:1"
	expect 0 coracle image pull -q "$local/lib/near:1"
	expect 0 coracle image tag "$local/lib/near:1" "$local/lib/near:2"
	expect 0 coracle image push -q "$local/lib/near:2"
	expect 0 coracle image rm "$local/lib/near:1" "$local/lib/near:2"
	inside sh -c 'kill -9 $(pidof docker-registry)'
}
