/**
 * The adapters that look into roots and put them together. Loaded at their first use (main.ts).
 */
export { inspectBase } from './inspect-base.ts';
export { makeRootBuilder } from './root-builder.ts';
