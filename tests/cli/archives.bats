#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# commit, export, import, diff and save: what a container wrote, as an image or an archive, and how
# other tools read it.

load helper

# An image with files to delete, replace and hide, made of busybox by export and import.
file_setup()
{
	(
		mkdir -p "$BATS_FILE_TMPDIR/base" && cd "$BATS_FILE_TMPDIR/base" || exit 1
		printf 'services:\n  x: {image: busybox}\n' >compose.yaml
		coracle create >/dev/null 2>&1
		coracle export x >busybox.tar
		coracle down >/dev/null 2>&1
		mkdir tree && tar -C tree -xf busybox.tar
		cd tree || exit 1
		mkdir -p old hidden/below whole/sub was-dir/sub keep
		for file in old/gone old/changed old/same hidden/one hidden/below/two whole/one whole/sub/two was-file \
			was-dir/sub/file keep/file; do echo "base $file" >$file; done
		tar -cf ../base.tar .
		cd .. && coracle import -c 'CMD ["sleep", "1000"]' -c 'ENV BASE=yes' base.tar base:1
	) >"$BATS_FILE_TMPDIR/base.log" || fail "cannot make the base image: $(cat "$BATS_FILE_TMPDIR/base.log")"
}

# A running container of it that changes all of that.
changed()
{
	project "$1" <<-EOT
		services:
		  web:
		    image: base:1
		    stop_grace_period: 0s
		    environment: {GIVEN: "1"}
		    labels: {own: label}
		    volumes: [data:/data]
		volumes:
		  data:
	EOT
	coracle up -d >/dev/null 2>&1
	coracle exec -T web sh -c '
		echo new >/added; mkdir -p /new/sub; echo deep >/new/sub/file
		rm /old/gone; echo changed >>/old/changed
		rm -r /hidden; mkdir /hidden; echo only >/hidden/only
		rm -r /whole; rm /was-file; mkdir /was-file; rm -r /was-dir; echo file >/was-dir
		ln /added /hard; ln -s added /soft; mkfifo /fifo; chmod 4755 /added; chown -h 5:6 /soft /fifo
		echo volume >/data/volume'
}

expected_diff='C /hidden
D /hidden/below
D /hidden/one
A /hidden/only
C /old
C /old/changed
D /old/gone
C /was-dir
C /was-file
D /whole
A /added
A /data
A /fifo
A /hard
A /new
A /new/sub
A /new/sub/file
A /soft'

# The tree of a root directory: type, mode, owner, name, target, content of small files.
describe()
{
	(cd "$1" && find . -mindepth 1 \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./bin -o -path ./etc \) -prune -o \
		-printf '%y %m %U:%G %n %P %l\n' | LC_ALL=C sort -k 5
	grep -r . added old hidden new was-dir keep | LC_ALL=C sort)
}

@test "diff lists what was added, changed and deleted" {
	changed diff
	expect 0 coracle container diff diff-web-1
	[ "$(sort -k 2 <<<"$output")" = "$(LC_ALL=C sort -k 2 <<<"$expected_diff")" ] || fail "$output"
	[ "$output" = "$(LC_ALL=C sort -s -k 2 <<<"$output")" ]
	coracle stop >/dev/null 2>&1
	[ "$(coracle container diff diff-web-1)" = "$output" ]
	expect 1 coracle container diff nothing
}

@test "commit: the new image has what the container has, and umoci agrees" {
	changed commit
	coracle cp web:/ - | tar -C "$(mkdir -p live && echo live)" -x --exclude=./proc
	expect 0 coracle commit -a 'Some One <a@b>' -m 'a comment' -c 'CMD ["sh"]' -c 'ENV MORE="a b" X=1' -c 'EXPOSE 80 90-91/udp' \
		-c 'LABEL one=1' -c 'WORKDIR /new' -c 'USER 5' -c 'VOLUME /vol' -c 'STOPSIGNAL SIGINT' -c 'ONBUILD RUN x' \
		-c 'ENTRYPOINT ["/bin/env"]' -c 'HEALTHCHECK --interval=5s CMD true' web made:1
	matches '^sha256:[0-9a-f]{64}$'
	id=$output
	state_is commit-web-1 running
	expect 0 coracle image inspect --format '{{.Id}} {{.Author}} {{json .Config.Cmd}} {{.Config.WorkingDir}} {{.Config.User}} {{.Config.StopSignal}}' made:1
	is "$id Some One <a@b> [\"sh\"] /new 5 SIGINT"
	expect 0 coracle image inspect --format '{{json .Config}}' made:1
	for text in '"BASE=yes"' '"GIVEN=1"' '"MORE=a b"' '"X=1"' '"80/tcp"' '"90/udp"' '"91/udp"' '"own":"label"' '"one":"1"' '"/vol"' \
		'"/bin/env"' 5000000000; do has "$text"; done
	lacks com.docker.compose
	# The layer has exactly the changes, in the form that image layers have.
	coracle image save -o saved.tar made:1
	mkdir saved && tar -C saved -xf saved.tar
	layer=$(jq -r '.[0].Layers[-1]' saved/manifest.json)
	expect 0 tar -tzf "saved/$layer"
	is 'added
data/
fifo
hard
hidden/
hidden/.wh..wh..opq
hidden/only
new/
new/sub/
new/sub/file
old/
old/changed
old/.wh.gone
soft
was-dir
was-file/
was-file/.wh..wh..opq
.wh.whole'
	# umoci and we unpack the same tree.
	expect 0 skopeo copy -q oci-archive:saved.tar oci:layout:tag
	expect 0 umoci unpack --image layout:tag bundle
	project made <<-EOT
		services:
		  x: {image: made:1, entrypoint: [sleep, "1000"], user: root, stop_grace_period: 0s}
	EOT
	coracle up -d >/dev/null 2>&1
	coracle export x -o all.tar
	mkdir ours && tar -C ours -xf all.tar
	rmdir ours/vol
	[ "$(describe ours)" = "$(describe ../commit/bundle/rootfs)" ]
	describe ours >ours.txt
	grep -q 'f 4755 0:0 2 added' ours.txt
	grep -q 'p .* 5:6 1 fifo' ours.txt
	[ "$(grep -c volume ours.txt)" = 0 ]
	expect 0 coracle exec -T x ls /hidden /old
	is $'/hidden:\nonly\n\n/old:\nchanged\nsame'
}

@test "commit again, of a stopped one, of one that changed nothing, without a name" {
	changed again
	expect 0 coracle commit web made:2
	coracle stop >/dev/null 2>&1
	expect 0 coracle container commit again-web-1 made:3
	layers='{{json .RootFS.Layers}}'
	[ "$(coracle image inspect --format "$layers" made:2)" = "$(coracle image inspect --format "$layers" made:3)" ]
	coracle create --force-recreate >/dev/null 2>&1
	coracle up -d --force-recreate >/dev/null 2>&1
	expect 0 coracle commit --pause=false web
	expect 0 coracle image inspect --format "$layers" "$output"
	[ "$(jq length <<<"$output")" = 2 ] # /data, the volume's mount point, is new
	expect 1 coracle commit web 'NO:UP:PER'
	expect 1 coracle commit -c 'RUN x' web
	has_error "change 'RUN x'"
	expect 1 coracle commit nothing
	expect 1 coracle commit --index 7 web
}

@test "root's own mode, escaped attributes and capabilities are in a commit" {
	project attributes <<-EOT
		services:
		  web: {image: base:1, privileged: true, stop_grace_period: 0s}
	EOT
	coracle up -d >/dev/null 2>&1
	cp /bin/true cap
	setcap cap_net_raw+ep cap
	touch attribute
	setfattr -n user.mine -v 'a value' attribute
	coracle cp cap web:/cap
	coracle cp attribute web:/attribute
	coracle exec -T web sh -c 'chmod 711 /; truncate -s 64M /holes; echo end >>/holes'
	expect 0 coracle commit web made:1
	coracle image save made:1 -o saved.tar
	expect 0 sh -c 'tar -xOf saved.tar "$(tar -xOf saved.tar manifest.json | jq -r ".[0].Layers[-1]")" | gzip -dc >layer.tar; tar --xattrs --xattrs-include=* -tvvf layer.tar'
	matches 'd?rwx--x--x'
	has user.mine
	has security.capability
	[ "$(stat -c %s layer.tar)" -lt 1000000 ]
	expect 0 skopeo copy -q oci-archive:saved.tar oci:layout:tag
	expect 0 umoci unpack --image layout:tag bundle
	[ "$(stat -c %s bundle/rootfs/holes)" = 67108868 ]
	[ "$(tail -c 4 bundle/rootfs/holes)" = end ]
	[ "$(getcap bundle/rootfs/cap)" = "bundle/rootfs/cap cap_net_raw=ep" ]
	coracle down >/dev/null 2>&1
	project made <<-EOT
		services:
		  web: {image: made:1, stop_grace_period: 0s}
	EOT
	coracle up -d >/dev/null 2>&1
	expect 0 coracle exec -T web stat -c '%a %s' / /holes
	matches '^711 .*67108868'
	coracle cp web:/cap cap2
	coracle cp web:/attribute attribute2
	[ "$(getcap cap2)" = "cap2 cap_net_raw=ep" ]
	[ "$(getfattr --only-values -n user.mine attribute2)" = "a value" ]
}

@test "export of a running and of a stopped container is the same, without mounts" {
	changed export
	coracle exec -T web sh -c 'mkdir -p /data2; ln -s /etc/hostname /link'
	coracle export web >running.tar
	coracle container export -o again.tar export-web-1
	cmp running.tar again.tar
	coracle stop >/dev/null 2>&1
	coracle export -o stopped.tar web
	cmp running.tar stopped.tar
	expect 0 tar -tf running.tar
	has new/sub/file
	lacks volume
	lacks '.wh.'
	lacks gone
	expect 1 coracle export web -o /nowhere/file
	expect 1 coracle export --index 3 web
}

@test "export, import, run: the round trip; compressed and plain, with changes" {
	changed trip
	coracle export web -o root.tar
	gzip -k root.tar
	zstd -q root.tar
	for source in root.tar root.tar.gz root.tar.zst -; do
		expect 0 coracle image import -c 'CMD sleep 1000' -c 'ENV A=b' -m note --platform linux/amd64 "$source" imported:1 <root.tar
		matches '^sha256:'
		expect 0 coracle image inspect --format '{{json .Config.Cmd}} {{.Config.Env}} {{.Architecture}} {{len .RootFS.Layers}}' imported:1
		is '["/bin/sh","-c","sleep 1000"] [A=b] amd64 1'
		layers=$(coracle image inspect --format '{{json .RootFS.Layers}}' imported:1)
		[ "$layers" = "${first:=$layers}" ]
	done
	project imported <<-EOT
		services:
		  x: {image: imported:1, stop_grace_period: 0s}
	EOT
	coracle up -d >/dev/null 2>&1
	coracle export x -o root.tar
	tar -tvf root.tar >ours.txt
	tar -tvf ../trip/root.tar >theirs.txt
	cmp ours.txt theirs.txt
	expect 1 coracle image import https://example.org/x.tar
	has_error "is a URL"
	echo nonsense >nonsense
	expect 1 coracle image import nonsense imported:2
	expect 1 coracle image import root.tar 'BAD NAME'
	expect 1 coracle image import --platform / root.tar
	expect 1 coracle image inspect imported:2
}

@test "save of several images is the same every time, and the others read it" {
	coracle image tag base:1 made:2
	coracle image save -o one.tar busybox base:1
	coracle image save busybox base:1 >two.tar
	cmp one.tar two.tar
	expect 0 skopeo inspect --raw docker-archive:one.tar:base:1
	expect 0 skopeo copy -q docker-archive:one.tar:base:1 oci:layout:base
	expect 0 umoci unpack --image layout:base bundle
	[ "$(cat bundle/rootfs/old/same)" = "base old/same" ]
}

# What of a commit that was killed is visible: no image, nothing unpacked that counts; the container
# runs on.
@test "a commit that is killed leaves nothing, and the container goes on" {
	project killed <<-EOT
		services:
		  web: {image: base:1, stop_grace_period: 0s}
	EOT
	coracle up -d >/dev/null 2>&1
	coracle exec -T web sh -c 'for i in 1 2 3 4 5 6; do dd if=/dev/urandom of=/big$i bs=1M count=5 2>/dev/null; done'
	before=$(coracle image ls -q | sort)
	for delay in 0.02 0.05 0.1 0.15 0.2 0.3 0.4 0.5; do
		inside timeout -s KILL $delay "$CORACLE" commit web killed:$delay >/dev/null 2>&1 || true
		eventually 10 state_is killed-web-1 running
		coracle image rm "killed:$delay" >/dev/null 2>&1 || true # when it was done in time
	done
	[ "$(coracle image ls -q | sort)" = "$before" ]
	expect 0 coracle system check
	expect 0 coracle commit web killed:1
	expect 0 coracle image rm killed:1
	expect 0 inside find "$CORACLE_ROOT/staging" -mindepth 1 ! -name .lock
	is ''
}

@test "a full disk: a clear error, and the space comes back" {
	small=$WORLD_DIR/small
	inside mkdir "$small"
	inside mount -t tmpfs -o size=8m tmpfs "$small"
	other=(coracle --root "$small/root" --run "$small/run" image)
	expect 0 "${other[@]}" ls -q
	mkdir tree
	head -c 6M /dev/urandom >tree/noise
	tar -cf big.tar tree
	expect 1 "${other[@]}" import big.tar big:1
	has_error "no space left on device"
	expect 0 "${other[@]}" ls -q
	is ''
	expect 0 inside find "$small/root/staging" "$small/root/layers" "$small/root/images/blobs" -type f ! -name .lock
	is ''
	head -c 2M tree/noise >tree/less && rm tree/noise
	tar -cf less.tar tree
	expect 0 "${other[@]}" import less.tar less:1
	eventually 10 inside umount "$small"
	inside rmdir "$small"
}
