/** What a benchmark found against its budget, as one line each. */

export interface Finding {
  readonly what: string;
  readonly value: number;
  readonly budget: number;
  readonly unit: string;
  /** The measured values behind it, with the floor of the same run. */
  readonly detail: string;
}

/** True when the value is within its budget. */
export function isWithin({ value, budget }: Finding): boolean {
  return value <= budget;
}

/** A line for people: mark, what, value, budget, detail. */
export function formatFinding(finding: Finding): string {
  const { what, value, budget, unit, detail } = finding;
  const digits = Math.abs(value) >= 100 ? 0 : 2;
  const mark = isWithin(finding) ? 'ok  ' : 'OVER';
  return `${mark} ${what}: ${value.toFixed(digits)}${unit} (at most ${budget}${unit})  ${detail}`;
}
