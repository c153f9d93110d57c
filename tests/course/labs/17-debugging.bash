# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
lab "debugging commands"
own docker-compose.yml <<'EOF'
services:
  web:
    image: nginx:alpine
    volumes: ["content:/usr/share/nginx/html"]
    environment: {MESSAGE: hello}
  other:
    image: nginx:alpine
volumes:
  content:
    name: volume_of_the_lab
EOF
run "docker-compose up -d"
fill "service_name command" "web id"
fill service_name web
typed "docker-compose logs -f*" pause:2 send:^C
coming "0|130" "docker-compose logs -f*" "left with Ctrl-C"
typed "docker-compose exec service_name bash" expect:# send:'echo in $MESSAGE^M' expect:"in hello" send:'exit^M'
play compose-orchestrating/snippets/23
holds 0 "services by name" "[ \"\$(docker-compose config --services | sort | tr '\\n' ' ')\" = 'other web ' ]"
fill service1 web
fill service2 other
typed "docker-compose exec service1 ping*" expect:"bytes from" send:^C
coming "0|130" "docker-compose exec service1 ping*" "left with Ctrl-C"
play compose-orchestrating/snippets/25
check "the network of the project was found" grep '"Name": "17-debugging_default"' "$output_dir/$count"
fill service_name web
fill volume_name volume_of_the_lab
play compose-orchestrating/snippets/26
check "the volume is shown" grep '"Name": "volume_of_the_lab"' "$output_dir/$count"
fill service_name web
coming "1|2|16|125" "docker-compose config --resolve-deps" "no release of Docker Compose has --resolve-deps"
play compose-orchestrating/snippets/28
holds 0 "the environment of a service" "docker-compose exec -T web env | grep MESSAGE=hello"
