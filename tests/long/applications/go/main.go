package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Println("go", len(os.Args), os.Getuid())
}
