/** The public keys that are committed for the sample: nobody has to have their private halves, and no KMS key does. */

/** SHA-256 fingerprints of their SubjectPublicKeyInfo. */
const fingerprints: ReadonlySet<string> = new Set([
  "c75c8abc3b31f1f2d309525e5303d3deaf15da81ddf4330d9706d97e9c9ced92",
]);

export function isSampleKey(fingerprint: string): boolean {
  return fingerprints.has(fingerprint);
}
