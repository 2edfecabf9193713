/**
 * The sizes that CloudFront sets at origin-request ("Quotas on Lambda\@Edge", "Restrictions on
 * Lambda\@Edge").
 *
 * AWS writes "1 MB" and "1.33 MB" but does not say how many bytes a megabyte has. Each number here is the stricter
 * reading: a function sees up to 2^20 bytes of a body, and may write up to 10^6. A function that works within these
 * limits works under either reading.
 */

/** Sizes, in bytes or characters as the names say. */
export interface Limits {
  /** The most bytes of a body that a function sees. A longer body is cut, and `inputTruncated` is true. */
  readonly shownBodyBytes: number;
  /** The most bytes, in UTF-8, of a replaced body with `encoding: "text"`. */
  readonly replacedTextBytes: number;
  /** The most base64 characters of a replaced body with `encoding: "base64"`: 10^6 bytes once decoded. */
  readonly replacedBase64Chars: number;
  /** The most bytes of a response that the function returns: headers and body as in the result. */
  readonly responseBytes: number;
  /** `uri` and `querystring` together must be shorter than this. */
  readonly urlChars: number;
  /** The simulator's own limit: CloudFront takes 64 GB, but this simulator holds a whole body in memory. */
  readonly viewerBodyBytes: number;
}

/** The limits of CloudFront. */
export const cloudFrontLimits: Limits = {
  shownBodyBytes: 1_048_576,
  replacedTextBytes: 1_000_000,
  replacedBase64Chars: 1_333_336,
  responseBytes: 1_000_000,
  urlChars: 8_192,
  viewerBodyBytes: 64 * 1_048_576,
};
