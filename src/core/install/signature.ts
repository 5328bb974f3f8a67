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

/** Reads the image as its input. */
export function verifyCommand({ signature, signers }: SignedImage, principal: string): readonly string[] {
  return ['ssh-keygen', '-Y', 'verify', '-n', NAMESPACE, '-I', principal, '-s', signature, '-f', signers];
}

/** @param printed what {@link principalsCommand} printed */
export function parsePrincipals(printed: string): readonly string[] {
  return [...new Set(printed.split('\n').filter((line) => line !== ''))];
}

export function describeSigning(image: string): string {
  return `sign it with 'ssh-keygen -Y sign -n ${NAMESPACE} -f KEY ${image}', which makes '${image}.sig'`;
}
