import { balancerRows } from './balancer-rows.ts';
import type { ClaimRow } from './cases.ts';
import { vrrpRows } from './vrrp-rows.ts';

/** Every claim that is measured. */
export const claimRows: readonly ClaimRow[] = [...vrrpRows, ...balancerRows];
