// The part of the public door that needs no machine: kept apart so that `check` starts without loading the rest.
export { decode } from './cluster/decode.ts';
export { findingsText } from './report/findings.ts';
export { check as loadFile } from './rules/check.ts';
