/**
 * What a factory reset needs of the data partition; a part of `ports.ts`.
 *
 * Types only.
 */

/** The data partition of this node. */
export interface DataRequest {
  readonly device: string | null;
  /** Whether the device may be one that can be pulled out; default: no. */
  readonly removable?: boolean;
  readonly waitSeconds: number;
}

export interface ResetDataRequest extends DataRequest {
  /** As in the state's list of pending actions. */
  readonly action: string;
  /** Identity files, which are saved first. */
  readonly files: readonly string[];
  /** Names of uppers of proven slots, the one that ran last first. */
  readonly proven: readonly string[];
  readonly persist: readonly string[];
}

export interface ResetDataResult {
  /** In this boot or in an earlier one; false: it is still to do. */
  readonly done: boolean;
  /** What was done, for `why`. */
  readonly told: readonly string[];
  readonly degraded: readonly string[];
}
