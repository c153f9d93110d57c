# SPDX-License-Identifier: Apache-2.0
# containerd has its containers run by coracle-oci: by ctr, and as a kubelet asks it to (payload/cri.py).
load helper
load oci_helper

oci_setup()
{
	export ENGINE=$BATS_FILE_TMPDIR/containerd
	mkdir "$ENGINE"
	has_engine containerd ctr || return 0
	containerd_config >"$ENGINE/config.toml"
	# shellcheck disable=SC2016 # expanded inside
	inside unshare --mount sh -c 'mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec containerd -c "$1"' sh \
		"$ENGINE/config.toml" >"$ENGINE/log" 2>&1 3>&- 4>&- &
	eventually 60 ctr version || return 0
	import_images >"$ENGINE/import" 2>&1
}

# What docs/oci.md says, and where its own things are.
containerd_config()
{
	cat <<-EOF
	version = 2
	root = "$WORLD_DIR/containerd"
	state = "$WORLD_DIR/containerd-run"
	[grpc]
	address = "$WORLD_DIR/containerd.sock"
	[plugins."io.containerd.grpc.v1.cri"]
	sandbox_image = "docker.io/library/pause:1"
	tolerate_missing_hugetlb_controller = true
	[plugins."io.containerd.grpc.v1.cri".cni]
	conf_dir = "$WORLD_DIR/cni"
	[plugins."io.containerd.grpc.v1.cri".containerd]
	default_runtime_name = "coracle"
	[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.coracle]
	runtime_type = "io.containerd.runc.v2"
	[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.coracle.options]
	BinaryName = "$BATS_FILE_TMPDIR/coracle-oci"
	Root = "$OCI_ROOT"
	SystemdCgroup = false
	EOF
}

import_images()
{
	coracle container create --name source busybox
	coracle container commit --change 'CMD ["sleep", "100000"]' source pause:1
	coracle container rm source
	coracle tag busybox box:1
	coracle image save -o "$ENGINE/images.tar" pause:1 box:1
	ctr -n k8s.io images import "$ENGINE/images.tar"
}

ctr()
{
	inside timeout --foreground -k 5 60 ctr -a "$WORLD_DIR/containerd.sock" "$@"
}

setup()
{
	needs_engine containerd ctr
	ctr version >/dev/null 2>&1 || skip "containerd does not run here: $(tail -n 3 "$ENGINE/log")"
	cd "$BATS_TEST_TMPDIR" || return 1
	: >"$BATS_TEST_TMPDIR/.projects"
}

teardown()
{
	assert_no_reports
}

# --- ctr --------------------------------------------------------------------------------------------

run_by_ctr()
{
	ctr -n k8s.io run --runc-binary "$BATS_FILE_TMPDIR/coracle-oci" --runc-root "$OCI_ROOT" "$@"
}

has_stopped()
{
	ctr -n k8s.io tasks ls | grep -q "^$1 .*STOPPED"
}

@test "ctr: run, exec, pause, kill, delete with --runc-binary" {
	expect 0 run_by_ctr --rm docker.io/library/box:1 one echo hello
	is hello
	expect 5 run_by_ctr --rm docker.io/library/box:1 one sh -c 'exit 5'
	expect_apart 0 run_by_ctr -d docker.io/library/box:1 two sleep 1000
	expect 0 ctr -n k8s.io tasks exec --exec-id e two sh -c 'echo inside'
	is inside
	expect 0 ctr -n k8s.io tasks pause two
	expect 0 ctr -n k8s.io tasks resume two
	expect 0 ctr -n k8s.io tasks ps two
	expect 0 ctr -n k8s.io tasks kill -s KILL two
	eventually 10 has_stopped two
	expect 0 ctr -n k8s.io tasks delete two
	has_error "exit code 137"
	expect 0 ctr -n k8s.io containers delete two
}

# --- a kubelet's calls --------------------------------------------------------------------------------

cri()
{
	inside python3 "$tests_dir/payload/cri.py" "$WORLD_DIR/containerd.sock" "$@"
}

# Runs a pod with the host's network; $pod is its name, $sandbox what it is made of.
run_pod()
{
	sandbox=$(jq -n --arg name "$BATS_TEST_NUMBER" --arg logs "$BATS_TEST_TMPDIR/logs" '{metadata: {name: $name, uid: $name, namespace: "tests"},
		log_directory: $logs, linux: {cgroup_parent: "/kube", security_context: {namespace_options: {network: 2}}}}')
	expect 0 cri RunPodSandbox "$(jq -n --argjson config "$sandbox" '{config: $config}')"
	pod=$(jq -r .pod_sandbox_id <<<"$output")
}

remove_pod()
{
	expect 0 cri StopPodSandbox "{\"pod_sandbox_id\": \"$pod\"}"
	expect 0 cri RemovePodSandbox "{\"pod_sandbox_id\": \"$pod\"}"
	expect 0 inside ls "$OCI_ROOT/k8s.io"
	is ""
}

# start_container NAME SCRIPT [JQ-FILTER]: $container is its id.
start_container()
{
	local request
	request=$(jq -n --argjson sandbox "$sandbox" --arg pod "$pod" --arg name "$1" --arg script "$2" '
		{pod_sandbox_id: $pod, sandbox_config: $sandbox, config: {metadata: {name: $name}, log_path: ($name + ".log"),
		image: {image: "docker.io/library/box:1"}, command: ["sh", "-c", $script]}}')
	expect 0 cri CreateContainer "$(jq "${3:-.}" <<<"$request")"
	container=$(jq -r .container_id <<<"$output")
	expect 0 cri StartContainer "$(of_container)"
}

# of_container [JQ-FILTER]: a request about $container.
of_container()
{
	jq -n --arg id "$container" "{container_id: \$id} ${1:++ $1}"
}

has_exited()
{
	[ "$(cri ContainerStatus "$(of_container)" | jq -r '.status | "\(.state) \(.exit_code)"')" = "2 $1" ]
}

@test "a kubelet's pod: start, exec, statistics, update, stop, log" {
	run_pod
	start_container web 'trap "echo bye; exit 3" TERM; echo up; while :; do sleep 0.1; done'
	expect 0 cri ExecSync "$(of_container '{cmd: ["sh", "-c", "echo in; echo wrong >&2; exit 4"], timeout: 10}')"
	is '{"stdout": "in\n", "stderr": "wrong\n", "exit_code": 4}'
	expect 1 cri ExecSync "$(of_container '{cmd: ["nothing-of-that-name"]}')"
	has_error "executable file not found"
	expect 1 cri ExecSync "$(of_container '{cmd: ["sleep", "1000"], timeout: 1}')"
	has_error "timeout 1s exceeded"
	expect 0 cri ContainerStats "$(of_container)"
	[ "$(jq .stats.memory.timestamp <<<"$output")" -gt 0 ]
	expect 0 cri UpdateContainerResources "$(of_container '{linux: {oom_score_adj: 7}}')"
	expect 0 cri StopContainer "$(of_container '{timeout: 10}')"
	has_exited 3
	expect 0 cri RemoveContainer "$(of_container)"
	[ "$(cut -d ' ' -f 2- logs/web.log)" = $'stdout F up\nstdout F bye' ]
	remove_pod
}

@test "a kubelet's container: user, capabilities, read-only, volume, namespaces of the pod" {
	mkdir data && echo given >data/f
	run_pod
	start_container first 'exec sleep 1000'
	start_container second 'id -u; pwd; touch /x 2>/dev/null || echo closed; cat /data/f; echo more 2>/dev/null >/data/f || echo kept; grep -h -e CapEff -e NoNewPrivs /proc/self/status' \
		'.config += {working_dir: "/tmp", mounts: [{container_path: "/data", host_path: "'"$PWD"'/data", readonly: 1}],
		linux: {security_context: {run_as_user: {value: 5}, readonly_rootfs: 1, no_new_privs: 1,
		capabilities: {drop_capabilities: ["ALL"]}}}}'
	eventually 10 has_exited 0
	run cut -d ' ' -f 4- logs/second.log
	is $'5\n/tmp\nclosed\ngiven\nkept\nCapEff:\t0000000000000000\nNoNewPrivs:\t1'
	remove_pod
}

@test "what cannot be executed is said to a kubelet" {
	run_pod
	local request
	request=$(jq -n --argjson sandbox "$sandbox" --arg pod "$pod" '{pod_sandbox_id: $pod, sandbox_config: $sandbox,
		config: {metadata: {name: "bad"}, image: {image: "docker.io/library/box:1"}, command: ["nothing-of-that-name"]}}')
	expect 0 cri CreateContainer "$request"
	container=$(jq -r .container_id <<<"$output")
	expect 1 cri StartContainer "$(of_container)"
	has_error 'exec: "nothing-of-that-name": executable file not found in $PATH'
	has_exited 128
	remove_pod
}
