/**
 * Takes control characters out of what is printed.
 *
 * Pure. Reasons and versions come from the boot state and from images, which may have been on somebody else's disk: no
 * sequence in them may reach the operator's terminal. Our own colours, line ends and tabs stay.
 */
export function defang(text: string): string {
  return text.replaceAll(/\x1b(?!\[\d{1,2}m)|[\0-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]/g, '?');
}
