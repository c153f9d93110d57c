#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Docker's Engine API: files of containers, images from them, and how much room everything takes.

load api_helper

file_setup()
{
	api_serve main
	api_serve reader --read-only
}

# What the header says of a path.
stat_of()
{
	api HEAD "$1"
	[ "$code" = 200 ] || fail "$output"
	output=$(sed -n 's/^X-Docker-Container-Path-Stat: //p' <<<"$output" | tr -d '\r' | base64 -d)
}

running()
{
	coracle container run -d --name c1 -v data:/data:ro busybox sleep 1000 >/dev/null
	coracle container exec c1 sh -c 'mkdir -p /src/sub; echo hello >/src/file; echo two >/src/sub/file
		ln -s file /src/link; chmod 4755 /src/file'
}

@test "what a path is: Go's modes, links, and what there is not" {
	running
	stat_of '/containers/c1/archive?path=/src/file'
	json '[.name, .size, .mode, .linkTarget]' '["file",6,8389101,""]'
	json '.mtime | test("^20[0-9]{2}-.*Z$")' true
	stat_of '/containers/c1/archive?path=/src'
	json '[.name, .mode]' '["src",2147484141]'
	stat_of '/containers/c1/archive?path=/src/link'
	json '[.name, .mode, .linkTarget]' '["link",134218239,"/src/file"]'
	stat_of '/containers/c1/archive?path=/dev/null'
	json .mode 69206454
	answers 404 GET '/containers/c1/archive?path=/nope'
	message 'Could not find the file /nope in container c1'
	answers 404 GET '/containers/nobody/archive?path=/'
	message 'No such container: nobody'
	answers 400 GET /containers/c1/archive
	answers 400 GET '/containers/c1/archive?path=/src/file/'
	API=reader answers 403 GET '/containers/c1/archive?path=/src'
	coracle container rm -f c1 >/dev/null
	coracle volume rm data >/dev/null
}

@test "files come out as a tar and go in as one, running or not" {
	running
	answers 200 GET '/containers/c1/archive?path=/src' -o src.tar
	[ "$(tar -tf src.tar | sort | tr '\n' ' ')" = 'src/ src/file src/link src/sub/ src/sub/file ' ] ||
		fail "$(tar -tf src.tar)"
	answers 200 GET '/containers/c1/archive?path=/src/.' -o contents.tar
	tar -tf contents.tar | grep -q 'sub/file'
	mkdir in && echo new >in/new && tar --owner=1234 --group=5678 -C in -cf in.tar new
	coracle container exec c1 ln -s /src /where
	for archive in in.tar in.tar.gz in.tar.bz2 in.tar.xz; do
		case $archive in
		*.gz) gzip -k in.tar ;;
		*.bz2) bzip2 -k in.tar ;;
		*.xz) xz -k in.tar ;;
		esac
		answers 200 PUT '/containers/c1/archive?path=/where' -T "$archive"
		[ -z "$output" ]
		expect 0 coracle container exec c1 stat -c %u:%g /src/new
		is 1234:5678
		coracle container exec c1 rm /src/new
	done
	answers 200 PUT '/containers/c1/archive?path=/src' -H 'Transfer-Encoding: chunked' -T in.tar
	answers 404 PUT '/containers/c1/archive?path=/nope' -T in.tar
	message 'Could not find the file /nope in container c1'
	answers 400 PUT '/containers/c1/archive?path=/src/file' -T in.tar
	message 'extraction point is not a directory'
	answers 400 PUT '/containers/c1/archive?path=/data' -T in.tar
	message 'mounted volume is marked read-only'
	mkdir -p over/sub && echo x >over/file && tar -C over -cf over.tar sub file
	mkdir file && tar -C . -cf dir.tar file
	answers 400 PUT '/containers/c1/archive?path=/src&noOverwriteDirNonDir=1' -T dir.tar
	answers 200 PUT '/containers/c1/archive?path=/src' -T dir.tar
	expect 0 coracle container exec c1 test -d /src/file
	coracle container kill c1 >/dev/null
	answers 200 PUT '/containers/c1/archive?path=/' -T in.tar
	answers 200 GET '/containers/c1/archive?path=/new' -o new.tar
	[ "$(tar -xOf new.tar)" = new ]
	coracle container rm -f c1 >/dev/null
	coracle volume rm data >/dev/null
	coracle container run -d --name c1 --read-only --user 1000:1000 busybox sleep 1000 >/dev/null
	answers 400 PUT '/containers/c1/archive?path=/' -T in.tar
	message 'container rootfs is marked read-only'
	coracle container rm -f c1 >/dev/null
	coracle container create --name c1 --user 1000:1001 busybox >/dev/null
	answers 200 PUT '/containers/c1/archive?path=/tmp&copyUIDGID=1' -T in.tar
	answers 200 GET '/containers/c1/archive?path=/tmp/new' -o new.tar
	[ "$(tar --numeric-owner -tvf new.tar | awk '{print $2}')" = 1000/1001 ]
	coracle container rm -f c1 >/dev/null
}

@test "what was written: export, changes, commit" {
	coracle container run -d --name c1 busybox sleep 1000 >/dev/null
	answers 200 GET /containers/c1/changes
	is null
	coracle container exec c1 sh -c 'echo x >/new; rm /etc/passwd'
	answers 200 GET /containers/c1/changes
	json 'sort_by(.Path)' '[{"Path":"/etc","Kind":0},{"Path":"/etc/passwd","Kind":2},{"Path":"/new","Kind":1}]'
	answers 200 GET /containers/c1/export -o c1.tar
	tar -tf c1.tar | grep -qx new
	answers 404 GET /containers/nobody/export
	answers 201 POST '/commit?container=c1&repo=shop/kept&tag=1&comment=by+hand&author=me&changes=CMD+%5B%22y%22%5D' \
		-H 'Content-Type: application/json' -d '{"Env":["A=$b \"c\""],"Labels":{"a b":"c"},"Entrypoint":["/bin/sh"],
		"ExposedPorts":{"80/tcp":{}},"User":"1000","Cmd":["x"],"WorkingDir":""}'
	json '.Id | test("^sha256:[0-9a-f]{64}$")' true
	answers 200 GET /images/shop/kept:1/json
	json '[.Config.Cmd, .Config.Entrypoint, .Config.User, .Config.Labels["a b"], .Config.ExposedPorts, .Author, .Comment]' \
		'[["y"],["/bin/sh"],"1000","c",{"80/tcp":{}},"me","by hand"]'
	json '.Config.Env | index("A=$b \"c\"") != null' true
	answers 201 POST '/commit?container=c1' -H 'Content-Type: application/json' -d null
	answers 404 POST '/commit?container=nobody'
	answers 400 POST /commit
	coracle container rm -f c1 >/dev/null
	answers 200 POST /images/prune
	json '[.ImagesDeleted[] | keys[]] | unique' '["Deleted"]'
	coracle container create --name c2 busybox >/dev/null # keeps its image
	answers 200 POST '/images/prune?filters=%7B%22dangling%22%3A%5B%22false%22%5D%7D'
	json '.ImagesDeleted[0]' '{"Untagged":"shop/kept:1"}'
	coracle container rm c2 >/dev/null
}

@test "how much room everything takes, and pruned containers" {
	coracle container run --name c1 -v data:/data busybox sh -c 'echo hello >/data/x; echo hello >/y' >/dev/null
	answers 200 GET /system/df
	json '.Containers | map([.Names[0], .SizeRw > 0, .SizeRootFs > .SizeRw])' '[["/c1",true,true]]'
	json '.Volumes | map([.Name, .UsageData.RefCount, .UsageData.Size > 0])' '[["data",1,true]]'
	json '.Images | map(select(.RepoTags[0] == "busybox:latest") | [.Containers, .SharedSize >= 0])' '[[1,true]]'
	json '(.LayersSize > 0) and (.BuildCache | type == "array")' true
	answers 200 GET '/system/df?type=volume'
	json '[.Images, (.Volumes | length)]' '[null,1]'
	answers 200 POST '/containers/prune?filters=%7B%22until%22%3A%5B%221h%22%5D%7D'
	json . '{"ContainersDeleted":null,"SpaceReclaimed":0}'
	answers 200 POST /containers/prune
	json '[(.ContainersDeleted | length), .SpaceReclaimed > 0]' '[1,true]'
	coracle volume rm data >/dev/null
	answers 200 POST '/build/prune?all=1'
	json 'has("CachesDeleted") and has("SpaceReclaimed")' true
}

@test "Docker's own client: cp, diff, export, commit, system df" {
	needs_docker_client
	coracle container run -d --name c1 busybox sleep 1000 >/dev/null
	mkdir tree && echo hello >tree/file && ln -s file tree/link
	docker_of cp tree c1:/tmp/copied
	docker_of cp c1:/tmp/copied back
	[ "$(cat back/file)" = hello ]
	[ "$(readlink back/link)" = file ]
	docker_of cp -L c1:/tmp/copied/link followed
	[ "$(cat followed)" = hello ]
	tar -C tree -cf - file | docker_of cp - c1:/tmp
	docker_of cp c1:/tmp/file - | tar -xO | grep -qx hello
	docker_of diff c1 | grep -qx 'A /tmp/file'
	docker_of export -o c1.tar c1
	tar -tf c1.tar | grep -qx tmp/file
	run docker_of commit -c 'ENV A=1' -m text c1 shop/kept:2
	matches '^sha256:[0-9a-f]{64}$'
	run docker_of system df --format '{{.Type}} {{.TotalCount}}'
	has 'Containers 1'
	docker_of system df -v | grep -q 'c1'
	coracle container rm -f c1 >/dev/null
	docker_of rmi shop/kept:2 >/dev/null
	docker_of container prune -f
	docker_of builder prune -f | grep -qi reclaimed
}
