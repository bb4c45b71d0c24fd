import { describe, expect, it } from 'vitest';
import { createDecoder } from '../../../src/observe/live/decode.ts';
import { parseLogEntry } from '../../../src/observe/live/journal.ts';
import type { Observation } from '../../../src/observe/live/model.ts';

const header = '# pxname,svname,scur,stot,bin,bout,status,rate,check_status,check_code,check_duration,last_chk,';

function block(...rows: string[]): string[] {
  return [`H:> ${header}`, ...rows.map((row) => `H:${row}`), 'H:'];
}

const haproxyLines = [
  ...block('k8s_api,FRONTEND,7,70,100,200,OPEN,2,,,,,'),
  ...block('k8s_members,cp2,0,0,0,0,UP,0,L7OK,200,1,,', 'k8s_members,cp3,0,0,0,0,DOWN,0,L4TOUT,,300,,'),
  ...block('k8s_api_ready,cp1,4,40,1,1,UP,1,L7OK,200,12,,', 'k8s_api_ready,cp2,0,0,1,1,DOWN 1/2,0,* L4CON,,,,'),
];

function feed(lines: readonly string[]): Observation[] {
  const decoder = createDecoder('cp1');
  decoder.asked(1, 1000);
  decoder.askedClock(1000);
  return lines.flatMap((line) => decoder.line(line, 1010) ?? []);
}

describe('what a watched node prints', () => {
  it('is a sample once its last line is there, placed between question and answer', () => {
    const [seen] = feed([
      'T 1 S T',
      'D 1 maintenance by me',
      'L {"token":"t","owner":"me","action":"apply"}',
      '2: eth0    inet 172.16.100.100/32 scope global eth0',
      'E 1 0',
    ]);
    expect(seen).toMatchObject({
      kind: 'sample',
      sentMs: 1000,
      atMs: 1010,
      sample: {
        vips: { value: ['172.16.100.100'] },
        keepalived: 'running',
        haproxy: 'stopped',
        drain: { by: 'operator', name: '', reason: 'maintenance by me' },
        lock: { owner: 'me' },
      },
    });
  });

  it('has no VIP that is only on the loopback interface: another node has it, and connections go on through this one', () => {
    const [seen] = feed(['T 1 S S', 'D 0', 'L ', '1: lo    inet 172.16.100.100/32 scope global lo', 'E 1 0']);
    expect(seen).toMatchObject({ sample: { vips: { known: true, value: [] } } });
  });

  it('has no VIPs, or says that the addresses cannot be read', () => {
    expect(feed(['T 1 - Z', 'D 0', 'L ', 'E 1 0'])[0]).toMatchObject({
      sample: {
        vips: { known: true, value: [] },
        keepalived: 'absent',
        haproxy: 'absent',
        drain: undefined,
        lock: undefined,
      },
    });
    expect(feed(['T 1 S S', 'D ', 'L ', 'E 1 1'])[0]).toMatchObject({ sample: { vips: { known: false } } });
  });

  it('may have lines of HAProxy between the others', () => {
    const lines = ['T 1 S S', ...haproxyLines.slice(0, 4), 'D ', 'L ', ...haproxyLines.slice(4), 'E 1 0'];
    expect(feed(lines).map(({ kind }) => kind)).toEqual(['haproxy', 'sample']);
    expect(feed(lines)[0]).toMatchObject({
      stats: {
        sessions: 7,
        sessionRate: 2,
        peersUp: 1,
        servers: [
          { server: 'cp1', status: 'UP', checkMs: 12, lastCheck: 'L7OK 200' },
          { server: 'cp2', status: 'DOWN 1/2', checkMs: undefined, lastCheck: 'L4CON' },
        ],
      },
    });
  });

  it('tells the clock with half the round trip as error', () => {
    expect(feed(['C 1255000000'])[0]).toMatchObject({ kind: 'clock', offsetMs: 250, errorMs: 5 });
    expect(feed(['C '])).toEqual([]);
    expect(feed(['C 1e300'])).toEqual([]);
  });

  it('tells what keepalived dumped, and that it does not run', () => {
    expect(
      feed(['K [{"data":{"iname":"K8S_API_1","state":2,"effective_priority":254,"vrid":63,"adver_int":0.09}}]'])[0],
    ).toMatchObject({
      instances: { value: [{ state: 'MASTER' }] },
    });
    expect(feed(['K '])[0]).toMatchObject({ instances: { known: false, reason: 'keepalived does not run' } });
  });

  it('knows how long a question has been open', () => {
    const decoder = createDecoder('cp1');
    decoder.asked(1, 1000);
    decoder.asked(2, 2000);
    for (const line of ['T 1 S S', 'D ', 'L ', 'E 1 0']) decoder.line(line, 2100);
    expect(decoder.waitingSinceMs()).toBe(2000);
  });

  it('is left alone when it is not ours', () => {
    expect(feed(['Welcome to this machine', '', 'J:not json', 'J:{}', 'E 99 0', 'H:'])).toEqual([]);
  });
});

function journal(MESSAGE: string, fields: Record<string, unknown> = {}) {
  return parseLogEntry(
    JSON.stringify({
      __CURSOR: 'c',
      __REALTIME_TIMESTAMP: '1700000000123456',
      MESSAGE,
      SYSLOG_IDENTIFIER: 'Keepalived_vrrp',
      ...fields,
    }),
  );
}

describe('a line of the journal', () => {
  it.each([
    [
      '(K8S_API_1) Entering MASTER STATE',
      {},
      { kind: 'vrrp', tone: 'good', vrrp: { instance: 'K8S_API_1', state: 'MASTER' } },
    ],
    [
      'VRRP_Script(haproxy_live) failed (exited with status 1)',
      {},
      { source: 'keepalived', kind: 'log', tone: 'warn' },
    ],
    [
      'Server k8s_api_ready/cp2 is DOWN. 2 active',
      { SYSLOG_IDENTIFIER: 'haproxy' },
      { source: 'haproxy', kind: 'server', tone: 'bad' },
    ],
    ['Server k8s_api_ready/cp2 is UP, reason: x', { SYSLOG_IDENTIFIER: 'haproxy' }, { kind: 'server', tone: 'good' }],
    [
      'backend k8s_api_ready has no server available!',
      { SYSLOG_IDENTIFIER: 'haproxy' },
      { kind: 'server', tone: 'bad' },
    ],
    [
      '[NOTICE]   (868) : New worker (870) forked',
      { SYSLOG_IDENTIFIER: 'haproxy' },
      { reloaded: true, text: 'New worker (870) forked' },
    ],
    [
      'k8s-ha-haproxy.service: Main process exited, code=killed, status=9/KILL',
      { SYSLOG_IDENTIFIER: 'systemd', UNIT: 'k8s-ha-haproxy.service' },
      { source: 'systemd', kind: 'service', tone: 'bad' },
    ],
    ['apply by root begins', { SYSLOG_IDENTIFIER: 'k8s-ha' }, { source: 'k8s-ha', kind: 'tool' }],
  ])('is understood: %s', (text, fields, expected) => {
    expect(journal(text, fields)).toMatchObject({ nodeMs: 1_700_000_000_123.456, ...expected });
  });

  it('is left out when it is noise', () => {
    expect(journal('Printing VRRP as json for process(882) on signal')).toBeUndefined();
    expect(
      journal('[WARNING]  (870) : Health check for server x/y succeeded', { SYSLOG_IDENTIFIER: 'haproxy' }),
    ).toBeUndefined();
  });

  it('may be bytes, or without a text', () => {
    expect(
      parseLogEntry(JSON.stringify({ __CURSOR: 'c', __REALTIME_TIMESTAMP: '1', MESSAGE: [104, 105] })),
    ).toMatchObject({ text: 'hi' });
    expect(parseLogEntry(JSON.stringify({ __CURSOR: 'c', __REALTIME_TIMESTAMP: '1', MESSAGE: null }))).toBeUndefined();
  });
});
