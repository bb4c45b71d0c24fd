// Writes the bill of materials (CycloneDX) to standard output: the libraries that an installation brings along, and those that
// the page was bundled with, which the file given as the only argument names. What npm makes up again in each run is replaced,
// so that the same sources give the same bytes: the time is that of the sources (SOURCE_DATE_EPOCH, seconds), the serial
// number is made from the content.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const bundled = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const everything = JSON.parse(
  execFileSync('npm', ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  }),
);

const root = everything.metadata.component['bom-ref'];
const direct = Object.entries({ ...manifest.dependencies, ...bundled }).map(([name, version]) => `${name}@${version}`);
const shipped = reachableFrom(direct);

const { serialNumber: _random, ...document } = {
  ...everything,
  metadata: {
    ...everything.metadata,
    timestamp: new Date(Number(process.env.SOURCE_DATE_EPOCH) * 1000).toISOString(),
    // npm takes the name of the folder.
    component: { ...everything.metadata.component, name: manifest.name },
  },
  components: everything.components.filter((one) => shipped.has(one['bom-ref'])).map(asRequired),
  dependencies: [{ ref: root, dependsOn: direct }, ...everything.dependencies.filter(({ ref }) => shipped.has(ref))],
};
console.log(JSON.stringify({ ...document, serialNumber: `urn:uuid:${uuidOf(JSON.stringify(document))}` }, null, 2));

/**
 * `npm sbom --omit dev` would leave out what a development tool needs as well (yaml, zod), so the dependencies are followed
 * from what is shipped.
 */
function reachableFrom(references) {
  const known = new Map(everything.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
  const found = new Set();
  for (const waiting = [...references]; waiting.length > 0;) {
    const reference = waiting.pop();
    if (found.has(reference)) continue;
    if (!known.has(reference)) throw new Error(`the lock file has no ${reference}`);
    found.add(reference);
    waiting.push(...known.get(reference));
  }
  return found;
}

/** npm marks what only development installs; the page's libraries are shipped. */
function asRequired(component) {
  const properties = component.properties.filter(({ name }) => name !== 'cdx:npm:package:development');
  return { ...component, scope: 'required', properties };
}

/** RFC 9562 §5.8: version 8 is for numbers that are made in a way of one's own. */
function uuidOf(text) {
  const hash = createHash('sha256').update(text).digest('hex');
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `a${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join('-');
}
