// Checks the import rules and fails when nothing was looked at: a check that cruised no module is no check.
import { cruise } from 'dependency-cruiser';
import extractDepcruiseConfig from 'dependency-cruiser/config-utl/extract-depcruise-config';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

const config = await extractDepcruiseConfig('./.dependency-cruiser.mjs');
const { output } = await cruise(
  ['src'],
  { ...config.options, ruleSet: { forbidden: config.forbidden }, validate: true },
  undefined,
  {
    tsConfig: extractTSConfig('./tsconfig.json'),
  },
);
const { totalCruised, totalDependenciesCruised, violations } = output.summary;
for (const { rule, from, to } of violations) {
  const why = config.forbidden.find(({ name }) => name === rule.name)?.comment ?? '';
  console.error(`${rule.name}: ${from} → ${to}\n    ${why}`);
}
console.log(
  `import rules: ${totalCruised} modules, ${totalDependenciesCruised} imports, ${violations.length} violations`,
);
if (totalCruised < 10 || totalDependenciesCruised < 10) {
  console.error('import rules: nothing was cruised, so nothing was checked');
  process.exit(1);
}
process.exit(violations.length > 0 ? 1 : 0);
