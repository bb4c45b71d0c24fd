/** Types of SELinux: HAProxy's domain in the policy of the Red Hat family, and that of our files by our module (deploy/selinux). */
export const selinuxTypes = { haproxy: 'haproxy_t', etc: 'k8s_ha_etc_t' } as const;
