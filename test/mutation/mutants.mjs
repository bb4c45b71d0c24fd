// Mutants of code that can hurt a cluster: each is one edit of one file, as offsets into its text.
import { readFileSync } from 'node:fs';
import ts from 'typescript';

const swapped = new Map([
  [ts.SyntaxKind.EqualsEqualsEqualsToken, '!=='],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, '==='],
  [ts.SyntaxKind.AmpersandAmpersandToken, '||'],
  [ts.SyntaxKind.BarBarToken, '&&'],
  [ts.SyntaxKind.LessThanToken, '>='],
  [ts.SyntaxKind.GreaterThanToken, '<='],
  [ts.SyntaxKind.LessThanEqualsToken, '>'],
  [ts.SyntaxKind.GreaterThanEqualsToken, '<'],
]);

/** Every mutant of a file: `{ file, line, what, start, end, text }`. */
export function mutantsOf(file) {
  const source = readFileSync(file, 'utf8');
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const found = [];
  const add = (node, what, text, start = node.getStart(tree), end = node.end) =>
    found.push({ file, line: tree.getLineAndCharacterOfPosition(start).line + 1, what, start, end, text });
  const visit = (node) => {
    if (isWords(node)) return;
    if (ts.isBinaryExpression(node) && swapped.has(node.operatorToken.kind)) {
      const to = swapped.get(node.operatorToken.kind);
      add(node.operatorToken, `${node.operatorToken.getText(tree)} becomes ${to}`, to);
    }
    if (ts.isIfStatement(node)) {
      add(node.expression, 'the condition is turned round', `!(${node.expression.getText(tree)})`);
      if (!node.elseStatement && endsInReturn(node.thenStatement)) add(node, 'the early return is gone', ';');
    }
    if (ts.isConditionalExpression(node))
      add(node.condition, 'the condition is turned round', `!(${node.condition.getText(tree)})`);
    if (node.kind === ts.SyntaxKind.TrueKeyword) add(node, 'true becomes false', 'false');
    if (node.kind === ts.SyntaxKind.FalseKeyword) add(node, 'false becomes true', 'true');
    if (ts.isExpressionStatement(node) && doesSomething(node.expression)) add(node, 'the step is left out', ';');
    if (ts.isArrayLiteralExpression(node) && node.elements.length > 1)
      for (const element of node.elements)
        if (!ts.isOmittedExpression(element))
          add(element, 'the element is left out', '', element.getFullStart(), afterComma(source, element.end));
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const { name } = node.expression;
      if (name.text === 'some') add(name, 'some becomes every', 'every');
      if (name.text === 'every') add(name, 'every becomes some', 'some');
      if (name.text === 'filter') add(node, 'nothing is filtered out', node.expression.expression.getText(tree));
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** Types, imports and texts for people: mutating them shows nothing. */
function isWords(node) {
  if (ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return true;
  if (ts.isTypeNode(node)) return true;
  const words = ['message', 'suggestion', 'reason', 'effect', 'sentence', 'summary', 'what', 'detail', 'severity'];
  return ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) && words.includes(node.name.text);
}

function endsInReturn(statement) {
  const last = ts.isBlock(statement) ? statement.statements.at(-1) : statement;
  return last !== undefined && ts.isReturnStatement(last);
}

function doesSomething(expression) {
  const inner = ts.isAwaitExpression(expression) ? expression.expression : expression;
  return ts.isCallExpression(inner) && !/\b(onEvent|onProgress)\b/.test(inner.expression.getText());
}

function afterComma(source, end) {
  const rest = /^\s*,/.exec(source.slice(end));
  return end + (rest ? rest[0].length : 0);
}
