FROM busybox
LABEL a=<<EOF
text
EOF
