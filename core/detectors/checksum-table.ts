/** Checksums by the names that policies use. */
import { isLuhn, isMod11, isMod97, isVerhoeff } from "./checksum.ts";

const digits = (text: string): string => text.replace(/[^0-9]/g, "");
const alphanumerics = (text: string): string => text.replace(/[^0-9A-Za-z]/g, "").toUpperCase();

/**
 * Checks by name. Each takes a match as written, and ignores all characters but digits and, if the scheme has them,
 * letters.
 */
export const checksums = {
  luhn: (text: string): boolean => isLuhn(digits(text)),
  mod97: (text: string): boolean => isMod97(alphanumerics(text)),
  verhoeff: (text: string): boolean => isVerhoeff(digits(text)),
  mod11: (text: string): boolean => isMod11(alphanumerics(text).replace(/[A-WYZ]/g, "")),
} as const;

/** The name of a checksum in a policy. */
export type ChecksumName = keyof typeof checksums;

/** All names of checksums, for checks and messages. */
export const checksumNames: readonly ChecksumName[] = ["luhn", "mod97", "verhoeff", "mod11"];
