/**
 * The one place for type, spacing and colours of everything that is drawn: the web page (its server puts this before the page's
 * own style sheet), the drill report, and whatever else wants to look like them. Custom properties, in light and dark.
 *
 * Neutral is the rule: `accent` marks who holds an address, `warn` and `bad` mark trouble, and nothing else is coloured. Each
 * text colour has a contrast of 4.5 or more on `ground`, `panel`, `sunken` and its own `soft` colour.
 */
export const tokens = `:root {
  color-scheme: light dark;
  --font: Inter, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", "DejaVu Sans Condensed", system-ui, sans-serif;
  --mono: "JetBrains Mono", ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace;
  --text-xs: 0.75rem; --text-s: 0.8125rem; --text-m: 0.9375rem; --text-l: 1.125rem; --text-xl: 1.5rem;
  --space-1: 0.25rem; --space-2: 0.5rem; --space-3: 0.75rem; --space-4: 1rem; --space-6: 1.5rem; --space-8: 2rem;
  --radius: 0.625rem; --radius-s: 0.375rem;
  --ground: #f6f7f9; --panel: #ffffff; --sunken: #f1f3f6;
  --text: #14171c; --quiet: #59616e; --line: #e3e6eb; --edge: #8a92a0;
  --accent: #3b4fd1; --accent-soft: #eaedfc; --on-accent: #ffffff;
  --good: #14171c; --info: #59616e;
  --warn: #875000; --warn-soft: #fdf2de; --warn-line: #d99a2b;
  --bad: #b3191f; --bad-soft: #fdeceb; --bad-line: #d64545;
  --focus: #2f5fe0; --shadow: 0 1px 2px rgb(20 23 28 / 0.05);
  --series-1: #3b4fd1; --series-2: #b0490a; --series-3: #00707c; --series-4: #7b1fa2; --series-5: #5d6b1f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0d0f13; --panel: #15181e; --sunken: #1b1f26;
    --text: #e8ebf0; --quiet: #9ca5b2; --line: #272c35; --edge: #68717f;
    --accent: #98a8ff; --accent-soft: #20264a; --on-accent: #0d0f13;
    --good: #e8ebf0; --info: #9ca5b2;
    --warn: #f2b552; --warn-soft: #2c2312; --warn-line: #b17c22;
    --bad: #ff8a86; --bad-soft: #35181a; --bad-line: #d05553;
    --focus: #8fb0ff; --shadow: none;
    --series-1: #98a8ff; --series-2: #ffa066; --series-3: #5fd3df; --series-4: #d59cff; --series-5: #c3d36a;
  }
}
`;
