# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
lab "every file of the course is loaded"
# loads CODES WHY FILE...: as one project, in a folder with the files that they name.
loads()
{
	local codes=$1 why=$2
	shift 2
	judged + "docker compose $(printf -- ' -f %s' "$@") config -q" "$codes" "$why"
}

export ENVIRONMENT=production STABLE_VERSION=v1 CANARY_VERSION=v2
touch .env .env.production .env.common
own config/production.env <<<A=1
take compose-orchestrating/snippets orchestrating
take lesson-complex-applications/snippets complex
take lesson-3-scaling/snippets scaling
take lesson-25-scaling-patterns/snippets patterns
mkdir -p labs && for file in lesson-complex-applications/{lab1,lab2} lesson-3-scaling/{lab1,lab2,files}; do
	cp "$COURSE/$file"/docker-compose*.yml labs/
	cp "$COURSE/$file/docker-compose.yml" "labs/$(tr / - <<<"$file").yml" 2>/dev/null
done
own base.yml <<'EOF'
services: {app: {image: nginx}, api: {image: nginx}}
volumes: {app_data: , user_data: , order_data: }
networks: {backend: }
EOF

loads 1 "two versions in one file, here as with Docker" orchestrating/01-*
loads 1 "a list in a mapping, here as with Docker" orchestrating/12-*
for file in orchestrating/{02,03,04,05,06,07,08,09,10,11,13,16,17,18,19,20,22,24,30,31,32}-*.yaml \
	complex/{01,02,05}-*.yaml scaling/02-*.yaml patterns/*.yaml labs/*.yml; do
	loads 0 '' "$file"
done
loads 0 'the base and one for development' orchestrating/13-* orchestrating/14-*
loads 0 'the base and one for production' orchestrating/13-* orchestrating/15-*
for file in orchestrating/27-* complex/{10,11,13,14}-*.yaml; do
	loads 0 'what it leaves out is in base.yml' base.yml "$file"
done
for file in complex/{06,07}-*.yaml "$COURSE"/lesson-complex-applications/files/docker-compose.override.yml; do
	loads 0 'parts of the platform' labs/lesson-complex-applications-lab1.yml "$file"
done
for file in scaling/{08,17}-*.yaml; do
	loads 0 'parts of the scalable application' labs/lesson-3-scaling-lab1.yml "$file"
done
