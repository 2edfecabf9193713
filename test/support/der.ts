/** Public keys byte by byte (X.690, RFC 5280), also as no sound program would write them. */

export interface SpkiParts {
  readonly n: bigint;
  readonly e: bigint;
  /** `false` leaves out the byte that keeps the modulus from being negative. */
  readonly unsigned?: boolean;
  /** Of the algorithm: NULL unless told otherwise. */
  readonly parameters?: Buffer;
  /** What follows the exponent in its sequence. */
  readonly within?: Buffer;
  /** What follows that sequence in the bit string. */
  readonly behind?: Buffer;
}

const rsaEncryption = Buffer.from("06092a864886f70d010101", "hex");
const none = Buffer.alloc(0);

export function encodeDer(tag: number, content: Buffer): Buffer {
  const length = hexOf(BigInt(content.length));
  const head =
    content.length < 128
      ? Buffer.from([tag, content.length])
      : Buffer.concat([Buffer.from([tag, 0x80 + length.length]), length]);
  return Buffer.concat([head, content]);
}

export function encodeSpki({
  n,
  e,
  unsigned = true,
  parameters = Buffer.from([5, 0]),
  within = none,
  behind = none,
}: SpkiParts): Buffer {
  const numbers = encodeDer(0x30, Buffer.concat([encodeInteger(n, unsigned), encodeInteger(e, unsigned), within]));
  const bits = encodeDer(3, Buffer.concat([Buffer.from([0]), numbers, behind]));
  return encodeDer(0x30, Buffer.concat([encodeDer(0x30, Buffer.concat([rsaEncryption, parameters])), bits]));
}

export function writePem(label: string, der: Buffer): string {
  return [
    `-----BEGIN ${label}-----`,
    ...(der.toString("base64").match(/.{1,64}/g) ?? []),
    `-----END ${label}-----`,
    "",
  ].join("\n");
}

function encodeInteger(value: bigint, unsigned: boolean): Buffer {
  const bytes = hexOf(value);
  return encodeDer(2, unsigned && (bytes[0] ?? 0) >= 128 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

function hexOf(value: bigint): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
}
