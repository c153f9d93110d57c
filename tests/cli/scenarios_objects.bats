#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Networks, volumes and images of services, when they change and when they do not (scenarios.list).

load build_helper

id_of()
{
	inspect_of "$1" '{{.Id}}'
}

@test "network_mode: bridge: a link gives the other's name" {
	project links <<-'YAML'
	services:
	  container1:
	    image: busybox
	    command: sh -c "echo a page >/index.html; exec httpd -f -h /"
	    stop_signal: SIGKILL
	    network_mode: bridge
	  container2:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    network_mode: bridge
	    links: [container1]
	YAML
	expect 0 coracle up -d
	eventually 5 coracle exec -T container2 wget -q -O /dev/null http://container1/
	expect 0 coracle exec -T container2 wget -q -O - http://container1/
	is 'a page'
	expect 0 coracle down -t 0
}

@test "another subnet: the same container gets an address of it" {
	project subnet <<-'YAML'
	services:
	  test: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, networks: [test]}
	networks:
	  test: {ipam: {config: [{subnet: "${SUBNET:-172.29.0.0/24}"}]}}
	YAML
	expect 0 coracle up -d
	before=$(id_of subnet-test-1)
	expect 0 coracle exec -T test hostname -i
	matches '^172\.29\.0\.'
	export SUBNET=192.168.219.0/24
	expect 0 coracle up -d
	expect 0 coracle exec -T test hostname -i
	matches '^192\.168\.219\.'
	[ "$(id_of subnet-test-1)" = "$before" ] || fail 'another container'
	expect 0 coracle down -t 0
	unset SUBNET
}

@test "a network with another option is made anew under its containers" {
	project anew <<-'YAML'
	services:
	  web: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, networks: [test]}
	networks:
	  test: {labels: {foo: "${FOO:-foo}"}}
	YAML
	expect 0 coracle up -d
	export FOO=bar
	expect 0 coracle --progress plain up -d
	unset FOO
	has_error 'Network anew_test Removed'
	has_error 'Network anew_test Created'
	expect 0 coracle network inspect anew_test --format '{{.Labels.foo}}'
	is bar
	state_is anew-web-1 running
	expect 0 coracle exec -T web ip address show eth0
}

@test "network_mode: service whose container was removed behind our back" {
	project donor <<-'YAML'
	services:
	  app: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, network_mode: "service:db"}
	  db: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	YAML
	expect 0 coracle up -d
	before=$(id_of donor-app-1)
	expect 0 coracle up -d --no-deps app
	[ "$(id_of donor-app-1)" = "$before" ]
	expect 0 coracle container rm -f donor-db-1
	expect 1 coracle up -d --no-deps app
	has_error 'db'
}

@test "another external volume is mounted after up" {
	expect 0 coracle volume create test_external_volume
	expect 0 coracle volume create test_external_volume_2
	project switch <<-'YAML'
	services:
	  app: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, volumes: ["my_vol:/my_vol"]}
	volumes:
	  my_vol: {external: true, name: "${VOLUME:-test_external_volume}"}
	YAML
	expect 0 coracle up -d
	[ "$(inspect_of switch-app-1 '{{(index .Mounts 0).Name}}')" = test_external_volume ]
	export VOLUME=test_external_volume_2
	expect 0 coracle up -d
	unset VOLUME
	[ "$(inspect_of switch-app-1 '{{(index .Mounts 0).Name}}')" = test_external_volume_2 ]
	expect 0 coracle down -t 0
	expect 0 coracle volume rm test_external_volume test_external_volume_2
}

@test "a service with a bind alone is not made anew by a second up" {
	project binds <<<'services: {app: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, volumes: ["./:/here"]}}'
	expect 0 coracle up -d
	before=$(id_of binds-app-1)
	expect 0 coracle --progress plain up -d
	[[ "$stderr" != *Recreat* ]]
	[ "$(id_of binds-app-1)" = "$before" ]
}

@test "a service that mounts an image: nothing anew while that is the same, anew when it is rebuilt" {
	mkdir content
	build() { printf 'FROM scratch\nCOPY content/ /\n' >Dockerfile && echo "$1" >content/file && coracle image build -q -t content:1 .; }
	build one
	project image <<-'YAML'
	services:
	  with_image:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    volumes: [{type: image, source: "content:1", target: /mnt/image}]
	YAML
	expect 0 coracle up -d
	expect 0 coracle exec -T with_image cat /mnt/image/file
	is one
	before=$(id_of image-with_image-1)
	expect 0 coracle up -d
	[ "$(id_of image-with_image-1)" = "$before" ]
	cd ..
	build two
	cd image
	expect 0 coracle up -d
	[ "$(id_of image-with_image-1)" != "$before" ]
	expect 0 coracle exec -T with_image cat /mnt/image/file
	is two
	expect 0 coracle down -t 0
	expect 0 coracle image rm -f content:1
}

@test "a project with every kind of mount: contents, and what is read-only" {
	project mounts <<-'YAML'
	services:
	  nginx:
	    build: {context: ., dockerfile_inline: "FROM busybox\nRUN mkdir -p /cache && touch /cache/file"}
	    command: httpd -f -h /www
	    stop_signal: SIGKILL
	    ports: ["9090:80"]
	    volumes: ["./static:/www", "data:/data:rw", "/cache"]
	    secrets: [my-secret]
	    configs: [my-config]
	volumes: {data: }
	secrets: {my-secret: {file: ./secret.txt}}
	configs: {my-config: {file: ./config.txt}}
	YAML
	mkdir static
	echo 'Hello from Nginx container' >static/index.html
	printf secret >secret.txt
	printf config >config.txt
	expect 0 coracle up -d
	eventually 5 inside wget -q -O /dev/null http://127.0.0.1:9090/index.html
	expect 0 inside wget -q -O - http://127.0.0.1:9090/index.html
	is 'Hello from Nginx container'
	expect 0 coracle exec -T nginx sh -c 'cat /run/secrets/my-secret /my-config; ls /cache'
	is $'secretconfigfile'
	for path in /run/secrets/my-secret /my-config; do
		expect 1 coracle exec -T nginx sh -c "echo x >$path"
	done
	expect 0 coracle inspect mounts-nginx-1 --format '{{range .Mounts}}{{.Destination}} {{.RW}}{{println}}{{end}}'
	for mount in '/www true' '/data true' '/cache true' '/run/secrets/my-secret false' '/my-config false'; do
		has "$mount"
	done
	expect 0 coracle down -t 0 -v --rmi local
}

@test "dollar signs that are doubled reach a build as one" {
	project escaped <<-'YAML'
	services:
	  foo:
	    build:
	      dockerfile_inline: |
	        FROM busybox
	        ARG foo
	        RUN echo "arg is $$foo and $$$$" >/result
	      args: {foo: "$${bar}"}
	    command: cat /result
	YAML
	expect 0 coracle build -q
	expect 0 coracle run --rm foo
	matches '^arg is \$\{bar\} and [0-9]+$'
	expect 0 coracle down --rmi local
}

@test "up --build of an unchanged context keeps the container" {
	project unchanged <<-'YAML'
	services:
	  a: {build: {context: ., dockerfile_inline: "FROM busybox\nCOPY file /\n"}, command: sleep 3600, stop_signal: SIGKILL}
	YAML
	echo one >file
	expect 0 coracle up -d --build
	before=$(id_of unchanged-a-1)
	hash=$(inspect_of unchanged-a-1 '{{index .Config.Labels "com.docker.compose.config-hash"}}')
	expect 0 coracle up -d --build
	[ "$(id_of unchanged-a-1)" = "$before" ]
	[ "$(inspect_of unchanged-a-1 '{{index .Config.Labels "com.docker.compose.config-hash"}}')" = "$hash" ]
	expect 0 coracle down -t 0 --rmi local
}

@test "up builds first what a service with pull_policy: build depends on" {
	project chain <<-'YAML'
	services:
	  test1:
	    pull_policy: build
	    build: {dockerfile_inline: "FROM busybox\n"}
	    command: sleep 3600
	    stop_signal: SIGKILL
	  test2:
	    pull_policy: build
	    depends_on: [test1]
	    build: {dockerfile_inline: "FROM chain-test1\n"}
	    command: sleep 3600
	    stop_signal: SIGKILL
	YAML
	expect 0 coracle --progress plain up -d test2
	has_error 'chain-test1 Built'
	has_error 'chain-test2 Built'
	expect 0 coracle down -t 0 --rmi local
}
