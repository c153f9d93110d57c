#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Docker's Engine API: images, archives of them, registries.

load api_helper
load pull_helper

file_setup()
{
	quick_transport
	real_registry plain
	(cd "$BATS_FILE_TMPDIR" && htpasswd -Bbn user secret >passwords)
	real_registry closed "auth: {htpasswd: {realm: test, path: $BATS_FILE_TMPDIR/passwords}}"
	api_serve main
}

send()
{
	local code=$1 method=$2 path=$3 body=$4
	answers "$code" "$method" "$path" -H 'Content-Type: application/json' -d "$body"
}

login()
{
	printf '{"username":"%s","password":"%s","serveraddress":"%s"}' "$1" "$2" "$closed" | base64 -w0 | tr '+/' '-_' | tr -d =
}

@test "images: the list, one, its history, and names" {
	answers 200 GET /images/json
	json 'map(.RepoTags[]) | index("busybox:latest") != null' true
	json '.[0] | [.ParentId, .SharedSize, .Containers, (.Created | type), (.Size | type), has("VirtualSize")]' \
		'["",-1,-1,"number","number",false]'
	answers 200 GET /v1.41/images/json
	json '.[0] | .VirtualSize == .Size' true
	answers 200 GET '/images/json?filters=%7B%22reference%22%3A%7B%22busy%2A%22%3Atrue%7D%7D'
	json 'map(.RepoTags)' '[["busybox:latest"]]'
	id=$(jq -r '.[0].Id' <<<"$output")
	answers 200 GET '/images/json?shared-size=1'
	json 'map(.SharedSize >= 0) | all' true
	answers 400 GET '/images/json?filters=%7B%22nope%22%3A%5B%22x%22%5D%7D'

	answers 200 GET /images/busybox/json
	json '[.Id, .Os, .RootFS.Type, .Parent, (.Metadata | has("LastTagTime"))]' "[\"$id\",\"linux\",\"layers\",\"\",true]"
	json '[.Config | has("Cmd", "Env", "Labels", "WorkingDir", "User", "Entrypoint")] | all' true
	json '[.Container, .ContainerConfig == .Config]' '["",true]' # docker-compose 1.29 reads it
	answers 200 GET "/images/$id/json"
	answers 404 GET /images/nope/json
	message 'No such image: nope:latest'
	answers 404 GET '/images/busybox/json?platform=%7B%22os%22%3A%22linux%22%2C%22architecture%22%3A%22s390x%22%7D'
	has 'was found but does not match the specified platform'
	answers 200 GET /images/busybox/history
	json '.[0] | [.Id, .Tags, (.Created | type), (.Size | type), (.CreatedBy | type), (.Comment | type)]' \
		"[\"$id\",[\"busybox:latest\"],\"number\",\"number\",\"string\",\"string\"]"

	answers 201 POST '/images/busybox:latest/tag?repo=shop/web&tag=1'
	[ -z "$output" ]
	answers 200 GET /images/shop/web:1/json
	json .Id "\"$id\""
	answers 404 POST '/images/nope/tag?repo=a'
	answers 400 POST '/images/busybox/tag?repo=UPPER'
	answers 409 DELETE "/images/$id"
	matches 'must be forced'
	answers 200 DELETE /images/shop/web:1
	json . '[{"Untagged":"shop/web:1"}]'
	answers 404 DELETE /images/shop/web:1
	answers 200 POST '/images/prune?filters=%7B%22dangling%22%3A%5B%22true%22%5D%7D'
	json 'has("ImagesDeleted") and has("SpaceReclaimed")' true
	answers 501 GET '/images/search?term=x'
}

@test "images: saved, loaded, imported" {
	coracle tag busybox shop/one:1
	answers 200 GET '/images/get?names=shop/one:1&names=busybox' -o one.tar
	tar -tf one.tar | grep -qx manifest.json
	answers 200 GET /images/shop/one:1/get -o two.tar
	answers 404 GET /images/nope/get
	coracle rmi shop/one:1 >/dev/null
	answers 200 POST '/images/load?quiet=1' -H 'Content-Type: application/x-tar' --data-binary @two.tar
	[ "$output" = $'{"stream":"Loaded image: shop/one:1\\n"}\r' ] || fail "$output"
	answers 200 POST /images/load -H 'Transfer-Encoding: chunked' --data-binary @one.tar
	has 'Loaded image: busybox:latest'
	coracle rmi shop/one:1 >/dev/null
	echo garbage >garbage
	answers 200 POST /images/load --data-binary @garbage # clients look for it in the stream
	json '(.error == .errorDetail.message) and (.error | length > 0)' true

	mkdir files && echo hello >files/hello && tar -C files -cf files.tar .
	answers 200 POST '/images/create?fromSrc=-&repo=shop/files&tag=1&message=by+hand&changes=CMD+%5B%22x%22%5D&changes=ENV+A%3D1' \
		--data-binary @files.tar
	matches '"status":"sha256:[0-9a-f]{64}"'
	answers 200 GET /images/shop/files:1/json
	json '[.Config.Cmd, .Config.Env, .Comment]' '[["x"],["A=1"],"by hand"]'
	coracle rmi shop/files:1 >/dev/null
	answers 501 POST '/images/create?fromSrc=http://example/x.tar'
}

@test "images: pulled and pushed with a line for each layer, and with logins from headers" {
	coracle tag busybox "$plain/one/busybox:2"
	answers 200 POST "/images/$plain/one/busybox/push?tag=2" -H 'X-Registry-Auth: e30='
	has "{\"status\":\"The push refers to repository [$plain/one/busybox]\"}"
	has '"status":"Pushed"'
	matches '"status":"2: digest: sha256:[0-9a-f]{64} size: [0-9]+"'
	matches '"progressDetail":\{\},"aux":\{"Tag":"2","Digest":"sha256:[0-9a-f]+","Size":[0-9]+\}'
	coracle rmi "$plain/one/busybox:2" >/dev/null
	answers 200 POST "/images/create?fromImage=$plain/one/busybox&tag=2"
	[ "$(head -n 1 <<<"$output")" = $'{"status":"Pulling from one/busybox","id":"2"}\r' ] || fail "$output"
	matches '\{"status":"Digest: sha256:[0-9a-f]{64}"\}'
	has "Status: Downloaded newer image for $plain/one/busybox:2"
	answers 200 POST "/images/create?fromImage=$plain/one/busybox:2"
	has "Status: Image is up to date for $plain/one/busybox:2"
	answers 404 POST "/images/create?fromImage=$plain/one/nothing&tag=1"
	matches 'manifest for .*/one/nothing:1 not found: manifest unknown'
	answers 400 POST '/images/create?fromImage=UPPER&tag=1'
	answers 404 POST "/images/$plain/one/nothing/push?tag=1"
	answers 200 GET "/distribution/$plain/one/busybox:2/json"
	json '[(.Descriptor.digest | test("^sha256:")), .Platforms[0].os, (.Descriptor.size | type)]' '[true,"linux","number"]'
	coracle rmi "$plain/one/busybox:2" >/dev/null

	coracle tag busybox "$closed/busybox:1"
	api POST "/images/$closed/busybox/push?tag=1" -H "X-Registry-Auth: $(login user wrong)"
	[ "$code" = 401 ] || has '"error"'
	answers 200 POST "/images/$closed/busybox/push?tag=1" -H "X-Registry-Auth: $(login user secret)"
	has '"status":"Pushed"'
	coracle rmi "$closed/busybox:1" >/dev/null
	answers 404 POST "/images/create?fromImage=$closed/busybox&tag=1"
	matches 'pull access denied for .*/busybox.*, repository does not exist or may require'
	answers 200 POST "/images/create?fromImage=$closed/busybox&tag=1" -H "X-Registry-Auth: $(login user secret)"
	has 'Downloaded newer image'
	coracle rmi "$closed/busybox:1" >/dev/null
	! grep -rqs secret "$CORACLE_ROOT" "$CORACLE_RUN" "$BATS_FILE_TMPDIR/api-main.log" || fail "a password was kept"

	send 200 POST /auth "{\"username\":\"user\",\"password\":\"secret\",\"serveraddress\":\"$closed\"}"
	json . '{"Status":"Login Succeeded","IdentityToken":""}'
	send 401 POST /auth "{\"username\":\"user\",\"password\":\"wrong\",\"serveraddress\":\"$closed\"}"
}

@test "images: what is pulled for the first time tells of its layers" {
	coracle tag busybox "$plain/two/busybox:1"
	coracle image push -q "$plain/two/busybox:1" >/dev/null
	coracle --root "$PWD/other" --run "$PWD/run" image ls -q
	inside setsid "$CORACLE" --root "$PWD/other" --run "$PWD/run" api --listen "unix://$WORLD_DIR/other.sock" --idle 2s \
		>api.log 2>&1 </dev/null 3>&- 4>&- &
	eventually 10 inside test -S "$WORLD_DIR/other.sock"
	API=other answers 200 POST "/images/create?fromImage=$plain/two/busybox&tag=1"
	matches '\{"status":"Pulling fs layer","progressDetail":\{\},"id":"[0-9a-f]{12}"\}'
	matches '\{"status":"Downloading","progressDetail":\{"current":[0-9]+,"total":[0-9]+\},"id":"[0-9a-f]{12}"\}'
	matches '\{"status":"Download complete","progressDetail":\{\},"id":"[0-9a-f]{12}"\}'
	matches '\{"status":"Pull complete","progressDetail":\{\},"id":"[0-9a-f]{12}"\}'
	coracle rmi "$plain/two/busybox:1" >/dev/null
	eventually 20 inside test ! -S "$WORLD_DIR/other.sock"
}

@test "Docker's own client: images" {
	needs_docker_client
	docker_of tag busybox "$plain/three/busybox:1"
	run docker_of push "$plain/three/busybox:1"
	matches '1: digest: sha256:[0-9a-f]+ size: [0-9]+'
	docker_of rmi "$plain/three/busybox:1" | grep -qx "Untagged: $plain/three/busybox:1"
	run docker_of pull "$plain/three/busybox:1"
	has "Status: Downloaded newer image for $plain/three/busybox:1"
	run docker_of pull -q "$plain/three/busybox:1"
	is "$plain/three/busybox:1"
	docker_of images --format '{{.Repository}}:{{.Tag}}' | grep -qx "$plain/three/busybox:1"
	docker_of history -q busybox | grep -q '^sha256:\|^[0-9a-f]\{12\}'
	docker_of save -o saved.tar "$plain/three/busybox:1"
	docker_of rmi "$plain/three/busybox:1" >/dev/null
	run docker_of load -i saved.tar
	has "Loaded image: $plain/three/busybox:1"
	docker_of rmi "$plain/three/busybox:1" >/dev/null
	mkdir files && echo x >files/x && tar -C files -cf files.tar .
	run docker_of import -c 'CMD ["x"]' files.tar shop/imported:1
	matches '^sha256:[0-9a-f]{64}$'
	docker_of image inspect -f '{{.Config.Cmd}}' shop/imported:1 | grep -qx '\[x\]'
	docker_of rmi shop/imported:1 >/dev/null
	docker_of image prune -f | grep -q reclaimed
	run ! docker_of pull "$plain/three/nothing:1"
	has 'not found: manifest unknown'
}
