module example.invalid/k8s-ha/clients

go 1.26.0
