import type { ClusterSpec } from '../cluster/spec.ts';
import { paths, runDir, units } from '../node/paths.ts';
import { revisionOf, sha256, type NodeFileSet } from '../render/render.ts';

/**
 * A keepalived beside another one that floats the same VIPs, on the same node: the node holds them by either, so there are
 * never two holders and never none. keepalived takes its VIPs off their interface when it starts, and takes the loss of one
 * there for its own: so ours has them on the loopback interface meanwhile. The kernel answers for them there too.
 */
const besideInterface = 'lo';

/** The file set with the VIPs on the loopback interface. */
export function besideSet(spec: ClusterSpec, set: NodeFileSet): NodeFileSet {
  const vips = new Set(spec.endpoint.virtualIPs.map(({ address }) => address));
  const files = set.files.map((file) =>
    file.path === paths.keepalivedConfig
      ? {
          ...file,
          content: file.content.replaceAll(/^( {8}([^\s/]+)\/\d+ dev )\S+$/gm, (line, head: string, address: string) =>
            vips.has(address) ? `${head}${besideInterface}` : line,
          ),
        }
      : file,
  );
  const config = files.find(({ path }) => path === paths.keepalivedConfig)?.content ?? '';
  return { ...set, files, revision: revisionOf(files), keepalivedConfigRevision: sha256(config) };
}

const dropInDir = `/run/systemd/system/${units.keepalived}.d`;

/** Our unit leaves the VIPs on the interface before keepalived starts and after it has ended: they are another's there. */
export function besideUnit({ files }: NodeFileSet): readonly string[] {
  const unit = files.find(({ path }) => path === paths.keepalivedUnit)?.content ?? '';
  const starts = unit.split('\n').filter((line) => line.startsWith('ExecStartPre=') && !line.includes('ip addr del'));
  return [
    `mkdir -p ${dropInDir} ${runDir}`,
    `touch ${paths.beside}`,
    `cat >${dropInDir}/beside.conf <<'K8S_HA_END'`,
    '[Service]',
    'ExecStartPre=',
    ...starts,
    'ExecStopPost=',
    'K8S_HA_END',
    'systemctl daemon-reload',
  ];
}

/** Our unit is as it was placed again. */
export const ordinaryUnit = [`rm -rf ${dropInDir} ${paths.beside}`, 'systemctl daemon-reload'] as const;
