// The first process of every pod's sandbox: it holds the pod's namespaces, and waits. With -v it says what it is and ends, as
// kubeadm's check of a cluster's health wants it.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "-v" {
		fmt.Println("pause of the k8s-ha lab")
		return
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	<-signals
}
