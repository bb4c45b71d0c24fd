import type { Fault } from '../fault.ts';
import { apiServerHung } from './api-server-hung.ts';
import { apiServerKilled } from './api-server-killed.ts';
import { cutFromPeers } from './cut-from-peers.ts';
import { haproxyHung } from './haproxy-hung.ts';
import { haproxyKilled } from './haproxy-killed.ts';
import { keepalivedKilled } from './keepalived-killed.ts';
import { keepalivedStopped } from './keepalived-stopped.ts';
import { nodeLost } from './node-lost.ts';

/** Every fault, in the order in which `drill --list` shows them. */
export const faults: readonly Fault[] = [
  keepalivedStopped,
  keepalivedKilled,
  haproxyKilled,
  haproxyHung,
  nodeLost,
  cutFromPeers,
  apiServerKilled,
  apiServerHung,
];
