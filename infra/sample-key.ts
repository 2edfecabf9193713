/** The public keys in this repository. Their private keys are published or lost, so nobody may use them for real. */

/** SHA-256 fingerprints of their SubjectPublicKeyInfo. */
const fingerprints: ReadonlySet<string> = new Set([
  // The sample's key: its private key is lost.
  "c75c8abc3b31f1f2d309525e5303d3deaf15da81ddf4330d9706d97e9c9ced92",
  // The keys of the test vectors: their private keys are published with them.
  "83ed3a85294d3b4874b5837572aaf7d45a39c98ec9c743ea744d8d7fbf73786e",
  "c0046ab84eba6b45dbd0688d9f5db7c63e49e6248669d6efeb6479fb57325aec",
  "dbda8b50e869205c079a4628c0b7fc1ee770740f9afd856ba12b79df050134b7",
]);

/** True if a fingerprint (SHA-256 in hex) belongs to a public key in this repository. */
export function isSampleKey(fingerprint: string): boolean {
  return fingerprints.has(fingerprint);
}
