#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The store as a whole: df, prune, check; garbage collection beside load, create and rm.

load helper

# Damage is done to a root of its own.
other()
{
	coracle --root "$WORLD_DIR/second" --run "$WORLD_DIR/second-run" "$@"
}

fresh_store()
{
	inside rm -rf "$WORLD_DIR/second" "$WORLD_DIR/second-run"
	other image load -q -i "$IMAGE_CACHE/busybox/image.tar"
	STORE=$WORLD_DIR/second
	INDEX=$STORE/images/index.json
	MANIFEST=$(inside jq -r '.manifests[0].digest | .[7:]' "$INDEX")
	CONFIG=$(inside jq -r '.config.digest | .[7:]' "$STORE/images/blobs/sha256/$MANIFEST")
	LAYER_BLOB=$(inside jq -r '.layers[0].digest | .[7:]' "$STORE/images/blobs/sha256/$MANIFEST")
	LAYER=$(inside ls "$STORE/layers" | grep -v empty)
}

# One byte of a blob. damage HEX OFFSET
damage()
{
	printf X | inside dd of="$STORE/images/blobs/sha256/$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

drop_store()
{
	inside rm -rf "$WORLD_DIR/second" "$WORLD_DIR/second-run"
}

# Another image: one small layer of its own over nothing. make_image NAME [LABEL=VALUE] [CREATED]
make_image()
{
	local directory=$BATS_TEST_TMPDIR/make-$RANDOM
	mkdir -p "$directory/layer"
	echo "$1 $RANDOM$RANDOM" >"$directory/layer/file-$1"
	tar -C "$directory/layer" -cf "$directory/layer.tar" .
	local diff config
	diff=$(sha256sum "$directory/layer.tar" | cut -d' ' -f1)
	jq -n --arg diff "sha256:$diff" --arg mark "${2:-}" --arg created "${3:-2026-01-01T00:00:00Z}" \
		'{architecture: "amd64", os: "linux", created: $created,
		  config: {Cmd: ["sh"], Labels: (if $mark == "" then {} else ($mark | split("=") | {(.[0]): .[1]}) end)},
		  rootfs: {type: "layers", diff_ids: [$diff]}}' >"$directory/config.json"
	config=$(sha256sum "$directory/config.json" | cut -d' ' -f1)
	mv "$directory/config.json" "$directory/$config.json"
	jq -n --arg config "$config.json" --arg name "$1:latest" \
		'[{Config: $config, RepoTags: (if $name == "none:latest" then null else [$name] end), Layers: ["layer.tar"]}]' \
		>"$directory/manifest.json"
	tar -C "$directory" -cf "$BATS_TEST_TMPDIR/$1.tar" manifest.json "$config.json" layer.tar
}

@test "a new store is in order" {
	fresh_store
	expect 0 other system check
	has 'Checked 1 images, 1 layers, 3 blobs'
	has 'all is well'
	expect 0 other system check --deep -q
	is ''
	drop_store
}

@test "litter of killed commands is found, removed and told of" {
	fresh_store
	inside sh -c 'cd "$1" || exit 1
		printf "%s" "orphan" >images/blobs/sha256/$(printf %s orphan | sha256sum | cut -d" " -f1)
		mkdir -p layers/$2/diff staging/0123456789abcdef0123456789abcdef/x containers/$3 volumes/half/_data
		echo "{}" >layers/$2/layer.json
		: >staging/.chain-$2
		: >images/index.json.999999999.tmp
		: >images/index.json.4000000.tmp
		mkdir -p containers/by-name ../second-run/containers/$4
		ln -s ../$2 containers/by-name/gone
		: >partial/$(printf %s partial | sha256sum | cut -d" " -f1)
		touch -d "2 weeks ago" partial/*' sh "$STORE" "$(printf a%.0s {1..64})" "$(printf c%.0s {1..64})" "$(printf d%.0s {1..64})"
	expect 1 other --dry-run system check
	has "'coracle system check' would remove it"
	has ' 0 repaired'
	expect 0 other system check
	matches 'blob sha256:[0-9a-f]{12}: nothing refers to it \(6B\): removed'
	has 'layer sha256:aaaaaaaaaaaa: '
	has 'staging 0123456789abcdef0123456789abcdef: left by a command that was killed: removed'
	has "lock .chain-aaaa"
	has 'file images/index.json.4000000.tmp: its writer was killed: removed'
	has 'name gone: it belongs to a container that has gone: removed'
	has 'container cccccccccccc: it has no description: its creation or removal was killed: removed'
	has 'container dddddddddddd: it has gone, but not what it had in RUN: removed'
	has 'volume half: it has no description: its creation or removal was killed: removed'
	has 'nobody has gone on with it for a week: removed'
	has ' 0 left'
	expect 0 other system check
	has 'all is well'
	expect 0 other image ls -q
	[ -n "$output" ]
	drop_store
}

@test "a damaged layer blob: the image works on, and a load brings it back" {
	fresh_store
	damage "$LAYER_BLOB" 700
	expect 1 other system check
	has 'its content has another digest (image busybox:latest)'
	has "--repair"
	expect 1 other system check -q
	[ "${#lines[@]}" = 1 ]
	expect 1 other system check --format json
	[ "$(jq -r '.Remaining, .Findings[0].Kind, .Findings[0].Weight, .Findings[0].Repaired' <<<"$output" | tr '\n' ' ')" = "1 blob damage false " ]
	expect 0 other system check --repair
	expect 0 other system check
	expect 1 other image save -o saved.tar busybox
	has_error 'were given back'
	[ ! -e saved.tar ]
	expect 0 other image load -i "$IMAGE_CACHE/busybox/image.tar"
	expect 0 other image save -o saved.tar busybox
	drop_store
}

@test "a damaged layer is unpacked anew from its blob" {
	fresh_store
	inside rm "$STORE/layers/$LAYER/layer.json"
	expect 1 other system check
	has 'its layer.json is missing (image busybox:latest)'
	expect 0 other system check --repair
	has 'unpacked anew from its blob'
	expect 0 other system check --deep
	inside sh -c 'echo bad >>"$1"' sh "$STORE/layers/$LAYER/diff/etc/passwd"
	expect 0 other system check
	expect 1 other system check --deep
	has "'/etc/passwd' is not as in its blob"
	expect 0 other system check --deep --repair
	expect 0 other system check --deep
	inside rm -r "$STORE/layers/$LAYER"
	expect 1 other system check
	expect 0 other system check --repair
	expect 0 other system check --deep
	inside chmod 700 "$STORE/layers/$LAYER/diff/etc"
	expect 1 other system check --deep
	has "'/etc' is not as in its blob"
	drop_store
}

@test "what cannot be had back loses its name, and it is said how to get it again" {
	fresh_store
	other image tag busybox second:1
	inside rm -r "$STORE/layers/$LAYER" "$STORE/images/blobs/sha256/$LAYER_BLOB"
	expect 1 other system check
	has 'image busybox:latest: layer'
	has 'and so is its blob'
	expect 0 other system check --repair
	has "bring it back with 'coracle pull second:1' or 'coracle image load'"
	expect 0 other system check
	has 'all is well'
	expect 0 other image ls -q
	is ''
	expect 0 other image load -q -i "$IMAGE_CACHE/busybox/image.tar"
	expect 0 other system check --deep
	drop_store
}

@test "a damaged index.json is written anew from the blobs" {
	fresh_store
	inside sh -c 'echo "{" >"$1"' sh "$INDEX"
	expect 1 other image ls
	expect 1 other system check
	has 'index images/index.json'
	expect 0 other system check --repair
	has 'moved aside as index.json.damaged'
	expect 0 other system check --deep
	expect 0 other image ls -q
	[ "${#lines[@]}" = 1 ]
	expect 0 other image load -q -i "$IMAGE_CACHE/busybox/image.tar"
	expect 0 other image ls
	[ "${#lines[@]}" = 2 ]
	has busybox
	drop_store
}

@test "an image whose manifest or config is damaged is removed by name and blocks nobody" {
	local blob
	for blob in manifest config; do
		fresh_store
		make_image small
		expect 0 other image load -q -i small.tar
		damage "$([ "$blob" = config ] && echo "$CONFIG" || echo "$MANIFEST")" 20
		expect 0 other image ls
		has_error "remove it with 'coracle image rm busybox:latest'"
		has small
		# Called by another name, it advises that one.
		ln -sf "$CORACLE" docker
		expect 0 inside ./docker --root "$WORLD_DIR/second" --run "$WORLD_DIR/second-run" image ls
		has_error "remove it with 'docker image rm busybox:latest'"
		expect 0 other image rm small
		expect 0 other image rm busybox
		has 'Untagged: busybox:latest'
		expect 0 other system check
		has 'Checked 0 images, 0 layers, 0 blobs'
		has 'all is well'
	done
	fresh_store
	damage "$CONFIG" 20
	expect 1 other image rm "${CONFIG:0:12}"
	expect 0 other image rm "${MANIFEST:0:12}"
	has 'Untagged: busybox:latest'
	fresh_store
	inside rm "$STORE/images/blobs/sha256/$MANIFEST"
	expect 1 other system check
	has 'image busybox:latest'
	expect 0 other system check --repair
	expect 0 other system check
	drop_store
}

@test "containers and volumes are told of, never removed" {
	project told <<-'YAML'
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, volumes: ["data:/data"]}
	volumes: {data: {labels: {a: b}}}
	YAML
	expect 0 coracle up -d
	expect 0 coracle exec -T a sh -c 'echo kept >/data/file'
	layer=$(inside ls "$CORACLE_ROOT/layers" | grep -v empty | head -n 1)
	inside mv "$CORACLE_ROOT/layers/$layer/layer.json" "$CORACLE_ROOT/aside"
	expect 1 coracle system check --repair
	has 'a running container uses it: stop that and check again'
	has 'container told-a-1: layers of its image are missing'
	expect 0 coracle exec -T a true
	inside mv "$CORACLE_ROOT/aside" "$CORACLE_ROOT/layers/$layer/layer.json"
	inside rm "$CORACLE_ROOT/volumes/told_data/volume.json"
	expect 1 coracle system check
	has 'volume told_data: it has data but no description'
	expect 0 coracle system check --repair
	expect 0 coracle exec -T a cat /data/file
	is kept
	expect 0 coracle volume ls -q
	has told_data
	expect 0 coracle system check
	expect 0 coracle volume rm -f nothing
	expect 0 coracle down -v -t 0
	expect 0 coracle volume rm -f told_data
}

@test "image prune: unnamed ones, with -a all that no container uses" {
	fresh_store
	make_image none
	make_image labelled keep=yes
	make_image old '' 2020-01-01T00:00:00Z
	for name in none labelled old; do
		expect 0 other image load -q -i "$name.tar"
	done
	expect 0 other image ls --filter dangling=true -q
	[ "${#lines[@]}" = 1 ]
	expect 0 other image prune <<<n
	is ''
	expect 0 other image prune -f
	has 'Deleted Images:'
	matches 'deleted: sha256:[0-9a-f]{64}'
	matches 'Total reclaimed space: [0-9.]+[kM]?B'
	expect 0 other image prune -f
	is 'Total reclaimed space: 0B'
	expect 0 other image prune -a -f --filter label=keep=yes
	has 'untagged: labelled:latest'
	lacks busybox
	expect 0 other image prune -a -f --filter until=2021-01-01T00:00:00Z
	has 'untagged: old:latest'
	lacks busybox
	expect 1 other image prune -f --filter strange=1
	expect 0 other image prune -a -f
	has 'untagged: busybox:latest'
	[ -z "$(inside ls "$STORE/images/blobs/sha256")" ]
	expect 0 other system check
	drop_store
}

@test "image prune --blobs gives compressed layers back" {
	fresh_store
	expect 0 other image prune -f --blobs
	matches 'Total reclaimed space: 1.*MB'
	[ "$(inside ls "$STORE/images/blobs/sha256" | wc -l)" = 2 ]
	expect 0 other system check
	expect 0 other image inspect busybox
	expect 1 other image save -o saved.tar busybox
	has_error "the compressed layers of image 'busybox' were given back"
	expect 0 other image rm busybox
	expect 0 other image load -q -i "$IMAGE_CACHE/busybox/image.tar"
	expect 0 other image save -o saved.tar busybox
	drop_store
}

@test "image rm of several goes on after one that is not there" {
	fresh_store
	make_image small
	expect 0 other image load -q -i small.tar
	expect 1 other image rm busybox missing small
	has 'Untagged: busybox:latest'
	has 'Untagged: small:latest'
	has_error missing
	expect 0 other image ls -q
	is ''
	drop_store
}

@test "image rm does not wait for ever for who brings in an image" {
	fresh_store
	inside flock -s "$STORE/store.lock" sh -c 'echo held; exec sleep 3600' >held 3>&- &
	holder=$!
	eventually 10 grep -q held held
	# It is shared: others load and create meanwhile.
	make_image small
	expect 0 other image load -q -i small.tar
	expect 0 other image rm busybox
	is 'Untagged: busybox:latest
Deleted: sha256:'"$CONFIG"
	has_error "the space comes back with the next 'coracle image prune'"
	expect 1 other image inspect busybox
	inside pkill -x -f 'sleep 3600' -P "$(inside pgrep -f "flock -s $STORE/store.lock")"
	wait "$holder" || true
	expect 0 other image prune -f
	matches 'Total reclaimed space: [0-9.]+MB'
	expect 0 other system check
	has 'all is well'
	drop_store
}

@test "image rm: used by a container, forced" {
	make_image mine
	fresh_store
	drop_store
	expect 0 coracle image tag busybox mine:1
	id=$(coracle image inspect -f '{{.Id}}' busybox)
	project inuse <<-'YAML'
	services:
	  a: {image: "mine:1", command: sleep 3600, stop_signal: SIGKILL}
	YAML
	expect 0 coracle up -d
	expect 0 coracle image rm mine:1
	is 'Untagged: mine:1'
	expect 1 coracle image rm busybox
	has_error "is used by container 'inuse-a-1'"
	expect 0 coracle image prune -a -f
	lacks deleted
	expect 0 coracle image rm -f busybox
	is 'Untagged: busybox:latest'
	expect 0 coracle exec -T a true
	expect 0 coracle image ls --no-trunc
	matches "<none> +<none> +$id"
	expect 0 coracle image tag "$id" busybox
	expect 0 coracle system check
}

@test "an unnamed image that a container used goes with the next prune" {
	make_image worn
	expect 0 coracle image load -q -i worn.tar
	id=$(coracle image inspect -f '{{.Id}}' worn)
	project worn <<-'YAML'
	services:
	  a: {image: worn, command: [nothing]}
	YAML
	expect 0 coracle create
	expect 0 coracle image rm -f worn
	expect 0 coracle image prune -f
	lacks "$id"
	expect 0 coracle down
	expect 0 coracle image prune -f
	has "deleted: $id"
	expect 0 coracle system check
	has 'all is well'
}

@test "an image that a container mounts is in use" {
	make_image mounted
	expect 0 coracle image load -q -i mounted.tar
	project mounting <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    volumes: [{type: image, source: mounted, target: /mnt}]
	YAML
	expect 0 coracle up -d
	expect 1 coracle image rm mounted
	has_error "used by container 'mounting-a-1'"
	expect 0 coracle image prune -a -f
	lacks mounted
	expect 0 coracle exec -T a ls /mnt
	has file-mounted
	expect 0 coracle down -t 0
	expect 0 coracle image rm mounted
}

@test "system df" {
	project disk <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sh -c 'head -c 100000 /dev/urandom >/data/file; head -c 50000 /dev/urandom >/own; sleep 3600'
	    stop_signal: SIGKILL
	    healthcheck: {test: "test -s /own && [ $$(wc -c </own) = 50000 ]", interval: 100ms}
	    volumes: ["data:/data"]
	  b: {image: busybox, command: "true"}
	volumes: {data: }
	YAML
	expect 0 coracle up -d --wait a
	expect 0 coracle up -d b
	eventually 10 state_is disk-b-1 exited
	expect 0 coracle system df
	matches 'TYPE +TOTAL +ACTIVE +SIZE +RECLAIMABLE'
	matches 'Images +1 +1 +[0-9.]+MB +0B \(0%\)'
	matches 'Containers +2 +1 +50kB +0B \(0%\)'
	matches 'Local Volumes +1 +1 +10[0-9]kB +0B \(0%\)'
	matches 'Build Cache +0 +0 +0B +0B'
	expect 0 coracle system df --format '{{.Type}} {{.TotalCount}}'
	has 'Local Volumes 1'
	expect 0 coracle system df -v
	has 'Images space usage:'
	matches 'busybox +latest +[0-9a-f]{12} .* 0B +[0-9.]+MB +2'
	matches 'disk_data +1 +10[0-9]kB'
	expect 0 coracle system df -v --format json
	[ "$(jq -r '.[0].Volumes[0].Name // .Volumes[0].Name' <<<"$output")" = disk_data ]
}

@test "system prune: stopped containers, networks, unnamed images; nothing of a running project" {
	project alive <<-'YAML'
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	  done: {image: busybox, command: "true"}
	  alone: {image: busybox, command: "true", networks: [side]}
	networks: {side: }
	YAML
	expect 0 coracle up -d
	eventually 10 state_is alive-done-1 exited
	eventually 10 state_is alive-alone-1 exited
	project dead <<-'YAML'
	services:
	  a: {image: busybox, command: "true", volumes: [/data]}
	YAML
	expect 0 coracle up -d
	eventually 10 state_is dead-a-1 exited
	dead=$(inspect_of dead-a-1 '{{.Id}}')
	expect 0 coracle network create unused
	expect 0 coracle network create --label keep unused2
	make_image none
	expect 0 coracle image load -q -i "$BATS_TEST_TMPDIR/none.tar"
	expect 0 coracle system prune <<<n
	is ''
	has_error 'all stopped containers'
	expect 0 coracle system prune -f --filter label=nobody
	is 'Total reclaimed space: 0B'
	expect 0 coracle system prune -f --volumes --filter 'label!=keep'
	has "Deleted Containers:
$dead"
	has 'Deleted Networks:
dead_default
unused'
	lacks unused2
	lacks alive
	has 'Deleted Volumes:'
	has 'Deleted Images:'
	matches 'Total reclaimed space: [0-9.]+k?B'
	cd ../alive
	[ "$(names)" = "alive-a-1
alive-alone-1
alive-done-1" ]
	expect 0 coracle network prune -f
	has 'Deleted Networks:
unused2'
	expect 0 coracle container prune -f
	has 'Deleted Containers:'
	[ "$(names)" = alive-a-1 ]
	expect 0 coracle system check
	has 'all is well'
}

@test "system info" {
	expect 0 coracle system info
	has 'Storage Driver: overlay'
	has "Root Dir: $CORACLE_ROOT"
	matches 'Kernel Version: [0-9]'
	expect 0 coracle info --format '{{.ServerVersion}} {{.Driver}}'
	matches '^[0-9.]+ overlay2$'
	expect 0 coracle info --format json
	[ "$(jq -r .OSType <<<"$output")" = linux ]
	# What can be limited depends on the controllers that cgroup2 has.
	local pair
	for pair in MemoryLimit:memory CpuCfsPeriod:cpu CpuCfsQuota:cpu CPUShares:cpu CPUSet:cpuset PidsLimit:pids; do
		[ "$(jq ".${pair%:*}" <<<"$output")" = "$(jq --arg name "${pair#*:}" \
			'.CgroupControllers | split(" ") | index([$name]) != null' <<<"$output")" ] || fail "$pair: $output"
	done
	[ "$(jq .IPv4Forwarding <<<"$output")" = "$(inside awk '{print $1 == 1 ? "true" : "false"}' /proc/sys/net/ipv4/ip_forward)" ]
}

@test "system info: proxies without their passwords, mirrors and registries that may be insecure" {
	echo '{"mirrors": {"docker.io": ["https://near.example"]}, "insecure-registries": ["old.example:5000", "192.0.2.0/24"]}' >registries.json
	HTTP_PROXY=http://me:secret@192.0.2.3:3128/x https_proxy=http://192.0.2.3 NO_PROXY=a,b \
		CORACLE_REGISTRIES=$PWD/registries.json expect 0 coracle info --format json
	[ "$(jq -c '[.HttpProxy, .HttpsProxy, .NoProxy]' <<<"$output")" = \
		'["http://xxxxx:xxxxx@192.0.2.3:3128/x","http://192.0.2.3","a,b"]' ] || fail "$output"
	[ "$(jq -c '.RegistryConfig | [.Mirrors, .IndexConfigs["docker.io"].Mirrors, .IndexConfigs["old.example:5000"].Secure, .InsecureRegistryCIDRs]' <<<"$output")" = \
		'[["https://near.example"],["https://near.example"],false,["::1/128","127.0.0.0/8","192.0.2.0/24"]]' ] || fail "$output"
}

@test "loads beside prunes and removals: each load is whole" {
	fresh_store
	make_image small
	other image rm busybox
	(for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do other image prune -a -f || exit 1; done) >prunes 2>&1 3>&- &
	prunes=$!
	(for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do other image rm small >/dev/null 2>&1 || true; done) 3>&- &
	removals=$!
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		expect 0 other image load -i small.tar
		expect 0 other image load -q -i "$IMAGE_CACHE/busybox/image.tar"
	done
	wait "$prunes" || fail "$(cat prunes)"
	wait "$removals"
	expect 0 other image load -q -i small.tar
	expect 0 other image load -q -i "$IMAGE_CACHE/busybox/image.tar"
	expect 0 other system check --deep
	has 'all is well'
	drop_store
}

@test "checks and prunes beside commands: nothing of theirs is taken for litter or damage" {
	make_image busy
	inside cp "$BATS_TEST_TMPDIR/busy.tar" "$WORLD_DIR/busy.tar"
	project busy <<-'YAML'
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, volumes: ["data:/data"]}
	  b: {image: busybox, command: "true", volumes: [/anonymous]}
	volumes: {data: }
	YAML
	# shellcheck disable=SC2016 # expanded inside
	inside sh -c 'while [ ! -e "$2/stop" ]; do
			"$1" system check -q || echo "check: $?"
			"$1" system prune -f --volumes >/dev/null || echo "prune: $?"
		done' sh "$CORACLE" "$WORLD_DIR" >"$BATS_TEST_TMPDIR/beside" 2>&1 3>&- &
	beside=$!
	for _ in 1 2 3 4 5; do
		expect 0 coracle image load -q -i "$WORLD_DIR/busy.tar"
		expect 0 coracle up -d
		expect 0 coracle exec -T a true
		expect 0 coracle down -v -t 0
		expect 0 coracle image rm busy
	done
	inside touch "$WORLD_DIR/stop"
	wait "$beside"
	inside rm "$WORLD_DIR/stop" "$WORLD_DIR/busy.tar"
	[ ! -s "$BATS_TEST_TMPDIR/beside" ] || fail "$(cat "$BATS_TEST_TMPDIR/beside")"
	expect 0 coracle system check
	has 'all is well'
}

@test "create beside removal of its image: a container that works, or an error that says why" {
	make_image racing
	inside cp "$BATS_TEST_TMPDIR/racing.tar" "$WORLD_DIR/racing.tar"
	project racing <<-'YAML'
	services:
	  a: {image: racing, command: [nothing], pull_policy: never}
	YAML
	for _ in 1 2 3 4 5 6 7 8; do
		expect 0 coracle image load -q -i "$WORLD_DIR/racing.tar"
		(coracle image rm -f racing || true) >/dev/null 2>&1 3>&- &
		removal=$!
		run --separate-stderr coracle create
		wait "$removal"
		if [ "$status" = 0 ]; then
			# It has its layers, whatever became of the image.
			expect 0 coracle system check
			expect 0 coracle inspect racing-a-1
		else
			has_error racing
		fi
		expect 0 coracle down
		expect 0 coracle image prune -f
	done
	coracle image rm racing >/dev/null 2>&1 || true
	inside rm "$WORLD_DIR/racing.tar"
	expect 0 coracle system check
}

@test "an OCI layout directory is loaded" {
	fresh_store
	expect 0 inside skopeo copy "oci-archive:$IMAGE_CACHE/busybox/image.tar" "oci:$WORLD_DIR/layout:copied/image:1"
	expect 0 other image load -i "$WORLD_DIR/layout"
	has 'Loaded image: copied/image:1'
	expect 0 other system check --deep
	inside rm -r "$WORLD_DIR/layout"
	drop_store
}
