/** The report's whole style: readable in light and dark, on paper, and on a telephone. */
export const style = `
:root { color-scheme: light dark; --ink: #1c2330; --dim: #5b6577; --line: #d5dae3; --paper: #fff; --panel: #f5f7fa;
  --good: #2563ab; --slow: #b26a00; --bad: #c0262d; --hold: #2f7d6d; --band: #2563ab22; --gap: #c0262d26; --fine: #1f7a3f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7ebf2; --dim: #9aa5b8; --line: #394354; --paper: #12161d; --panel: #1a2029;
  --good: #76a9ea; --slow: #e0a545; --bad: #ff7b7f; --hold: #5cc0aa; --band: #76a9ea30; --gap: #ff7b7f30; --fine: #6fd08f; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 66rem; padding: 1.5rem 1rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.2rem; margin: 0; }
p { margin: .4rem 0; } .dim { color: var(--dim); } a { color: var(--good); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .93rem; }
th, td { text-align: left; padding: .35rem .7rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; white-space: nowrap; }
td.wide { white-space: normal; } th { color: var(--dim); font-weight: 600; }
section { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 1rem; margin: 1.2rem 0; break-inside: avoid; }
.head { display: flex; flex-wrap: wrap; gap: .3rem .8rem; align-items: baseline; justify-content: space-between; }
.verdict { font-weight: 600; } .within, .below { color: var(--fine); } .above, .invalid { color: var(--bad); }
svg { display: block; width: 100%; min-width: 34rem; height: auto; margin-top: .6rem; }
svg text { fill: var(--dim); font: 12px system-ui, sans-serif; } svg .axis { stroke: var(--line); }
svg .hold { fill: var(--hold); } svg .two { fill: var(--bad); } svg .band { fill: var(--band); } svg .gap { fill: var(--gap); }
svg .mark { stroke: var(--ink); stroke-dasharray: 4 3; } svg .ok { fill: var(--good); } svg .slow { fill: var(--slow); } svg .fail { stroke: var(--bad); stroke-width: 1.6; }
ul { margin: .4rem 0; padding-left: 1.2rem; }
@media print { body { max-width: none; padding: 0; font-size: 11pt; } section { background: none; } a { color: inherit; } }
`;
