import type { Cause, Verdict } from '../../../judge/diagnosis.ts';
import type { ShownCluster, ShownVip } from '../shown.ts';
import { bandsOfVip, moveBefore } from './bands.ts';
import { listText, lossText, momentText, spanText, timeText } from './format.ts';
import { bandAt } from './ownership.ts';
import { notices, toggleNotices } from './outward.ts';
import { CommandLine, Unknown } from './parts.tsx';
import { cursor, lostSince, nowMs } from './store.ts';
import { verdicts } from './words.ts';

/** Slim and always in sight: which cluster, what of it, and whether this is the present. */
export function Bar({ view }: { view: ShownCluster }) {
  const at = cursor.value;
  const lost = lostSince.value !== undefined;
  const { word, tone, mark } = verdicts[lost ? 'unknown' : view.diagnosis.verdict];
  return (
    <div class="bar">
      <div class="line">
        <h1>{view.name}</h1>
        {view.file === undefined ? null : (
          <span class="file" title={view.file}>
            {view.file}
          </span>
        )}
        <span class={`pill ${at === undefined ? tone : ''}`}>
          {at === undefined ? (
            <>
              <span aria-hidden="true">{mark}</span> {word}
            </>
          ) : (
            'Past'
          )}
        </span>
        <span class="fill" />
        <NoticeButton />
        {at === undefined ? <time class="clock quiet">{timeText(view.atMs)}</time> : null}
      </div>
      {at === undefined ? null : (
        <div class="past-banner" role="status">
          <span>
            Viewing <strong>{momentText(at, nowMs.value)}</strong>, {spanText(nowMs.value - at)} ago
          </span>
          <span aria-hidden="true">·</span>
          <button type="button" onClick={() => (cursor.value = undefined)}>
            Back to live
          </button>
          <span class={`now ${tone}`}>
            now: {mark} {word}
          </span>
        </div>
      )}
    </div>
  );
}

function NoticeButton() {
  const state = notices.value;
  if (state === 'absent') return null;
  const text = { off: 'Notify me', on: 'Notifying', refused: 'Browser refuses notices' }[state];
  return (
    <button
      type="button"
      class="subtle"
      aria-pressed={state === 'on'}
      title="A desktop notification whenever the verdict changes"
      onClick={() => void toggleNotices()}
    >
      {text}
    </button>
  );
}

/** The answers of one look: is it served, by whom and since when, what is wrong, what is to be done. */
export function Hero({ view }: { view: ShownCluster }) {
  const { diagnosis } = view;
  const at = cursor.value;
  const lost = lostSince.value;
  const { tone } = verdicts[lost === undefined ? diagnosis.verdict : 'unknown'];
  const [cause] = diagnosis.causes;
  return (
    <header class={`hero ${at === undefined ? tone : 'past'}`}>
      <p
        role="status"
        class="verdict"
        data-verdict={at === undefined ? (lost === undefined ? diagnosis.verdict : 'unknown') : 'past'}
      >
        {lost !== undefined ? (
          `Unknown since ${timeText(lost)}: k8s-ha does not answer this page.`
        ) : at === undefined ? (
          diagnosis.sentence
        ) : (
          <PastSentence view={view} at={at} />
        )}
      </p>
      <div class="answers">
        <Answer title={at === undefined ? holdersTitle(diagnosis.verdict) : 'Was held by'} className="served">
          <ul class="holders">
            {view.vips.map((vip) => (
              <Holder key={vip.address} vip={vip} at={at} />
            ))}
          </ul>
        </Answer>
        <Answer title="What to do" className="next" nowOnly>
          {lost === undefined ? (
            <NextStep
              verdictIsServed={diagnosis.verdict === 'served'}
              cause={cause}
              more={diagnosis.causes.length - 1}
            />
          ) : (
            <LookElsewhere command={view.statusCommand} />
          )}
        </Answer>
        <Answer title="Redundancy" className="redundancy" nowOnly>
          <Redundancy {...diagnosis.redundancy} />
        </Answer>
        <Answer title={at === undefined ? 'Last failover' : 'Last failover before'} className="failover">
          <LastFailover view={view} at={at} />
        </Answer>
      </div>
    </header>
  );
}

/** An address may be held, and the API not be served. */
function holdersTitle(verdict: Verdict): string {
  return verdict === 'served' || verdict === 'degraded' ? 'Served by' : 'Address held by';
}

function Answer({
  title,
  className,
  nowOnly = false,
  children,
}: {
  title: string;
  className: string;
  nowOnly?: boolean;
  children: preact.ComponentChildren;
}) {
  const dimmed = nowOnly && cursor.value !== undefined;
  return (
    <section class={`answer ${className} ${dimmed ? 'now-only' : ''}`}>
      <h2>
        {title}
        {dimmed ? <span class="tag">now only</span> : null}
      </h2>
      {children}
    </section>
  );
}

function PastSentence({ view, at }: { view: ShownCluster; at: number }) {
  const told = view.vips.map(({ address }) => {
    const band = bandAt(bandsOfVip(address), at);
    return band && band.holders.length > 0
      ? `${address} was held by ${listText(band.holders)}`
      : band?.known === true
        ? `nobody held ${address}`
        : `nobody knows who held ${address}`;
  });
  return <>{`At ${timeText(at)} ${told.join('; ')}.`}</>;
}

function Holder({ vip, at }: { vip: ShownVip; at: number | undefined }) {
  const band = at === undefined ? undefined : bandAt(bandsOfVip(vip.address), at);
  const holders = at === undefined ? vip.holders : (band?.holders ?? []);
  const known = at === undefined ? vip.tone === 'bad' : band?.known === true;
  return (
    <li data-vip={vip.address} class={holders.length > 1 || (holders.length === 0 && known) ? 'bad' : ''}>
      <span class="address">{vip.address}</span>
      <strong class="holder" data-holder>
        {holders.length === 0 ? (
          known ? (
            'no holder'
          ) : (
            <Unknown why={`nobody knows who holds ${vip.address}`} />
          )
        ) : at === undefined ? (
          vip.text
        ) : (
          holders.join(' AND ')
        )}
      </strong>
      <span class="since" data-since>
        {at === undefined ? <VipSince vip={vip} /> : band ? `from ${momentText(band.fromMs, at)}` : ''}
      </span>
    </li>
  );
}

function VipSince({ vip }: { vip: ShownVip }) {
  // The journals may tell of the time before the watch.
  const band = bandsOfVip(vip.address).at(-1);
  const told = band && band.fromMs < vip.sinceMs && band.holders.join(' ') === vip.holders.join(' ') ? band : undefined;
  const sinceMs = told?.fromMs ?? vip.sinceMs;
  const forText = spanText(nowMs.value - sinceMs);
  return (
    <>
      {vip.sinceAtLeast && !told ? (
        <span title="It held it already when this view began">≥ {forText}</span>
      ) : (
        <>
          since {momentText(sinceMs, nowMs.value)} <span class="quiet">({forText})</span>
        </>
      )}
      {vip.last ? <span class="quiet">, last seen on {listText(vip.last.holders)}</span> : null}
    </>
  );
}

function NextStep({
  verdictIsServed,
  cause,
  more,
}: {
  verdictIsServed: boolean;
  cause: Cause | undefined;
  more: number;
}) {
  if (!cause) return <p class="big">{verdictIsServed ? 'Nothing' : 'Look at what is wrong below'}</p>;
  return (
    <>
      <p class={`cause ${cause.severity === 'error' ? 'bad' : 'warn'}`} data-cause>
        {cause.what}
        {cause.sinceMs === undefined ? '' : `, since ${momentText(cause.sinceMs, nowMs.value)}`}
        {more > 0 ? <span class="quiet"> (and {more} more)</span> : null}
      </p>
      <CommandLine command={cause.command ?? `k8s-ha explain ${cause.rule}`} />
    </>
  );
}

/** The page has nobody to ask: a terminal has. */
function LookElsewhere({ command }: { command: string }) {
  return (
    <>
      <p class="cause">Look from a terminal, or start the page again (k8s-ha ui)</p>
      <CommandLine command={command} />
    </>
  );
}

function Redundancy({ fit, of }: ShownCluster['diagnosis']['redundancy']) {
  return (
    <>
      <p class={`big ${fit === of ? '' : fit < 2 ? 'bad' : 'warn'}`} data-redundancy>
        {fit} of {of}
      </p>
      <p class="quiet dots">
        <span aria-hidden="true">
          {'●'.repeat(fit)}
          {'○'.repeat(Math.max(0, of - fit))}
        </span>{' '}
        {of === 1 ? 'node' : 'nodes'} can serve
      </p>
    </>
  );
}

function LastFailover({ view, at }: { view: ShownCluster; at: number | undefined }) {
  const move = moveBefore(view, at);
  if (!move) return <p class="quiet">None in what this page has seen</p>;
  return (
    <>
      <p class="move">
        {listText(move.from)} → <strong>{move.to}</strong>{' '}
        <span class="quiet">at {momentText(move.atMs, nowMs.value)}</span>
      </p>
      <p class="quiet loss">
        {move.lostMs === undefined ? 'loss not measured' : `clients lost at most ${lossText(move.lostMs)}`}
      </p>
      {view.vips.length > 1 ? <p class="quiet loss address">{move.vip}</p> : null}
    </>
  );
}
