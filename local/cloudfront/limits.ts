/**
 * The sizes that CloudFront sets at origin-request ("Quotas on Lambda\@Edge", "Restrictions on
 * Lambda\@Edge").
 *
 * AWS says "1 MB" and "1.33 MB" without saying how many bytes a megabyte has. Each number here is the reading that is
 * harder on the function: it sees bodies up to 2^20 bytes whole, and may write only up to 10^6. A function that works
 * within these works under either reading.
 */

/** Sizes, in bytes or characters as the names say. */
export interface Limits {
  /** A longer body is cut here before the function sees it, and `inputTruncated` says so. */
  readonly shownBodyBytes: number;
  /** Of a replaced body with `encoding: "text"`, as UTF-8. */
  readonly replacedTextBytes: number;
  /** Of a replaced body with `encoding: "base64"`, in base64 characters: the same 10^6 bytes once decoded. */
  readonly replacedBase64Chars: number;
  /** Of a response that the function makes: headers and body, as they are in the result. */
  readonly responseBytes: number;
  /** `uri` and `querystring` together must stay below this. */
  readonly urlChars: number;
  /** Ours: CloudFront takes 64 GB, but this simulator holds a whole body in memory. */
  readonly viewerBodyBytes: number;
}

/** CloudFront's own. */
export const cloudFrontLimits: Limits = {
  shownBodyBytes: 1_048_576,
  replacedTextBytes: 1_000_000,
  replacedBase64Chars: 1_333_336,
  responseBytes: 1_000_000,
  urlChars: 8_192,
  viewerBodyBytes: 64 * 1_048_576,
};
