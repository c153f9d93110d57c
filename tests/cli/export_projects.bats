#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# export kubernetes: the project as files of other engines; beside `export SERVICE`, which stays what it
# was.

load helper

export NO_DOWN=yes

shop_project()
{
	project shop <<-'YAML'
	services:
	  web:
	    image: nginx
	    ports: ["8080:80"]
	    depends_on: [db]
	    cpuset: "0"
	  db:
	    image: postgres
	    volumes: ["data:/var/lib/postgresql/data"]
	    secrets: [password]
	volumes:
	  data:
	secrets:
	  password: {file: ./password.txt}
	YAML
	echo -n 'in clear' >password.txt
}

@test "export kubernetes writes a file for each service, and says with its place what is lost" {
	shop_project
	expect 0 coracle export kubernetes -o out
	[ -z "$output" ]
	[ -f out/db.yaml ] && [ -f out/web.yaml ]
	[ "$(find out -type f | wc -l)" = 2 ]
	has_error 'compose.yaml:4:13: services.web.ports[0]: port 8080 of this host'
	has_error 'compose.yaml:6:13: services.web.cpuset: '
	has_error 'compose.yaml:12:3: volumes.data: 1Gi is asked for'
	has_error 'compose.yaml:14:3: secrets.password: it is not written but with --secrets'
	grep -q '^kind: StatefulSet$' out/db.yaml
	grep -q '^kind: Deployment$' out/web.yaml
	if grep -rq 'in clear' out; then
		false
	fi
	# the same again, and to the same files
	cp -r out before
	expect 0 coracle export k8s -o out
	diff -r before out
}

@test "export kubernetes: without -o into ./kubernetes, with --stdout to standard output" {
	shop_project
	expect 0 coracle export kubernetes
	[ -f kubernetes/web.yaml ]
	expect 0 coracle export kubernetes --stdout
	[ "$(grep -c '^---$' <<<"$output")" = 3 ]
	diff <(cat kubernetes/db.yaml <(echo ---) kubernetes/web.yaml) <(echo "$output")
	expect 1 coracle export kubernetes --stdout -o x
	has_error '--stdout and --output exclude each other'
	expect 1 coracle export kubernetes --nonsense
}

@test "export kubernetes: secrets in clear only when asked for, in a file of root's" {
	shop_project
	expect 0 coracle export kubernetes --secrets -o out
	grep -q 'password: in clear' out/secrets.yaml
	[ "$(stat -c %a out/secrets.yaml)" = 600 ]
	[ "$(stat -c %a out/web.yaml)" = 644 ]
	rm password.txt
	expect 1 coracle export kubernetes --secrets -o out
	has_error 'secrets.password'
}

@test "export kubernetes: a user who is not root may; what is wrong has its place" {
	shop_project
	open=$(mktemp -d /tmp/export-XXXXXX)
	chmod 777 "$open"
	cp compose.yaml "$open"
	(cd "$open" && inside setpriv --reuid 1000 --clear-groups "$CORACLE" export kubernetes -o mine)
	[ -f "$open/mine/web.yaml" ]
	rm -r "$open"
	project broken <<-'YAML'
	services:
	  web: {imag: x}
	YAML
	expect 1 coracle export kubernetes --stdout
	has_error 'compose.yaml:2:9'
	[ -z "$output" ]
}

@test "export: a service that is called kubernetes keeps its meaning" {
	project named <<-'YAML'
	services:
	  kubernetes: {image: busybox, command: sleep 100}
	  web: {image: busybox, command: sleep 100}
	YAML
	unset NO_DOWN
	coracle up -d
	expect 0 coracle export kubernetes -o all.tar
	tar tf all.tar bin/busybox
	expect 0 coracle export --index 1 -o other.tar kubernetes
	cmp all.tar other.tar
	# behind two dashes, behind compose and under Docker's name it is never anything else
	expect 0 coracle export -o dashes.tar -- kubernetes
	expect 0 coracle compose export -o compose.tar kubernetes
	cmp dashes.tar compose.tar
	# the other word for it leads to the manifests, whatever services are called
	expect 0 coracle export k8s --stdout
	has 'kind: Deployment'
	has_error 'services.kubernetes: the namespace '"'default'"
	expect 1 coracle compose export k8s
	has_error 'no such service: k8s'
	coracle down -t 0
}

@test "export: help says what the words mean" {
	expect 0 coracle export --help
	has 'kubernetes'
	has 'keeps its meaning'
	expect 0 coracle export kubernetes --help
	has '--secrets'
}

@test "export systemd: units that systemd takes, and Quadlet files" {
	shop_project
	expect 0 coracle export systemd -o units
	[ -f units/shop.service ]
	for name in web.container db.container data.volume default.network; do
		[ -f "units/quadlet/shop-$name" ]
	done
	grep -q '^Requires=shop-db.service$' units/quadlet/shop-web.container
	if command -v systemd-analyze >/dev/null; then
		expect 0 systemd-analyze verify units/shop.service
	fi
	expect 0 coracle export quadlet --stdout
	has '# quadlet/shop-web.container'
}

@test "export systemd: Podman 5's generator makes units of the Quadlet files, and systemd takes them" {
	local generator=${QUADLET:-/usr/libexec/podman/quadlet}
	[ -x "$generator" ] || skip "no Quadlet here: Podman is older than 4.4"
	command -v systemd-analyze >/dev/null || skip "no systemd-analyze"
	local case units names
	for case in all jobs names shop volumes; do
		units=$BATS_TEST_TMPDIR/$case
		(cd "$BATS_TEST_DIRNAME/../export-golden/$case" && TOKEN=1 coracle export systemd -o "$units")
		mkdir "$units/made"
		QUADLET_UNIT_DIRS=$units/quadlet "$generator" "$units/made"
		names=("$units"/made/*.service)
		[ "${#names[@]}" = "$(find "$units/quadlet" -maxdepth 1 -type f | wc -l)" ]
		SYSTEMD_UNIT_PATH=$units/made: expect 0 systemd-analyze verify --man=no "${names[@]}"
		[ -z "$stderr" ]
	done
}

@test "export kubernetes: a hook's variable that has no place there is told of, with its place" {
	project hooks <<-'YAML'
	services:
	  a:
	    image: busybox
	    pre_start:
	      - {command: "true", environment: {A: b, 1B: c}}
	YAML
	expect 0 coracle export kubernetes --stdout
	has 'name: A'
	lacks 1B
	has_error 'compose.yaml:5:51: services.a.pre_start[0].environment.1B: a variable there has'
}
