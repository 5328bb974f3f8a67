/**
 * Which lifeboot this is.
 *
 * Pure. A clock that is behind the release date cannot be right, so times from it are not recorded.
 */
export const VERSION = '0.1.0';
export const RELEASED_AT = '2026-11-01T00:00:00Z';
