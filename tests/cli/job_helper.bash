# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Containers as CI systems make them for a job, in which Coracle runs in turn. The outer runtime is
# Coracle, too.

# shellcheck source=tests/cli/helper.bash
load "${BASH_SOURCE[0]%/*}/helper"

# A job's image: a Debian whose /usr is this machine's, so that what was built here runs there.
job_image()
{
	local root=$BATS_FILE_TMPDIR/job name
	mkdir -p "$root"/{dev,etc,mnt,proc,root,run,sys,tmp,usr,var/lib,var/tmp,builds}
	for name in bin sbin lib lib64; do
		[ ! -L "/$name" ] || cp -d "/$name" "$root/"
	done
	cp /etc/passwd /etc/group "$root/etc/"
	tar -C "$root" -c . | coracle import - job >/dev/null
}

declare -gA job_kinds=(
	[volume]='--privileged --volume /var/lib/coracle'
	[privileged]='--privileged'
	[capabilities]='--cap-add SYS_ADMIN --cap-add NET_ADMIN'
)

# job KIND SCRIPT [ARGUMENT...]: bash runs it in a container of that kind, in the current directory's
# copy below /builds; more options of `container run` may be in JOB_OPTIONS.
job()
{
	local options=()
	read -ra options <<<"${job_kinds[$1]} ${JOB_OPTIONS:-}"
	CORACLE_TIMEOUT=${JOB_TIMEOUT:-60} coracle container run --rm "${options[@]}" --volume /usr:/usr:ro \
		--volume /etc/alternatives:/etc/alternatives:ro --volume "$project_dir:$project_dir:ro" \
		--volume "$IMAGE_CACHE:$IMAGE_CACHE:ro" --volume "$WORLD_DIR/sanitizer:$WORLD_DIR/sanitizer" \
		--volume "$PWD:/builds" --workdir /builds --env "PATH=${CORACLE%/*}:/usr/sbin:/usr/bin" \
		--env "ASAN_OPTIONS=$ASAN_OPTIONS" --env "UBSAN_OPTIONS=$UBSAN_OPTIONS" \
		--env "IMAGE_CACHE=$IMAGE_CACHE" job bash -euc "$2" job "${@:3}"
}
