import { describe, expect, it } from 'vitest';
import { baseOf, isStore, podmanFiles, storeName } from '../../../src/lab/base/container-image.ts';
import { ownImage } from '../../../src/render/runtimes/image.ts';

const host = {
  codename: 'bookworm',
  architecture: 'amd64',
  sources: ['deb http://mirror.example/debian bookworm main'],
  aptOptions: [],
};
const wanted = { image: 'localhost/x:1', containerfile: 'FROM docker.io/library/debian:bookworm-slim\nRUN true\n' };

describe('the store of container images', () => {
  it('is another for another recipe, name or mirror, and has a name that no base image has', () => {
    const names = [
      storeName(host, wanted),
      storeName(host, { ...wanted, image: 'localhost/x:2' }),
      storeName(host, { ...wanted, containerfile: `${wanted.containerfile}RUN false\n` }),
      storeName({ ...host, sources: [] }, wanted),
    ];
    expect(new Set(names).size).toBe(4);
    expect(storeName({ ...host }, { ...wanted })).toBe(names[0]);
    expect(names.every(isStore)).toBe(true);
  });

  it('has the base that the recipe names, in FROM or as its default', () => {
    const base = { name: 'docker.io/library/debian:bookworm-slim', release: 'bookworm' };
    expect(baseOf(wanted.containerfile)).toEqual(base);
    expect(baseOf(ownImage.containerfile)).toEqual(base);
    expect(baseOf('FROM docker.io/library/alpine:3\n')).toBeUndefined();
  });

  it("is below the node's own storage", () => {
    const [storage] = podmanFiles;
    expect(storage?.path).toBe('etc/containers/storage.conf');
    expect(storage?.content).toContain('graphroot = "/var/lib/containers/storage"');
    expect(storage?.content).toContain('additionalimagestores = ["/opt/k8s-ha-lab/containers"]');
  });
});
