module example.invalid/k8s-ha/lab/runc

go 1.26.0

tool github.com/opencontainers/runc

require github.com/opencontainers/runc v1.3.7
