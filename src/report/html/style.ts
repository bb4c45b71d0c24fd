import { tokens } from './tokens.ts';

/** The report's whole style: readable in light and dark, on paper, and on a telephone. Type and colours are the design's tokens. */
export const style = `${tokens}
* { box-sizing: border-box; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
body { margin: 0 auto; max-width: 76rem; padding: var(--space-8) var(--space-4) 4rem; background: var(--ground); color: var(--text);
  font: var(--text-m)/1.5 var(--font); overflow-wrap: anywhere; }
h1 { font-size: var(--text-xl); line-height: 1.25; letter-spacing: -0.012em; margin: 0; }
h2 { font-size: var(--text-l); margin: 0; } h3 { font-size: var(--text-s); margin: var(--space-4) 0 var(--space-1); }
p { margin: var(--space-2) 0; } .dim { color: var(--quiet); } .small { font-size: var(--text-s); } a { color: var(--accent); }
code, .mono { font-family: var(--mono); font-size: 0.92em; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: var(--text-s); overflow-wrap: normal; }
th, td { text-align: left; padding: 0.4rem 0.9rem 0.4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; white-space: nowrap; }
tr:last-child > * { border-bottom: 0; } thead tr:last-child > * { border-bottom: 1px solid var(--line); } th { color: var(--quiet); font-weight: 500; } td.wide { white-space: normal; min-width: 6rem; overflow-wrap: anywhere; }
section, .panel { background: var(--panel); border: 1px solid var(--line); border-radius: var(--radius); box-shadow: var(--shadow);
  padding: var(--space-4) var(--space-6); margin: var(--space-4) 0; break-inside: avoid; }
.head { display: flex; flex-wrap: wrap; gap: var(--space-2) var(--space-4); align-items: center; justify-content: space-between; }
.verdict { padding: 0.1rem 0.65rem; border-radius: 99px; font-size: var(--text-s); font-weight: 600; background: var(--sunken); white-space: nowrap; }
.within, .below { background: var(--accent-soft); color: var(--accent); } .above { background: var(--bad); color: var(--panel); }
.invalid { background: var(--warn-soft); color: var(--warn); }
table .verdict { padding: 0 0.5rem; }
.lead { font-size: var(--text-l); font-weight: 600; margin: var(--space-1) 0 0; } .lead.bad, .bad { color: var(--bad); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr)); gap: var(--space-2) var(--space-8); }
.facts table { table-layout: fixed; } .facts td, .facts th { white-space: normal; overflow-wrap: anywhere; }
.allowed { margin: var(--space-3) 0; } .allowed .figure { font-size: var(--text-xl); font-weight: 600; font-variant-numeric: tabular-nums; }
.bar { position: relative; height: 0.9rem; margin-top: var(--space-1); border-radius: 99px; background: var(--sunken); border: 1px solid var(--line); overflow: hidden; }
.bar .lost { position: absolute; inset: 0 auto 0 0; background: var(--accent); } .bar .lost.above { background: var(--bad); }
.bar .limit, .bar .least { position: absolute; top: 0; bottom: 0; width: 2px; background: var(--text); } .bar .least { background: var(--edge); }
.bar .room { position: absolute; inset: 0 auto 0 0; background: var(--accent-soft); }
.ends { display: flex; justify-content: space-between; font-size: var(--text-xs); color: var(--quiet); }
td .bar { width: 7rem; height: 0.6rem; margin-top: 0.4rem; }
svg { display: block; width: 100%; min-width: 40rem; height: auto; margin-top: var(--space-2); }
svg text { fill: var(--quiet); font: 12px var(--font); } svg .axis { stroke: var(--line); } svg .title { font-weight: 600; }
svg .lane { fill: var(--sunken); } svg .on { fill: var(--text); }
.hold { fill: var(--accent); background: var(--accent); } .two { fill: var(--bad); background: var(--bad); } .sent { fill: var(--edge); background: var(--edge); }
.band { fill: var(--accent); fill-opacity: 0.1; background: color-mix(in srgb, var(--accent) 14%, transparent); }
.gap { fill: var(--bad); fill-opacity: 0.14; background: color-mix(in srgb, var(--bad) 20%, transparent); }
svg .mark { stroke: var(--text); stroke-dasharray: 4 3; } svg .ok { fill: var(--edge); } svg .slow { fill: var(--warn-line); } svg .fail { stroke: var(--bad); stroke-width: 1.6; }
.legend { display: flex; flex-wrap: wrap; gap: var(--space-1) var(--space-4); margin: var(--space-2) 0; padding: 0; list-style: none; font-size: var(--text-xs); color: var(--quiet); }
.legend i { display: inline-block; width: 0.9rem; height: 0.7rem; margin-right: 0.35rem; vertical-align: -0.05rem; border-radius: 2px; }
.legend i.dot { width: 0.5rem; height: 0.5rem; border-radius: 99px; vertical-align: 0.05rem; } .legend i.answered { background: var(--edge); } .legend i.late { background: var(--warn-line); }
.legend b { color: var(--bad); margin-right: 0.35rem; } .legend s { display: inline-block; height: 0.8rem; border-left: 2px dashed var(--text); margin-right: 0.35rem; vertical-align: -0.1rem; }
ul.notes { margin: var(--space-2) 0; padding-left: 1.2rem; }
@media (max-width: 640px) { section, .panel { padding: var(--space-3) var(--space-4); } }
@media print { body { max-width: none; padding: 0; font-size: 11pt; background: none; } section, .panel { box-shadow: none; } a { color: inherit; } }
`;
