module example/greeter

go 1.19
