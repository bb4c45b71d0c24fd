import { describe, expect, test } from 'vitest';
import { load } from '../../src/cluster/file/load.ts';
import { assumedFacts } from '../../src/cluster/timers.ts';
import { paths } from '../../src/node/paths.ts';
import { renderNode } from '../../src/render/render.ts';
import { fakeTimers } from '../fakes/spec.ts';

/** The files of a node on an interface; another node is on a VLAN on a bond. */
function renderedOn(name: string) {
  const loaded = load(
    `name: several
endpoint: { virtualIPs: [10.20.0.100] }
nodes:
  - { name: cp1, address: 10.20.0.1, interface: ${name} }
  - { name: cp2, address: 10.20.0.2, interface: bond0.20 }
  - { name: cp3, address: 10.20.0.3 }
`,
    'several.yaml',
  );
  const { spec } = loaded;
  const cp1 = spec?.nodes[0];
  if (!spec || !cp1) throw new Error(JSON.stringify(loaded.findings));
  const set = renderNode(spec, cp1, fakeTimers, { ...assumedFacts, interface: name });
  return (path: string): string => set.files.find((file) => file.path === path)?.content ?? '';
}

describe('the interface of a node', () => {
  // A card by its place, a VLAN, a bond, a VLAN on a bond, a bridge.
  test.each(['enp3s0f0np0', 'eth0.100', 'bond0', 'bond0.20', 'br-mgmt'])(
    '%s is where keepalived speaks, has the VIP and takes it off, and what the guard listens to',
    (name) => {
      const content = renderedOn(name);
      const keepalived = content(paths.keepalivedConfig);
      expect(keepalived).toContain(`    interface ${name}\n`);
      expect(keepalived).toContain(`        10.20.0.100/32 dev ${name}\n`);
      expect(content(paths.keepalivedUnit)).toContain(`ip addr del 10.20.0.100/32 dev ${name}\n`);
      expect(content(paths.guard)).toContain(`iifname != "${name}"`);
      expect(content(paths.supportScript)).toContain(`dev ${name} `);
      // Another node's interface is that node's.
      for (const path of [paths.keepalivedConfig, paths.guard, paths.supportScript])
        expect(content(path).includes('bond0.20')).toBe(name === 'bond0.20');
    },
  );
});
