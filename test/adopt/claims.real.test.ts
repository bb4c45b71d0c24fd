import { setPriority } from 'node:os';
import { expect, it } from 'vitest';
import type { ClaimRow } from '../../bench/import/cases.ts';
import { claimOf, measure, type Measured } from '../../bench/import/measure.ts';
import { claimRows } from '../../bench/import/rows.ts';

/** One row of each kind of claim; bench/import measures all of them (docs/import-claims.md). */
const few = [
  'version 3, 500 ms, 200 and 10',
  'weight −60, 150 and 100',
  '200 and 90 with weight 101: clamped at 254',
  'two passwords',
  'vrrp_strict',
  'inter 500 ms, timeout check 2 s, no answer',
  'check-ssl without httpchk, not ready',
  'httpchk without check-ssl',
  'two backends of one name',
];

const rows: readonly ClaimRow[] = claimRows.filter(({ name }) => few.includes(name));

it(
  'what import claims is what keepalived and HAProxy do (needs root: network namespaces)',
  { timeout: 120_000 },
  async () => {
    expect(rows.map(({ name }) => name)).toHaveLength(few.length);
    expect(rows.filter((row) => row.rule !== undefined && claimOf(row) === undefined)).toEqual([]);
    // What else the machine does shall not be measured: keepalived and HAProxy inherit this.
    setPriority(-15);
    const results = await Promise.all(rows.map(async (row) => ({ name: row.name, ...(await measured(row)) })));
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
  },
);

/** A busy machine is late now and then, a wrong model always: what does not hold is measured twice more. */
async function measured(row: ClaimRow): Promise<Measured> {
  for (let tries = 1; tries < 3; tries += 1) {
    const found = await measure(row);
    if (found.ok) return found;
  }
  return measure(row);
}
