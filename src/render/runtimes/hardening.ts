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

const everywhere = `# It sees the machine, and changes nothing of it but the run folder (systemd.exec(5)).
RuntimeDirectory=${runDir.replace('/run/', '')}
RuntimeDirectoryPreserve=yes
ProtectSystem=strict
ProtectHome=read-only
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
RestrictNamespaces=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
`;

/**
 * Lines of a unit that take from a service what it has no use for. Of systemd 247; an older one warns of what it does not know.
 * Not for a unit that starts containers: podman mounts, makes namespaces and devices, and hands capabilities out.
 */
export function hardening({
  capabilities,
  sockets,
  systemCalls = [],
  realTime = false,
  seesProcesses = false,
  writes = [],
  makesCode = false,
}: Allowed): string {
  return [
    `${everywhere}SystemCallFilter=${['@system-service', ...systemCalls].join(' ')}`,
    `RestrictAddressFamilies=${sockets.map((family) => `AF_${family}`).join(' ')}`,
    `CapabilityBoundingSet=${capabilities.map((name) => `CAP_${name}`).join(' ')}`,
    ...writes.map((folder) => `ReadWritePaths=-${folder}`),
    ...(realTime ? [] : ['RestrictRealtime=yes']),
    ...(seesProcesses ? [] : ['ProtectProc=invisible']),
    ...(makesCode ? [] : ['MemoryDenyWriteExecute=yes']),
    '',
  ].join('\n');
}
