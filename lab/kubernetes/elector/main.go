// elector takes part in one leader election, with the library that Kubernetes' own components use (client-go's
// leaderelection), and runs a shell command when it begins and when it ends to lead. The lab uses it where a program that
// elects its leader by a lease cannot be had: its lease handling, and what depends on that, is then the real one.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

func main() {
	hostname, _ := os.Hostname()
	kubeconfig := flag.String("kubeconfig", "/etc/kubernetes/admin.conf", "credentials")
	server := flag.String("server", "", "URL of the API server, instead of the kubeconfig's")
	serverName := flag.String("tls-server-name", "", "name in the API server's certificate")
	namespace := flag.String("namespace", "kube-system", "namespace of the lease")
	name := flag.String("lease", "", "name of the lease")
	identity := flag.String("identity", hostname, "who we are in the lease")
	duration := flag.Duration("lease-duration", 15*time.Second, "how long others wait after the last renewal")
	deadline := flag.Duration("renew-deadline", 10*time.Second, "how long the leader tries to renew before it gives up")
	period := flag.Duration("retry-period", 2*time.Second, "time between two tries")
	release := flag.Bool("release-on-cancel", true, "give the lease back on SIGTERM")
	atStart := flag.String("at-start", "", "shell command run before taking part")
	onLead := flag.String("on-lead", "", "shell command run when the lease is ours")
	onLost := flag.String("on-lost", "", "shell command run when it is not any more")
	repeat := flag.String("repeat", "", "shell command run every --repeat-every while leading")
	every := flag.Duration("repeat-every", 3*time.Second, "see --repeat")
	flag.Parse()
	if *name == "" {
		log.Fatal("--lease is missing")
	}

	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		log.Fatal(err)
	}
	if *server != "" {
		config.Host = *server
	}
	if *serverName != "" {
		config.TLSClientConfig.ServerName = *serverName
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		log.Fatal(err)
	}

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	shell(*atStart)
	leaderelection.RunOrDie(ctx, leaderelection.LeaderElectionConfig{
		Lock: &resourcelock.LeaseLock{
			LeaseMeta:  metav1.ObjectMeta{Name: *name, Namespace: *namespace},
			Client:     client.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: *identity},
		},
		ReleaseOnCancel: *release,
		LeaseDuration:   *duration,
		RenewDeadline:   *deadline,
		RetryPeriod:     *period,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(leading context.Context) {
				log.Printf("%s leads %s", *identity, *name)
				shell(*onLead)
				for *repeat != "" {
					shell(*repeat)
					select {
					case <-leading.Done():
						return
					case <-time.After(*every):
					}
				}
			},
			OnStoppedLeading: func() {
				shell(*onLost)
				log.Printf("%s does not lead %s any more", *identity, *name)
				os.Exit(1) // the service manager starts it again, as the kubelet would
			},
			OnNewLeader: func(leader string) { log.Printf("the leader of %s is %s", *name, leader) },
		},
	})
}

func shell(command string) {
	if command == "" {
		return
	}
	if out, err := exec.Command("/bin/sh", "-c", command).CombinedOutput(); err != nil {
		log.Printf("%s: %v: %s", command, err, out)
	}
}
