FROM busybox
entrypiont x
