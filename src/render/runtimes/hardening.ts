import { runDir } from '../../node/paths.ts';

/** What one of our services may still do. */
export interface Allowed {
  /** Linux capabilities that it and everything it starts may have (capabilities(7)). */
  readonly capabilities: readonly string[];
  /** Kinds of sockets, without the unit's AF_. */
  readonly sockets: readonly string[];
  /** System calls beside systemd's list for ordinary services. */
  readonly systemCalls?: readonly string[];
  /** It, or what it starts, is given a real-time priority. */
  readonly realTime?: boolean;
  /** It looks for the processes of other users. */
  readonly seesProcesses?: boolean;
  /** Folders that it writes to beside the run folder. */
  readonly writes?: readonly string[];
  /** It makes code while it runs: PCRE's and other just-in-time compilers, also those of scripts of the operator's. */
  readonly makesCode?: boolean;
}

/** How a service sees the machine. */
interface View {
  readonly told: string;
  readonly system: 'strict' | 'full';
  readonly home: 'read-only' | 'yes';
  readonly namespaces: string;
}

function seen({ told, system, home, namespaces }: View): string {
  return `# ${told} (systemd.exec(5)).
RuntimeDirectory=${runDir.replace('/run/', '')}
RuntimeDirectoryPreserve=yes
ProtectSystem=${system}
ProtectHome=${home}
PrivateTmp=yes
PrivateDevices=yes
ProtectHostname=yes
ProtectClock=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
NoNewPrivileges=yes
LockPersonality=yes
RestrictNamespaces=${namespaces}
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
`;
}

/**
 * Lines of a unit that take from a service what it has no use for. Of systemd 247; an older one warns of what it does not know.
 */
export function hardening(allowed: Allowed): string {
  const told = 'It sees the machine, and changes nothing of it but the run folder';
  return `${seen({ told, system: 'strict', home: 'read-only', namespaces: 'yes' })}${limits(allowed)}`;
}

/**
 * The same for a unit that starts a container. Before the program runs, podman and crun mount it, write below folders of mode 0,
 * load its filter of system calls and give up what it is not to have. podman's storage is where storage.conf(5) says. With
 * RestrictNamespaces crun makes namespaces, and cannot enter those that are there (`podman exec` in the unit).
 */
export function containerHardening(allowed: Allowed): string {
  const told = 'podman sees the machine, and changes nothing of its system';
  return `${seen({ told, system: 'full', home: 'yes', namespaces: 'mnt pid ipc' })}PrivateMounts=yes
${limits({
  ...allowed,
  // podman loads AppArmor's profile of containers where nothing has since the boot.
  capabilities: ['SYS_ADMIN', 'SETPCAP', 'DAC_OVERRIDE', 'MAC_ADMIN', ...allowed.capabilities],
  writes: ['/sys/kernel/security/apparmor'],
  systemCalls: ['@mount', 'seccomp'],
})}`;
}

function limits({
  capabilities,
  sockets,
  systemCalls = [],
  realTime = false,
  seesProcesses = false,
  writes = [],
  makesCode = false,
}: Allowed): string {
  return [
    `SystemCallFilter=${['@system-service', ...systemCalls].join(' ')}`,
    `RestrictAddressFamilies=${sockets.map((family) => `AF_${family}`).join(' ')}`,
    `CapabilityBoundingSet=${capabilities.map((name) => `CAP_${name}`).join(' ')}`,
    ...writes.map((folder) => `ReadWritePaths=-${folder}`),
    ...(realTime ? [] : ['RestrictRealtime=yes']),
    ...(seesProcesses ? [] : ['ProtectProc=invisible']),
    ...(makesCode ? [] : ['MemoryDenyWriteExecute=yes']),
    '',
  ].join('\n');
}
