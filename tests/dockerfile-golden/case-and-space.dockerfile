   from busybox AS Build
	Run	 echo  two   blanks  
fRoM scratch as final
copy   --from=build	/a   /b	/c/  
