/**
 * The adapters that look into roots and put them together, and what a boot orders where no root is left. Loaded at their
 * first use (main.ts).
 */
export { makeRescue } from '../rescue/rescue-files.ts';
export { inspectBase } from './inspect-base.ts';
export { makeRootBuilder } from './root-builder.ts';
