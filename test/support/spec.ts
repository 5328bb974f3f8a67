/**
 * The one way to declare tests: `spec('planBoot()', { 'behaviour': () => {…} })`. Nothing else imports uvu.
 *
 * Invariant: a test that fails in any way fails the run. uvu loses the suite (and exits 0) when a hook fails, when
 * `.run()` is missing or when a test throws something that is no Error; so: no hooks, `.run()` here, throws wrapped.
 * Titles are object keys, so that a duplicate title does not compile.
 */
import { suite } from 'uvu';

/** Declares and runs one suite. `symbol` is what is tested; each key of `tests` is one behaviour of it. */
export function spec(symbol: string, tests: Readonly<Record<string, () => void | Promise<void>>>): void {
  const declared = suite(symbol);
  for (const [title, body] of Object.entries(tests)) {
    declared(title, async () => {
      try {
        await body();
      } catch (thrown) {
        throw thrown instanceof Error ? thrown : new Error(`threw ${String(thrown)}, which is no Error`);
      }
    });
  }
  declared.run();
}
