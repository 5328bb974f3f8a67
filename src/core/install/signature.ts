/**
 * Signatures of images, as `ssh-keygen -Y sign -n lifeboot-image -f KEY IMAGE` makes them.
 *
 * Pure: argument lists, and what the answers mean. Format and programs: ssh-keygen(1), ALLOWED SIGNERS.
 */

/** A signature for another purpose, such as a commit, is none for an image. */
const NAMESPACE = 'lifeboot-image';

export interface SignedImage {
  readonly signature: string;
  /** The file of allowed signers. */
  readonly signers: string;
}

/** Prints whose signature it might be, one name a line. Ends non-zero when it is nobody's. */
export function principalsCommand({ signature, signers }: SignedImage): readonly string[] {
  return ['ssh-keygen', '-Y', 'find-principals', '-s', signature, '-f', signers];
}

/** Reads the image as its input; says whether it is the one that was signed, by whomever. */
export function checkCommand({ signature }: SignedImage): readonly string[] {
  return ['ssh-keygen', '-Y', 'check-novalidate', '-n', NAMESPACE, '-s', signature];
}

/** @param said by {@link checkCommand} when it failed @returns whether the image is another one than was signed */
export function isOtherImage(said: string): boolean {
  return /incorrect signature/i.test(said);
}

/** Reads the image as its input. */
export function verifyCommand({ signature, signers }: SignedImage, principal: string): readonly string[] {
  return ['ssh-keygen', '-Y', 'verify', '-n', NAMESPACE, '-I', principal, '-s', signature, '-f', signers];
}

/**
 * The names to ask for. `find-principals` knows those of the first line that has the key, whatever that line is for; so
 * the plain names of all lines are asked for after them.
 * @param printed what {@link principalsCommand} printed
 * @param signers the text of the file of allowed signers
 */
export function principalsOf(printed: string, signers: string): readonly string[] {
  const lines = signers.split('\n').filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'));
  const listed = lines.flatMap((line) => (line.trim().split(/\s/)[0] ?? '').replaceAll('"', '').split(','));
  const found = printed.split('\n').flatMap((line) => line.trim().split(','));
  return [...new Set([...found, ...listed])].filter((name) => /^[^!*?\s-][^*?\s]*$/.test(name));
}

export function describeSigning(image: string): string {
  return `sign it with 'ssh-keygen -Y sign -n ${NAMESPACE} -f KEY ${image}', which makes '${image}.sig'`;
}
