import type { Cause } from '../../../judge/diagnosis.ts';
import type { GateWatch } from '../../../judge/live/model.ts';
import type { ShownCluster } from '../shown.ts';
import { momentText, spanText } from './format.ts';
import { CommandLine } from './parts.tsx';
import { nowMs } from './store.ts';

/** What is wrong: causes, worst first, each with its command; what follows from one is folded below it. */
export function Causes({ view }: { view: ShownCluster }) {
  const { causes } = view.diagnosis;
  if (causes.length === 0) return <p class="quiet">Nothing is known to be wrong.</p>;
  return (
    <ol class="causes">
      {causes.map((cause, place) => (
        // The first one's command is among the answers at the top.
        <CauseItem key={`${cause.rule} ${cause.what}`} cause={place === 0 ? { ...cause, command: undefined } : cause} />
      ))}
    </ol>
  );
}

function CauseItem({
  cause: { rule, severity, what, sinceMs, command, consequences },
}: {
  cause: Omit<Cause, 'command'> & { readonly command?: string | undefined };
}) {
  return (
    <li class={severity === 'error' ? 'bad' : 'warn'} data-rule={rule}>
      <p class="what">{what}</p>
      <p class="quiet">
        {sinceMs === undefined
          ? ''
          : `since ${momentText(sinceMs, nowMs.value)} (${spanText(nowMs.value - sinceMs)}) · `}
        <code>k8s-ha explain {rule}</code>
      </p>
      {command === undefined ? null : <CommandLine command={command} />}
      {consequences.length === 0 ? null : (
        <details class="consequences">
          <summary>
            {consequences.length} {consequences.length === 1 ? 'thing follows' : 'things follow'} from it
          </summary>
          <ul>
            {consequences.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </details>
      )}
    </li>
  );
}

/** The checks that a rollout waits for: folded while they pass; those that fail are open. */
export function Checks({ gates, explained }: { gates: readonly GateWatch[]; explained: boolean }) {
  const passing = gates.filter(({ error }) => error === undefined);
  const failing = gates.filter(({ error, unknown }) => error !== undefined && !unknown);
  const unknown = gates.filter(({ error, unknown: is }) => error !== undefined && is);
  return (
    <div class="checks">
      <p class="count">
        <strong data-checks>
          {passing.length} of {gates.length}
        </strong>{' '}
        checks pass
        {failing.length === 0 ? '' : `, ${failing.length} ${failing.length === 1 ? 'fails' : 'fail'}`}
        {unknown.length === 0 ? '' : `, ${unknown.length} unknown`}
      </p>
      {failing.length === 0 ? null : (
        <details open={!explained} class="failing">
          <summary>{explained ? 'Checks that fail because of this' : 'Checks that fail'}</summary>
          <ul>
            {failing.map((gate) => (
              <Check key={gate.sentence} gate={gate} mark="✕" tone="bad" />
            ))}
          </ul>
        </details>
      )}
      {unknown.length === 0 ? null : (
        <details>
          <summary>Checks that nobody can answer now</summary>
          <ul>
            {unknown.map((gate) => (
              <Check key={gate.sentence} gate={gate} mark="?" tone="unknown" />
            ))}
          </ul>
        </details>
      )}
      <details>
        <summary>Checks that pass</summary>
        <ul>
          {passing.map((gate) => (
            <Check key={gate.sentence} gate={gate} mark="✓" tone="" />
          ))}
        </ul>
      </details>
    </div>
  );
}

function Check({
  gate: { sentence, error, lastError, sinceMs },
  mark,
  tone,
}: {
  gate: GateWatch;
  mark: string;
  tone: string;
}) {
  return (
    <li class={`check ${tone}`}>
      <span class="mark" aria-hidden="true">
        {mark}
      </span>
      <div>
        {error ?? sentence}
        {error === undefined ? null : <div class="quiet">Wanted: {sentence}.</div>}
        {error === undefined && lastError ? (
          <div class="quiet">
            for {spanText(nowMs.value - sinceMs)}; before: {lastError.text}
          </div>
        ) : null}
      </div>
    </li>
  );
}
