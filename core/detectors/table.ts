/** All detectors, by the names that policies use. */
import { card } from "./card.ts";
import type { Detector } from "./detector.ts";
import { email } from "./email.ts";
import { iban } from "./iban.ts";
import { usSsn } from "./us-ssn.ts";

export const detectors: readonly Detector[] = [card, email, iban, usSsn];
