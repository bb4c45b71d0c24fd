// The part of the public door that needs no machine: kept apart so that `check` starts without loading the rest.
export { maxAddonBytes, parseAddons, type AddonObject } from './cluster/addons.ts';
export { decode } from './cluster/file/decode.ts';
export { findingsText } from './report/findings.ts';
export { check as loadFile, judge } from './rules/check.ts';
export { kindOf } from './adopt/detect.ts';
