/** Mandatory access control of a node, as far as it concerns HAProxy and keepalived. */
export interface ConfinementSeen {
  /** Absent where the kernel has no SELinux, or it is disabled. */
  readonly selinux?: SelinuxSeen;
  /** Enforced profiles of AppArmor for HAProxy or keepalived whose local additions do not name our files. */
  readonly profiles: readonly string[];
}

export interface SelinuxSeen {
  readonly enforcing: boolean;
  /** Whether its policy has a domain for HAProxy: that of the Red Hat family has. */
  readonly confinesHaproxy: boolean;
  /** Whether our policy module is loaded (deploy/selinux). */
  readonly moduleLoaded: boolean;
  /** Type of /etc/k8s-ha; absent where the folder is not there yet. */
  readonly folderType?: string;
}
