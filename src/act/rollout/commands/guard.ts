import { guardTable, paths } from '../../../node/paths.ts';

/** Shell: the kernel gets the rules of the file in place, in one step; none where there is no file. */
export const loadGuard = `if [ -f ${paths.guard} ]; then nft -f ${paths.guard}; else nft delete table ${guardTable} 2>/dev/null || :; fi`;

/** Shell: takes the rules away, where there is an nft that could have loaded them. */
export const dropGuard = `! command -v nft >/dev/null || nft delete table ${guardTable} 2>/dev/null || :`;
