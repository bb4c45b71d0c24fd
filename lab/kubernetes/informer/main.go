// informer watches the ConfigMaps of a namespace with client-go's informer, which every controller has, with nothing set but what
// the kubeconfig says: its timers are client-go's. It prints "synced", and then a line with data.value for each change.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os/signal"
	"syscall"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	kubeconfig := flag.String("kubeconfig", "/etc/kubernetes/admin.conf", "credentials")
	server := flag.String("server", "", "URL of the API server, instead of the kubeconfig's")
	serverName := flag.String("tls-server-name", "", "name in the API server's certificate")
	namespace := flag.String("namespace", "default", "what is watched")
	flag.Parse()

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
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(*namespace))
	informer := factory.Core().V1().ConfigMaps().Informer()
	_, err = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		UpdateFunc: func(_, changed any) {
			if configMap, ok := changed.(*corev1.ConfigMap); ok {
				fmt.Println(configMap.Data["value"])
			}
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		log.Fatal("the cache did not sync")
	}
	fmt.Println("synced")
	<-ctx.Done()
}
