FROM busybox
ENV A=1 B="two words" C='single $X' D=esc\ aped E="a\"b" F=
ENV G=$A${B:-x} "H"=h I=a=b=c
LABEL "com.example.a b"="x" \
      multi.line=yes
LABEL json='{"a": [1, 2]}'
ARG X Y=1 Z="a b"
ARG EMPTY=
ENV OLD form  with   blanks = and "quotes"
LABEL old value
